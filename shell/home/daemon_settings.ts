/**
 * A running daemon and a changed `crosstown.toml`: the daemon says what it uses now, and what needs a restart.
 *
 * @module
 */
import type { HomePaths } from "../../config/paths.ts";
import type { Invocation } from "../command.ts";
import { sha256Hex } from "../../protocols/sha256.ts";
import { printable } from "../output.ts";
import { daemonOf } from "./daemon_of.ts";

/** What a daemon's `status` says of its settings. */
export interface SettingsTold {
  /** The SHA-256 of the file that it has read, in hex; null before the first one. */
  readonly file_sha256: string | null;
  /** The changed settings that it uses only after a restart. */
  readonly restart: readonly string[];
  /** The changed settings that it could not use. It keeps the earlier values, and `problem` says why. */
  readonly refused: readonly string[];
  /** Why the file, or one of the refused settings, is not used; null if nothing is wrong. */
  readonly problem: {
    readonly code: string;
    readonly message: string;
    readonly suggestion: string;
  } | null;
}

/** The name by which a daemon and a command know the same text. */
export function textDigest(text: string): string {
  return sha256Hex(text);
}

/** A daemon looks for changes once a second. A busy machine may be slower. */
const READ_MS = 10_000;
const ASK_MS = 100;

/** A daemon and its settings. */
interface DaemonSettings {
  readonly role: "mayor" | "node";
  readonly settings: SettingsTold;
}

/** The settings of the daemon that runs in this home; null if there is none. */
export async function settingsOfDaemon(
  { controlSocket }: Pick<HomePaths, "controlSocket">,
): Promise<DaemonSettings | null> {
  const client = await daemonOf(controlSocket).catch(() => null);
  if (client === null) return null;
  try {
    const { role, settings } = await client.call("status") as {
      readonly role?: unknown;
      readonly settings?: SettingsTold;
    };
    return (role === "mayor" || role === "node") && settings !== undefined
      ? { role, settings }
      : null;
  } catch {
    // It has ended since, or does not answer.
    return null;
  } finally {
    client.close();
  }
}

/** Waits until a running daemon of this home has read the file as it is now (`textNow`), and says what it does with it. */
export async function tellOfDaemon(
  { output }: Pick<Invocation, "output">,
  paths: Pick<HomePaths, "controlSocket">,
  textNow: () => Promise<string>,
): Promise<void> {
  for (let waitedMs = 0;; waitedMs += ASK_MS) {
    const daemon = await settingsOfDaemon(paths);
    if (daemon === null) return;
    const { role, settings } = daemon;
    // Another command may have changed it again.
    if (settings.file_sha256 === textDigest(await textNow())) {
      return await say(output, role, settings);
    }
    if (waitedMs >= READ_MS) {
      return await output.warn(
        `the running ${role} has not read the file yet; 'crosstown ${role} status' says when it has`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
}

async function say(
  output: Invocation["output"],
  role: "mayor" | "node",
  { restart, refused = [], problem }: SettingsTold,
): Promise<void> {
  if (problem !== null) {
    const what = refused.length === 0
      ? "keeps its settings"
      : `does not use ${refused.map(printable).join(", ")}`;
    const { message, suggestion } = problem;
    await output.warn(
      `the running ${role} ${what}: ${printable(message)}; ${printable(suggestion)}`,
    );
    if (refused.length === 0 || restart.length === 0) return;
  }
  if (restart.length === 0) return await output.note(`the running ${role} uses the file now`);
  await output.warn(restartText(role, restart));
}

/** The changed settings that need a restart, and how to do that. */
export function restartText(role: "mayor" | "node", keys: readonly string[]): string {
  return `the running ${role} uses ${keys.map(printable).join(", ")} after a restart: ` +
    `'crosstown ${role} down' and 'crosstown ${role} up --detach'`;
}
