/**
 * What `crosstown state compact` does.
 *
 * @module
 */
import type { RowCounts } from "../../store/retention.ts";
import type { Invocation } from "../shell/command.ts";
import { configOf } from "../home/load_config.ts";
import { hasStore } from "../home/read_store.ts";

const DAY_MS = 86_400_000;
/** A daemon does not end by being waited for, and does this by itself. */
const LOCK_MS = 2_000;

/** Removes what is over for longer than `state.keep_days`, and gives the space back. */
export async function stateCompact(invocation: Invocation): Promise<number> {
  const { globals, io, output, signal } = invocation;
  const config = await configOf(invocation);
  const folder = config.paths.stateFolder;
  const path = `${folder}/state.db`;
  if (!await hasStore(config)) {
    await output.document({ path, removed: {} }, "Nothing is stored in this home yet");
    return 0;
  }
  const keepDays = config.get("state.keep_days");
  const beforeMs = io.clock() - keepDays * DAY_MS;
  const sizeBytes = (await Deno.stat(path)).size;
  if (globals.dryRun) {
    const { countOldRowsIn } = await import("../../store/retention.ts");
    const removed = await countOldRowsIn(folder, beforeMs, signal);
    await output.document(
      { path, dry_run: true, keep_days: keepDays, removed, size_bytes: sizeBytes },
      () =>
        `Would remove from ${path}, over for more than ${keepDays} days:\n${countsText(removed)}`,
      [removed],
    );
    return 0;
  }
  const { openSqliteStore } = await import("../../store/sqlite_store.ts");
  const store = await openSqliteStore({
    folder,
    clock: io.clock,
    journal: true,
    lockWaitMs: LOCK_MS,
    signal,
  });
  let removed: RowCounts;
  try {
    ({ removed } = await store.removeOld(beforeMs, signal));
    signal.throwIfAborted();
  } finally {
    await store.close();
  }
  const leftBytes = (await Deno.stat(path)).size;
  await output.document(
    {
      path,
      keep_days: keepDays,
      removed,
      size_bytes: leftBytes,
      freed_bytes: sizeBytes - leftBytes,
    },
    () =>
      `Removed from ${path}, over for more than ${keepDays} days:\n${countsText(removed)}\n` +
      `${leftBytes} bytes, ${sizeBytes - leftBytes} given back`,
    [removed],
  );
  return 0;
}

function countsText(counts: RowCounts): string {
  return Object.entries(counts).map(([name, count]) => `  ${name.padEnd(13)}${count}`).join("\n");
}
