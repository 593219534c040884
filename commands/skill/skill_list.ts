/**
 * `crosstown skill list`.
 *
 * @module
 */
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { SkillPrice } from "../../skills/skill.ts";
import type { Invocation } from "../../shell/command.ts";
import { alignedText, printableLine } from "../../shell/output.ts";
import { shippedSkills } from "./shipped_skills.ts";
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
  const found = new Set(
    [...skills, ...problems].flatMap(({ folder }) => folder === null ? [] : [nameOf(folder)]),
  );
  const shipped = (await shippedSkills()).filter(({ manifest }) => !found.has(manifest.name));
  const rows = [
    ...skills.map(({ manifest: { name, kinds, price }, folder }) => ({
      name,
      state: folder === null ? "builtin" : "approved",
      kinds: kinds.join(" "),
      ...priceOf(price),
      folder,
      message: null,
    })),
    ...problems.map(({ folder, code, message }) => ({
      name: nameOf(folder),
      state: code,
      kinds: "",
      ...NO_PRICE,
      folder,
      message,
    })),
    ...shipped.map(({ manifest: { name, kinds, price }, folder }) => ({
      name,
      state: "available",
      kinds: kinds.join(" "),
      ...priceOf(price),
      folder,
      message: `it ships with the program: 'crosstown skill approve ${name}' installs it`,
    })),
  ];
  const table = alignedText([
    ["SKILL", "STATE", "KINDS", "PRICE", "FOLDER"],
    ...rows.map(({ name, state, kinds, folder, ...price }) => [
      printableLine(name),
      state,
      kinds,
      priceText(price, asset),
      printableLine(folder ?? "-"),
    ]),
  ]);
  const notes = rows.flatMap(({ name, state, folder, message }) => {
    if (message === null) return [];
    const what = state === "available" ? name : folder ?? name;
    return [`${printableLine(what)}: ${printableLine(message)}`];
  });
  await invocation.output.document(
    "skill-list",
    { skills: rows, rule: RULE },
    [table, ...(notes.length === 0 ? [] : ["", ...notes]), "", RULE].join("\n"),
    rows,
  );
  return 0;
}

/** The price of a run, and of 1,000 tokens; in decimal. */
function priceOf({ flatUnits, unitsPerKib, tokens }: SkillPrice) {
  return {
    flat_units: String(flatUnits),
    units_per_kib: String(unitsPerKib),
    input_token_units: String(tokens?.inputUnits ?? 0n),
    output_token_units: String(tokens?.outputUnits ?? 0n),
  };
}

const NO_PRICE: ReturnType<typeof priceOf> = {
  flat_units: "",
  units_per_kib: "",
  input_token_units: "",
  output_token_units: "",
};

function priceText(
  { flat_units, input_token_units: input, output_token_units: output }: typeof NO_PRICE,
  asset: Asset,
): string {
  if (flat_units === "") return "";
  const text = formatUnits(BigInt(flat_units), asset);
  return input === "0" && output === "0" ? text : `${text} and tokens`;
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("/") + 1);
}
