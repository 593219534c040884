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
    const found = foundText(skills.map(({ manifest }) => manifest));
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

/** The skills that sell, and those without a kind, which receive results of jobs that this home bought. */
function foundText(
  skills: readonly { readonly name: string; readonly kinds: readonly number[] }[],
) {
  const names = (some: typeof skills) => some.map(({ name }) => name).join(", ");
  const [sold, others] = [true, false].map((sells) =>
    skills.filter(({ kinds }) => kinds.length > 0 === sells)
  );
  const rest = others.length === 0 ? "" : `; ${others.length} for results: ${names(others)}`;
  return `${sold.length} to sell${sold.length === 0 ? "" : `: ${names(sold)}`}${rest}`;
}
