/**
 * Paths of files. On POSIX systems the functions give what those of `node:path` give, without loading Node's modules, which takes a command a
 * megabyte. On Windows they are those of `node:path`.
 *
 * @module
 */

const windows = Deno.build.os === "windows"
  ? process.getBuiltinModule("node:path").win32 as typeof posix
  : null;

/** The parts as one path, without `.`, `..` (where a folder stands before it) and repeated separators; `.` for nothing. */
export function join(...parts: readonly string[]): string {
  return (windows ?? posix).join(...parts);
}

/** The absolute path of the parts: each is relative to those before it, and the first to the working folder. */
export function resolve(...parts: readonly string[]): string {
  return (windows ?? posix).resolve(...parts);
}

/** The path of the folder that holds it: `/` for `/a`, `.` for `a`. */
export function dirname(path: string): string {
  return (windows ?? posix).dirname(path);
}

/** The last name in a path, without separators after it. */
export function basename(path: string): string {
  return (windows ?? posix).basename(path);
}

/** Whether the path does not depend on the working folder. */
export function isAbsolute(path: string): boolean {
  return (windows ?? posix).isAbsolute(path);
}

const posix = {
  join: (...parts: readonly string[]) => normal(parts.filter((part) => part !== "").join("/")),

  resolve(...parts: readonly string[]) {
    let path = "";
    for (let at = parts.length; at-- > 0 && !path.startsWith("/");) {
      if (parts[at] !== "") path = path === "" ? parts[at] : `${parts[at]}/${path}`;
    }
    if (!path.startsWith("/")) path = `${Deno.cwd()}/${path}`;
    return `/${namesOf(path, true).join("/")}`;
  },

  dirname(path: string) {
    const end = path.replace(/(?<=[^/])\/+$/, "");
    const slash = end.lastIndexOf("/");
    if (slash < 0) return ".";
    // POSIX gives two slashes at the start a meaning of their own.
    if (slash === 0 || /^\/+$/.test(end)) return "/";
    return slash === 1 && end[0] === "/" ? "//" : end.slice(0, slash);
  },

  basename(path: string) {
    const end = path.replace(/\/+$/, "");
    return end.slice(end.lastIndexOf("/") + 1);
  },

  isAbsolute: (path: string) => path.startsWith("/"),
};

function normal(path: string): string {
  const isRooted = path.startsWith("/");
  const names = namesOf(path, isRooted).join("/");
  const slash = path.endsWith("/") ? "/" : "";
  if (names === "") return isRooted ? "/" : `.${slash}`;
  return `${isRooted ? "/" : ""}${names}${slash}`;
}

function namesOf(path: string, isRooted: boolean): readonly string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (!isRooted) names.push(name);
  }
  return names;
}
