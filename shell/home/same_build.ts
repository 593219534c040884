/**
 * Checks that the process that serves a home, or its dev network, is of the same build as the command that asks it. Different builds may
 * understand one call differently, so a command does not ask another build for anything but its status and its end.
 *
 * @module
 */
import { CommandError } from "../errors.ts";
import { printable } from "../output.ts";
import { builtCommit, VERSION } from "../version.ts";
import { daemonOf } from "./daemon_of.ts";

/** A build of the program, as a process says it in its status. */
export interface Build {
  /** Missing if it is of a build that did not say it yet. */
  readonly version?: string;
  /** Missing if it is not known: then only the versions are compared. */
  readonly commit?: string;
}

let asked: Promise<Build> | null = null;

/** The build of this process. */
export function ownBuild(): Promise<Build> {
  return asked ??= builtCommit().then((commit) => ({
    version: VERSION,
    ...commit !== null && { commit },
  }));
}

/** What a process says of itself. */
export interface Served extends Build {
  /** `mayor`, `node`, or `command` for a one-off command. */
  readonly role?: string;
}

/** Whether both are the same build. */
function isSame(one: Build, other: Build): boolean {
  if (one.version !== other.version) return false;
  const [a, b] = [one, other].map(({ commit }) => commit?.replace(/-changed$/, ""));
  return a === undefined || b === undefined || a === b;
}

/**
 * The error for a process of another build; null if it is the same.
 *
 * @param who The group of its commands and its home; by default the role that it names, in this home.
 */
export function otherBuild(
  served: Served,
  own: Build,
  { role = served.role ?? "mayor", home }: { readonly role?: string; readonly home?: string } = {},
): CommandError | null {
  if (isSame(served, own)) return null;
  const who = role === "dev" ? "the dev network" : `the ${printable(role)}`;
  const [where, flag] = home === undefined ? ["this home", ""] : [home, ` --home ${home}`];
  return new CommandError(
    "other_version",
    `${role === "command" ? "another command" : who} of ${where} is ${
      nameOf(served)
    }; this command is ${nameOf(own)}`,
    role === "command"
      ? "wait until it ends, then run this command again"
      : `start it again with this version: 'crosstown ${
        printable(role)
      } down${flag}', then 'crosstown ${printable(role)} up --detach${flag}'`,
  );
}

function nameOf({ version, commit }: Build): string {
  if (typeof version !== "string") return "an earlier crosstown that does not say its version";
  const known = typeof commit === "string" ? ` (commit ${printable(commit)})` : "";
  return `crosstown ${printable(version)}${known}`;
}

/** Throws {@link otherBuild}'s error. */
export async function checkSameBuild(
  served: Served,
  who?: Parameters<typeof otherBuild>[2],
): Promise<void> {
  const other = otherBuild(served, await ownBuild(), who);
  if (other !== null) throw other;
}

/** The error if the process that serves the home at this socket is of another build; null if none serves it, or if it is the same. */
export async function otherBuildAt(socket: string): Promise<CommandError | null> {
  const client = await daemonOf(socket).catch(() => null);
  if (client === null) return null;
  try {
    return otherBuild(await client.call("status") as Served, await ownBuild());
  } catch {
    // It has ended since.
    return null;
  } finally {
    client.close();
  }
}
