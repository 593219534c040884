/**
 * How this program starts itself again: the standalone binary by its path, the sources with the flags of the task, restricted to what this
 * process itself may do.
 *
 * @module
 */
import { ENV_NAMES } from "../config/environment.ts";
import { PROGRAMS, runFlags } from "./run_flags.ts";
import { hostOfUrl } from "../base/urls.ts";
import { CommandError } from "./errors.ts";

/** Whose values are URLs. */
const URL_NAMES = ENV_NAMES.filter((name) => /_URL$|_RELAYS$|_BTP$|_RPC$/.test(name));

/** Reads a permission of this process; default `Deno.permissions.querySync`. */
export type PermissionQuery = (
  descriptor: Deno.PermissionDescriptor,
) => Pick<Deno.PermissionStatus, "state" | "partial">;

/** The places that a child needs, as far as this process knows. */
interface ChildPlaces {
  /** Folders and files that it may need to read. */
  readonly readable: readonly string[];
  /** Folders that it may need to write. */
  readonly writable: readonly string[];
  /** Hosts, with or without port, that it may need to reach. */
  readonly hosts: readonly string[];
}

/**
 * The flags of a child: those of the task, each restricted to what this process itself may do. A permission without a list is passed on
 * without a list. Of a list (as in the image), the child gets the entries that it may need. An entry that this process does not have,
 * or has only in part, is left out. So a child never has more than its parent.
 */
export function heldFlags(
  execPath: string,
  places: ChildPlaces,
  query: PermissionQuery = (descriptor) => Deno.permissions.querySync(descriptor),
): string[] {
  const held = (descriptor: Deno.PermissionDescriptor) => {
    const { state, partial } = query(descriptor);
    return state === "granted" && !partial;
  };
  const flag = (name: string, entries: readonly string[]) =>
    entries.length === 0 ? [] : [`--allow-${name}=${[...new Set(entries)].join(",")}`];
  const wideOr = (
    name: "read" | "write" | "net",
    entries: readonly string[],
    descriptor: (entry: string) => Deno.PermissionDescriptor,
  ) => {
    if (held({ name })) return [`--allow-${name}`];
    return flag(name, entries.filter((entry) => !entry.includes(",") && held(descriptor(entry))));
  };
  return [
    ...runFlags(execPath).filter((each) => !each.startsWith("--allow-")),
    ...wideOr("read", places.readable, (path) => ({ name: "read", path })),
    ...wideOr("write", places.writable, (path) => ({ name: "write", path })),
    ...wideOr("net", places.hosts, (host) => ({ name: "net", host })),
    ...flag("env", ENV_NAMES.filter((variable) => held({ name: "env", variable }))),
    ...flag("sys", held({ name: "sys", kind: "uid" }) ? ["uid"] : []),
    ...flag("run", [...PROGRAMS, execPath].filter((command) => held({ name: "run", command }))),
  ];
}

/**
 * Program and arguments that run `crosstown ARGS` again, with at most the permissions of this process.
 *
 * @param env Variables that differ in the child's environment.
 * @param writable Folders that the child needs to write, beside its home and those for temporary files.
 * @throws {CommandError} `program_in_home` if the home holds Deno itself. Deno lets nobody write to a program that may be run, so this process
 * holds the home only in part, and the child could not write there at all.
 */
export function selfCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  writable: readonly string[] = [],
): { readonly program: string; readonly args: string[] } {
  const program = Deno.execPath();
  if (Deno.build.standalone) return { program, args: [...args] };
  const root = fileOf(new URL("../", import.meta.url));
  // Sources are .ts files; in the package they are .js files without types.
  const main = `${root}cli.${import.meta.url.split(".").at(-1)}`;
  const places = placesOf(root, program, args, env);
  const home = places.writable[0]?.replace(/\/+$/, "");
  if (home !== undefined && program.startsWith(`${home}/`)) {
    throw new CommandError(
      "program_in_home",
      `the home ${home} holds the program itself, ${program}`,
      `use a folder in it as the home, such as '--home ${home}/.gt'; for the one file, you can set XDG_CACHE_HOME to a folder outside of it`,
    );
  }
  const flags = heldFlags(program, { ...places, writable: [...places.writable, ...writable] });
  return {
    program,
    args: ["run", "--config", `${root}deno.json`, ...flags, main, ...args],
  };
}

/** Sandboxes and the search for tools read these. */
const SYSTEM_FOLDERS = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/proc", "/proc/self"];
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

function placesOf(
  root: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildPlaces {
  const variable = (name: string) => {
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    return env[name] ?? (state === "granted" ? Deno.env.get(name) : undefined);
  };
  const home = variable("HOME");
  const folders = [
    args[args.indexOf("--home") + 1],
    variable("GASTOWN_HOME"),
    home === undefined ? undefined : `${home}/.gt`,
    variable("TMPDIR") ?? "/tmp",
    "/var/tmp",
  ].filter((folder) => folder?.startsWith("/")) as string[];
  const tools = (variable("PATH") ?? "").split(":").filter((folder) => folder.startsWith("/"));
  const urls = [...args, ...URL_NAMES.map(variable)].flatMap((text) => text?.split(",") ?? []);
  return {
    readable: [root.replace(/\/$/, ""), ...folders, program, ...tools, ...SYSTEM_FOLDERS],
    writable: folders,
    hosts: [...LOOPBACK, ...urls.flatMap(hostsOf)],
  };
}

/** `host` and `host:port` of a URL; empty for any other text. */
function hostsOf(text: string): string[] {
  const url = URL.parse(text.replace(/^btp\+/, ""));
  if (url === null || url.hostname === "") return [];
  return [url.hostname, hostOfUrl(text)];
}

function fileOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}
