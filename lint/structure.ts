/**
 * What imports show about the structure of a tree: rooms and their share of the lines, cycles of files, folders that import each other.
 * Without effects: files as text in, findings out. Type-only imports count too, because readers follow them as well.
 *
 * @module
 */
import { placeOf, resolveImport } from "./rooms.ts";

/** A file of the product: its path from the root of the tree and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Which file imports which. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** A room's size. */
export interface RoomSize {
  readonly room: string;
  readonly files: number;
  readonly lines: number;
  /** The part of all lines, from 0 to 1. */
  readonly share: number;
}

/** `import`, `export from`, `import()`, and the module with which a worker starts. */
const NAMES_A_FILE =
  /(?:^|\n)\s*(?:import|export)\s+(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"|import\(\s*"(\.[^"]+)"|new URL\(\s*"(\.[^"]+\.ts)",\s*import\.meta\.url/g;

/** The imports between files that are in a room. */
export function importsOf(files: readonly SourceFile[]): readonly Import[] {
  const known = new Set(files.map(({ path }) => path));
  return files.flatMap(({ path, text }) =>
    [...withoutComments(text).matchAll(NAMES_A_FILE)]
      .map((match) => resolveImport(path, match[1] ?? match[2] ?? match[3]))
      .filter((to) => to !== null && to !== path && known.has(to))
      .map((to) => ({ from: path, to: to! }))
  );
}

/** Every room with its share, largest first. `mod.ts` and `cli.ts` form the room `.`. */
export function roomSizes(files: readonly SourceFile[]): readonly RoomSize[] {
  const sizes = new Map<string, { files: number; lines: number }>();
  for (const { path, text } of files) {
    const size = sizes.get(roomOf(path)) ?? { files: 0, lines: 0 };
    sizes.set(roomOf(path), {
      files: size.files + 1,
      lines: size.lines + text.split("\n").length - 1,
    });
  }
  const total = [...sizes.values()].reduce((sum, { lines }) => sum + lines, 0);
  return [...sizes]
    .map(([room, size]) => ({ room, ...size, share: total === 0 ? 0 : size.lines / total }))
    .sort((a, b) => b.lines - a.lines);
}

/** The number of imports from one room to another. */
export function roomImports(imports: readonly Import[]): ReadonlyMap<string, number> {
  const count = new Map<string, number>();
  for (const { from, to } of imports) {
    const [a, b] = [roomOf(from), roomOf(to)];
    if (a !== b) count.set(`${a} -> ${b}`, (count.get(`${a} -> ${b}`) ?? 0) + 1);
  }
  return new Map([...count].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Pairs of folders that import each other, with one import of each direction. */
export function mutualFolders(imports: readonly Import[]): readonly string[] {
  const first = new Map<string, Import>();
  for (const each of imports) {
    const key = `${folderOf(each.from)} -> ${folderOf(each.to)}`;
    if (folderOf(each.from) !== folderOf(each.to) && !first.has(key)) first.set(key, each);
  }
  const found: string[] = [];
  for (const there of first.values()) {
    const [a, b] = [folderOf(there.from), folderOf(there.to)];
    const back = first.get(`${b} -> ${a}`);
    if (back === undefined || a > b) continue;
    found.push(
      `${a}/ and ${b}/ import each other: ${there.from} -> ${there.to}, ${back.from} -> ${back.to}`,
    );
  }
  return found.sort();
}

/** Cycles of files: each set of files that reach one another, sorted. */
export function circles(imports: readonly Import[]): readonly (readonly string[])[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    open.push(file);
    for (const to of next.get(file) ?? []) {
      if (!order.has(to)) visit(to);
      if (open.includes(to)) low.set(file, Math.min(low.get(file)!, low.get(to)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) found.push(circle.sort());
  };
  for (const file of next.keys()) if (!order.has(file)) visit(file);
  return found.sort((a, b) => a[0] < b[0] ? -1 : 1);
}

/** The room of a file; `.` for top-level files. */
export function roomOf(path: string): string {
  const place = placeOf(path);
  return place === null || !path.includes("/") ? "." : place.room;
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
}

function withoutComments(text: string): string {
  return text.replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, "");
}
