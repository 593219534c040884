/**
 * The rooms of the tree, and which of them may import which (docs/architecture.md). Without effects: paths in, verdicts out.
 *
 * @module
 */

/** A top-level folder or file in the import order. */
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
  | "mcp"
  | "commands"
  | "mod"
  | "cli";

/** What a room may import: `full` includes values, `types` only `import type`. A room may always import itself. */
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
const BELOW_COMMANDS: readonly Room[] = [...BELOW_HOME, "home", "network", "shell", "mcp"];

/** The import order, from the bottom up. A room may not import a room that is in neither list. */
export const REACH: Readonly<Record<Room, Reach>> = {
  protocols: { full: [], types: [] },
  // Only what was generated from the Solidity, and the code that reads it. The compiler is not part of the program.
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
  mcp: { full: [...BELOW_HOME, "home", "shell"], types: [] },
  commands: { full: BELOW_COMMANDS, types: [] },
  mod: { full: [...BELOW_COMMANDS, "commands"], types: [] },
  cli: { full: [...BELOW_COMMANDS, "commands"], types: [] },
};

/** A file that contains only an error class. A room that may import types may import it too, for `instanceof`. */
const HOLDS_AN_ERROR = /_error\.ts$/;

/** The parts of `contracts/` that the program loads. */
const IN_CONTRACTS: ReadonlySet<string> = new Set([
  "contracts/abi.ts",
  "contracts/code_hashes.ts",
  "contracts/runtime_code.ts",
]);

/** Folders outside the rooms: tests, benches, tools, and what is made from other sources. */
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

/** Skills that ship with the program. Each runs in a process of its own, like a skill of anybody, and imports nothing of the program. */
const SHIPPED_SKILLS = "skills/shipped/";

/** Whether the import order contains the top-level folder or file of this path. */
export function isKnown(path: string): boolean {
  const [first, ...rest] = path.split("/");
  return placeOf(path) !== null || path.startsWith(SHIPPED_SKILLS) ||
    (rest.length > 0 && BESIDE.includes(first));
}

/** A module's place: its room and its path from the root of the tree, with forward slashes. */
export interface Place {
  readonly room: Room;
  readonly path: string;
}

/**
 * The place of a file, or null if the import order does not contain it (tests, bench, fixtures, lint, packages).
 *
 * @param path From the root of the tree, with forward slashes.
 */
export function placeOf(path: string): Place | null {
  const [first, ...rest] = path.split("/");
  if (path.startsWith(SHIPPED_SKILLS)) return null;
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
 * Why `from` must not import `to`; null if it may.
 *
 * Inside `stages`, only the contract `stages/stage.ts` may be imported, because a stage never knows another one. A stage with several files
 * names its parts after itself: `prepare_sink.ts`, `prepare_sink_books.ts`.
 *
 * @param typeOnly Whether the import disappears at run time.
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
 * The path of a relative import from the root of the tree, or null for a package. If the import leaves the tree, the path keeps its leading
 * `..`.
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
