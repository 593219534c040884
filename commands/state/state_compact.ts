/**
 * What `crosstown state compact` does.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Invocation } from "../../shell/command.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { hasStoreToShow } from "../../shell/home/read_store.ts";

const DAY_MS = 86_400_000;
/**
 * How long the command waits for the lock, in milliseconds. A process that holds the lock without a socket runs for long, and compacting is
 * not urgent.
 */
const WAIT_MS = 2_000;

/** Removes rows older than `state.keep_days` and frees their space. */
export async function stateCompact(invocation: Invocation): Promise<number> {
  const { globals, io, output, signal } = invocation;
  const config = await configOf(invocation);
  const folder = config.paths.stateFolder;
  const path = `${folder}/state.db`;
  if (!await hasStoreToShow(config)) {
    await output.document(
      "state-compact",
      { path, removed: {} },
      "Nothing is stored in this home yet",
    );
    return 0;
  }
  const keepDays = config.get("state.keep_days");
  const beforeMs = io.clock() - keepDays * DAY_MS;
  const sizeBytes = (await Deno.stat(path)).size;
  if (globals.dryRun) {
    const { countOldRowsIn } = await import("../../store/retention.ts");
    const removed = await countOldRowsIn(folder, beforeMs, signal);
    await output.document(
      "state-compact",
      { path, dry_run: true, keep_days: keepDays, removed, size_bytes: sizeBytes },
      () =>
        `Would remove from ${path}, ended more than ${keepDays} days ago:\n${countsText(removed)}`,
      [removed],
    );
    return 0;
  }
  const removed = await removeOld(invocation, config, beforeMs);
  const leftBytes = (await Deno.stat(path)).size;
  // Beside a daemon the file shrinks only at SQLite's next checkpoint. Until then it may have grown.
  const freedBytes = Math.max(0, sizeBytes - leftBytes);
  await output.document("state-compact", {
    path,
    keep_days: keepDays,
    removed,
    size_bytes: leftBytes,
    freed_bytes: freedBytes,
  }, () =>
    `Removed from ${path}, ended more than ${keepDays} days ago:\n${countsText(removed)}\n` +
    `${leftBytes} bytes, ${freedBytes} freed`, [removed]);
  return 0;
}

async function removeOld(invocation: Invocation, config: Config, beforeMs: number) {
  await using home = await openHomeClient(invocation, config, { opens: "store", waitMs: WAIT_MS });
  return await home.removeOld({ beforeMs });
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([name, count]) => `  ${name.padEnd(13)}${count}`).join("\n");
}
