/**
 * `crosstown skill list`.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { alignedText, printableLine } from "../../shell/output.ts";
import { skillPlaces } from "./skill_places.ts";

/** If two skills claim the same name or kind, this rule decides. */
const RULE =
  "Of two approved skills with one name or kind the first has it: built in, then the home's skills, node.skill_folders, " +
  "./.agents/skills, ./.claude/skills; in each by name.";

/** Prints every skill. */
export async function skillList(invocation: Invocation): Promise<number> {
  const places = await skillPlaces(invocation);
  const { skills, problems } = await places.scan();
  const { asset } = places.config.profile;
  const rows = [
    ...skills.map(({ manifest: { name, kinds, price }, folder }) => ({
      name,
      state: folder === null ? "builtin" : "approved",
      kinds: kinds.join(" "),
      flat_units: String(price.flatUnits),
      units_per_kib: String(price.unitsPerKib),
      folder,
      message: null,
    })),
    ...problems.map(({ folder, code, message }) => ({
      name: folder.slice(folder.lastIndexOf("/") + 1),
      state: code,
      kinds: "",
      flat_units: "",
      units_per_kib: "",
      folder,
      message,
    })),
  ];
  const table = alignedText([
    ["SKILL", "STATE", "KINDS", "PRICE", "FOLDER"],
    ...rows.map(({ name, state, kinds, flat_units, folder }) => [
      printableLine(name),
      state,
      kinds,
      flat_units === "" ? "" : formatUnits(BigInt(flat_units), asset),
      printableLine(folder ?? "-"),
    ]),
  ]);
  const notes = problems.map(({ folder, message }) =>
    `${printableLine(folder)}: ${printableLine(message)}`
  );
  await invocation.output.document(
    "skill-list",
    { skills: rows, rule: RULE },
    [table, ...(notes.length === 0 ? [] : ["", ...notes]), "", RULE].join("\n"),
    rows,
  );
  return 0;
}
