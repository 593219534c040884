/**
 * The skills' part of `doctor`: which skills a provider of this home would sell, and which folders it leaves out.
 *
 * @module
 */
import type { Invocation } from "../../shell/command.ts";
import { describeFailure } from "../../shell/errors.ts";
import { skillPlaces } from "../skill/skill_places.ts";
import { type Check, fail, good, warn } from "./check.ts";

/** The most folders that are named. */
const SHOWN = 3;

/** Looks for skills as a provider does. It runs none. */
export async function skillsCheck(invocation: Invocation): Promise<Check> {
  try {
    const { skills, problems } = await (await skillPlaces(invocation)).scan();
    const found = `${skills.length} to sell: ${
      skills.map(({ manifest }) => manifest.name).join(", ")
    }`;
    if (problems.length === 0) return good("skills", found);
    const some = problems.slice(0, SHOWN).map(({ folder, message }) => `${folder}: ${message}`);
    const more = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : "";
    return warn(
      "skills",
      `${found}; left out: ${some.join("; ")}${more}`,
      "'crosstown skill list' shows all; 'crosstown skill check FOLDER' says what to change, 'crosstown skill approve FOLDER' lets one run",
    );
  } catch (error) {
    const { message, suggestion } = describeFailure(error);
    return fail("skills", message, suggestion);
  }
}
