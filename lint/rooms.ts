/**
 * The rooms of the tree and which of them may import which, as `docs/architecture.md` draws them. Pure: paths in, verdicts out.
 *
 * @module
 */

/** A folder or file at the top of the tree that the import order speaks of. */
export type Room =
  | "protocols"
  | "contracts"
  | "base"
  | "verifier"
  | "blobs"
  | "config"
  | "store"
  | "money"
  | "peers"
  | "skills"
  | "market"
  | "stages"
  | "trail"
  | "runtime"
  | "home"
  | "network"
  | "shell"
  | "commands"
  | "mod"
  | "cli";

/** What a room may import: `full` with values, `types` with `import type` alone. A room may always import itself. */
interface Reach {
  readonly full: readonly Room[];
  readonly types: readonly Room[];
}

const BELOW_HOME: readonly Room[] = [
  "protocols",
  "contracts",
  "base",
  "verifier",
  "blobs",
  "config",
  "store",
  "money",
  "peers",
  "skills",
  "market",
  "stages",
  "trail",
  "runtime",
];
const BELOW_COMMANDS: readonly Room[] = [...BELOW_HOME, "home", "network", "shell"];

/** The import order, from the bottom up. A room that is missing from both lists is out of reach. */
export const REACH: Readonly<Record<Room, Reach>> = {
  protocols: { full: [], types: [] },
  // Only what was generated from the Solidity and what reads it: the compiler stays outside the program.
  contracts: { full: [], types: [] },
  base: { full: ["protocols"], types: [] },
  verifier: { full: ["protocols", "base"], types: [] },
  blobs: { full: ["protocols", "base"], types: ["verifier"] },
  config: { full: ["protocols", "base"], types: [] },
  store: { full: ["protocols", "base"], types: [] },
  money: { full: ["protocols", "contracts", "base", "store"], types: [] },
  peers: { full: ["protocols", "base", "store", "money"], types: [] },
  skills: { full: ["protocols", "base", "blobs"], types: [] },
  market: {
    full: ["protocols", "base", "blobs", "config", "store", "money", "peers", "skills"],
    types: [],
  },
  stages: { full: ["protocols", "base"], types: ["store", "money", "peers", "skills", "market"] },
  trail: { full: ["protocols", "base", "store", "money"], types: [] },
  runtime: { full: ["protocols", "base", "stages"], types: ["store"] },
  home: { full: BELOW_HOME, types: [] },
  network: { full: [...BELOW_HOME, "home"], types: [] },
  shell: { full: [...BELOW_HOME, "home"], types: [] },
  commands: { full: BELOW_COMMANDS, types: [] },
  mod: { full: [...BELOW_COMMANDS, "commands"], types: [] },
  cli: { full: [...BELOW_COMMANDS, "commands"], types: [] },
};

/** A file with an error class and nothing else: whoever may know a room's types may ask what went wrong in it by `instanceof`. */
const HOLDS_AN_ERROR = /_error\.ts$/;

/** The parts of `contracts/` that the program loads. */
const IN_CONTRACTS: ReadonlySet<string> = new Set([
  "contracts/abi.ts",
  "contracts/code_hashes.ts",
  "contracts/runtime_code.ts",
]);

/** Folders beside the rooms: tests, benches, tools, and what is made of other sources. */
const BESIDE: readonly string[] = [
  "tests",
  "bench",
  "examples",
  "fixtures",
  "lint",
  "contracts",
  "curve",
  "packaging",
];

/** Whether the order knows the folder or file at the top of the tree that this path begins with. */
export function isKnown(path: string): boolean {
  const [first, ...rest] = path.split("/");
  return placeOf(path) !== null || (rest.length > 0 && BESIDE.includes(first));
}

/** A module's place: its room and its path from the root of the tree, with forward slashes. */
export interface Place {
  readonly room: Room;
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
    if (first === "cli.ts") return { room: "cli", path };
    if (first === "mod.ts") return { room: "mod", path };
    return null;
  }
  if (first === "contracts") return IN_CONTRACTS.has(path) ? { room: "contracts", path } : null;
  return first !== "mod" && first !== "cli" && Object.hasOwn(REACH, first)
    ? { room: first as Room, path }
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
    return `${from.room} must not import tests, bench, fixtures or the lint plugin`;
  }
  if (from.room === "stages" && to.room === "stages") {
    return to.path === "stages/stage.ts" || sameStage(from.path, to.path)
      ? null
      : "a stage must not import another stage, only stages/stage.ts";
  }
  if (from.room === to.room) return null;
  const reach = REACH[from.room];
  if (reach.full.includes(to.room)) return null;
  if (reach.types.includes(to.room)) {
    if (HOLDS_AN_ERROR.test(to.path)) return null;
    return typeOnly ? null : `${from.room} may import only types of ${to.room}: use import type`;
  }
  return `${from.room} must not import ${to.room}`;
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
