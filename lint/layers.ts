/**
 * The tree's layers and which of them may import which, as `docs/architecture.md` draws them. Pure: paths in, verdicts out.
 *
 * @module
 */

/** A folder or file at the top of the tree that the import order speaks of. */
export type Layer =
  | "protocols"
  | "contracts"
  | "services"
  | "skills"
  | "stages"
  | "pipeline"
  | "network"
  | "dashboard"
  | "commands"
  | "mod"
  | "cli";

/** What a layer may import: `full` with values, `types` with `import type` alone. */
interface Reach {
  readonly full: readonly Layer[];
  readonly types: readonly Layer[];
}

const BELOW_STAGES: readonly Layer[] = ["protocols", "contracts", "services", "skills"];
const BELOW_NETWORK: readonly Layer[] = [...BELOW_STAGES, "stages", "pipeline"];
const BELOW_COMMANDS: readonly Layer[] = [...BELOW_NETWORK, "network", "dashboard"];

/** The import order. A layer that is missing from both lists is out of reach. */
export const REACH: Readonly<Record<Layer, Reach>> = {
  protocols: { full: ["protocols"], types: [] },
  // Only what was generated from the Solidity and what reads it: the compiler stays outside the program.
  contracts: { full: ["contracts"], types: [] },
  services: { full: ["protocols", "contracts", "services"], types: ["skills"] },
  skills: { full: ["protocols", "skills"], types: ["services"] },
  stages: { full: ["protocols"], types: ["services", "skills"] },
  pipeline: { full: BELOW_NETWORK, types: [] },
  network: { full: [...BELOW_NETWORK, "network"], types: [] },
  dashboard: { full: BELOW_COMMANDS, types: [] },
  commands: { full: [...BELOW_COMMANDS, "commands"], types: [] },
  mod: { full: [...BELOW_NETWORK, "network"], types: [] },
  cli: { full: [...BELOW_COMMANDS, "commands"], types: [] },
};

/** The parts of `contracts/` that the program loads. */
const IN_CONTRACTS: ReadonlySet<string> = new Set([
  "contracts/abi.ts",
  "contracts/code_hashes.ts",
  "contracts/runtime_code.ts",
]);

/** A module's place: its layer and its path from the root of the tree, with forward slashes. */
export interface Place {
  readonly layer: Layer;
  readonly path: string;
}

/**
 * Where a file stands, or null when the order does not speak of it (tests, bench, fixtures, lint, packages).
 *
 * @param path From the root of the tree, with forward slashes.
 */
export function placeOf(path: string): Place | null {
  const [first, ...rest] = path.split("/");
  if (rest.length === 0) {
    if (first === "cli.ts") return { layer: "cli", path };
    if (first === "mod.ts") return { layer: "mod", path };
    return null;
  }
  if (first === "contracts") return IN_CONTRACTS.has(path) ? { layer: "contracts", path } : null;
  return first !== "mod" && first !== "cli" && Object.hasOwn(REACH, first)
    ? { layer: first as Layer, path }
    : null;
}

/**
 * Why `from` may not import `to`, or null when it may.
 *
 * Inside `stages`, only the contract `stages/stage.ts` may be imported: a stage never knows another. A stage that needs more
 * than one file names its parts after itself: `prepare_sink.ts`, `prepare_sink_books.ts`.
 *
 * @param typeOnly Whether nothing of the import is left at run time.
 */
export function objection(from: Place, to: Place | "outside", typeOnly: boolean): string | null {
  if (to === "outside") {
    return `${from.layer} must not import tests, bench, fixtures or the lint plugin`;
  }
  if (from.layer === "stages" && to.layer === "stages") {
    return to.path === "stages/stage.ts" || sameStage(from.path, to.path)
      ? null
      : "a stage must not import another stage, only stages/stage.ts";
  }
  const reach = REACH[from.layer];
  if (reach.full.includes(to.layer)) return null;
  if (reach.types.includes(to.layer)) {
    return typeOnly ? null : `${from.layer} may import only types of ${to.layer}: use import type`;
  }
  return `${from.layer} must not import ${to.layer}`;
}

/**
 * The path of a relative import from the root of the tree, or null when the specifier names a package.
 * An import that leaves the tree keeps its leading `..`.
 */
export function resolveImport(fromPath: string, specifier: string): string | null {
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return null;
  const parts = fromPath.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

/** Whether two files are one stage and its part, or two parts of one stage. */
function sameStage(a: string, b: string): boolean {
  const [x, y] = [a, b].map((path) => path.replace(/^stages\//, "").replace(/\.tsx?$/, ""));
  if (x.startsWith(`${y}_`) || y.startsWith(`${x}_`)) return true;
  const stem = (name: string) => name.split("_").slice(0, 2).join("_");
  return stem(x) === stem(y);
}
