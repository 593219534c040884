/**
 * A mode in which a killed process also loses what it had not synced, for a crash harness that simulates a loss of
 * power and not only `kill -9`.
 *
 * ```ts ignore
 * await using mode = await watchUnsynced(home);          // null without a C compiler
 * const child = new Deno.Command(program, { args, env: mode.env }).spawn();
 * child.kill("SIGKILL"); await child.status;             // and whatever else writes there
 * mode.drop();                                            // home is as after a loss of power; what is there now is durable
 * ```
 *
 * A program whose environment is cleared on the way, as the product clears git's, is watched through {@link watchedProgram}.
 *
 * @module
 */
import { type DropOptions, type Dropped, dropUnsynced } from "./drop_unsynced.ts";
import { parseUndoLog, type UndoRecord } from "./undo_log.ts";

/** One watched folder. */
export interface Unsynced extends AsyncDisposable {
  /** For every process that writes there. */
  readonly env: Readonly<Record<string, string>>;
  /** What was recorded since the last drop. */
  records(): UndoRecord[];
  /** Undoes writes that were not synced, and starts a new log. Every process that writes there must have ended. */
  drop(options?: Omit<DropOptions, "root">): Dropped;
}

let built: Promise<string | null> | undefined;

/** Watches an existing folder; null if there is no C compiler. It uses `<folder>.unsynced` next to it. */
export async function watchUnsynced(folder: string): Promise<Unsynced | null> {
  const shim = await (built ??= buildShim());
  if (shim === null) return null;
  const root = await Deno.realPath(folder);
  const beside = `${root}.unsynced`;
  await Deno.mkdir(`${beside}/saved`, { recursive: true });
  const log = `${beside}/log`;
  const read = () => {
    try {
      return parseUndoLog(Deno.readFileSync(log));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
  return {
    env: {
      LD_PRELOAD: shim,
      UNSYNCED_ROOT: root,
      UNSYNCED_LOG: log,
      UNSYNCED_SAVED: `${beside}/saved`,
    },
    records: read,
    drop(options = {}) {
      const dropped = dropUnsynced(read(), { ...options, root });
      Deno.removeSync(beside, { recursive: true });
      Deno.mkdirSync(`${beside}/saved`, { recursive: true });
      return dropped;
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(beside, { recursive: true });
    },
  };
}

/** Writes `folder/name`: the program of that path, watched, for a `PATH` that begins with `folder`. */
export async function watchedProgram(
  mode: Unsynced,
  folder: string,
  name: string,
  program: string,
): Promise<void> {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const env = Object.entries(mode.env).map(([key, value]) => quoted(`${key}=${value}`));
  const lines = ["#!/bin/sh", `exec env ${env.join(" ")} ${quoted(program)} "$@"`, ""];
  await Deno.writeTextFile(`${folder}/${name}`, lines.join("\n"), { mode: 0o755 });
}

async function buildShim(): Promise<string | null> {
  const folder = await Deno.makeTempDir({ prefix: "ct-unsynced-" });
  const shim = `${folder}/unsynced.so`;
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const source = new URL("./unsynced.c", import.meta.url).pathname;
  try {
    const { success, stderr } = await new Deno.Command("cc", {
      args: ["-shared", "-fPIC", "-O2", "-o", shim, source, "-lpthread"],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`cc: ${new TextDecoder().decode(stderr)}`);
    return shim;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
