/**
 * Builds a new store from git and the payment log, in a separate folder, so that nobody sees it before it is complete.
 *
 * Channels on which we signed become `recovering`, because we may have signed an entry that never came into git.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import { StoreError } from "../../store/store_error.ts";
import { messageOf } from "../../base/thrown.ts";
import type { GitPlace } from "../audit/git_command.ts";
import type { AuditTip } from "../audit/read_repository.ts";
import { openDatabase } from "../../store/database.ts";
import { restoreJournal, restoreSums } from "../../store/restore_journal.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { Change, ChannelRow, Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { type GitEnd, keptEntries, type KeptJournal, keptJournal } from "./kept_journal.ts";
import { withSalvagedClaims } from "./salvaged_claims.ts";
import { newestCheckpoint } from "./sealed_checkpoints.ts";
import { type ChannelFile, channelOfFile, jobOfFile } from "./state_file_rows.ts";
import { stateFiles } from "./state_files_of.ts";

/** What was restored, and what was not. */
export interface Rebuilt {
  readonly channels: number;
  readonly jobs: number;
  readonly entries: number;
  /** Whether the log in the folder matches the journal. If not, the audit cannot continue it. */
  readonly logFits: boolean;
  /** What was lost, one sentence for each. */
  readonly lost: readonly string[];
}

const BATCH = 500;

/**
 * Builds `folder/state.db`; the folder must be empty. `git` is null if there is no repository: then the log and the files in the folder are
 * used.
 */
export async function rebuildStore(
  place: GitPlace,
  git: AuditTip | null,
  folder: string,
  clock: () => number,
): Promise<Rebuilt> {
  const lost: string[] = [];
  const kept = await keptJournal(place, endOf(git));
  if (kept.broken !== null) lost.push(`entries of the log before a break: ${kept.broken}`);
  const commit = git?.commit ?? null;
  const read = await withSalvagedClaims(place.folder, await channelsAt(place, commit, lost));
  const channels: ChannelFile[] = [];
  const store = await openSqliteStore({ folder, clock });
  let jobs: number;
  try {
    for (const channel of read) {
      if (await put(store, changesOf(channel), `channel ${channel.row.channelId}`, lost)) {
        channels.push(channel);
      }
    }
    jobs = await putJobs(place, commit, store, kept, clock, lost);
  } finally {
    await store.close();
  }
  const entries = await putJournal(place, git, folder, kept, channels);
  await markRecovering(folder, clock, channels.map(({ row }) => row));
  return {
    channels: channels.length,
    jobs,
    entries,
    logFits: kept.broken === null || kept.lines > 0,
    lost: [...lost, ...unclaimed(channels)],
  };
}

function changesOf({ row, payer, receiver }: ChannelFile): Change[] {
  return [
    { op: "putChannel", row },
    ...(payer === null ? [] : [{ op: "putPayerChannel" as const, row: payer }]),
    ...(receiver === null ? [] : [{ op: "putReceiverChannel" as const, row: receiver }]),
  ];
}

/** Whether the store accepted the changes. Refused ones are lost. */
async function put(
  store: Store,
  changes: readonly Change[],
  name: string,
  lost: string[],
): Promise<boolean> {
  try {
    await store.commit(changes);
    return true;
  } catch (error) {
    const isRefused = error instanceof StoreError &&
      (error.code === "invalid" || error.code === "conflict");
    if (!isRefused) throw error;
    lost.push(`${name}: ${error.message}`);
    return false;
  }
}

/** Whether we may have signed claims on it that no file shows. */
function isDoubtful({ status, depositUnits }: ChannelRow): boolean {
  return status === "open" && depositUnits > 0n;
}

function endOf(git: AuditTip | null): GitEnd | null {
  const { journal = null, atS = 0 } = git?.ours ?? {};
  return journal === null ? null : { ...journal, atMs: atS * 1_000 };
}

async function channelsAt(
  place: GitPlace,
  commit: string | null,
  lost: string[],
): Promise<ChannelFile[]> {
  const channels: ChannelFile[] = [];
  const opening: { readonly path: string; readonly ref: unknown }[] = [];
  for await (const { path, file } of stateFiles(place, commit, "channels")) {
    try {
      if (file instanceof Error) throw file;
      const channel = channelOfFile(file);
      if (channel !== null) channels.push(channel);
      else if (file.status === "opening") opening.push({ path, ref: file.ref });
    } catch (error) {
      lost.push(`${path}: ${messageOf(error)}`);
    }
  }
  const opened = new Set<unknown>(channels.map(({ row }) => row.ref));
  for (const { path, ref } of opening) {
    if (!opened.has(ref)) {
      lost.push(`${path}: it was being opened, the chain has its outcome`);
    }
  }
  return channels;
}

async function putJobs(
  place: GitPlace,
  commit: string | null,
  store: Store,
  { jobs }: KeptJournal,
  clock: () => number,
  lost: string[],
): Promise<number> {
  let count = 0;
  let results = 0;
  let batch: JobRow[] = [];
  const putBatch = async () => {
    const changes = batch.map((row): Change => ({ op: "putJob", row }));
    // All together first. If that fails, one by one, to find the refused job.
    if (await put(store, changes, "", [])) count += batch.length;
    else {
      for (const row of batch) {
        if (await put(store, [{ op: "putJob", row }], row.jobId, lost)) count += 1;
      }
    }
    batch = [];
  };
  for await (const { path, file } of stateFiles(place, commit, "jobs")) {
    try {
      if (file instanceof Error) throw file;
      const figures = jobs.get(String(file.job_id));
      const row = jobOfFile(
        file,
        { jobPaid: figures?.jobPaid ?? false, writeUnits: figures?.writeUnits ?? 0n },
        clock(),
        figures?.atMs ?? null,
      );
      if (row.errorCode === "state_lost") {
        lost.push(`${row.jobId}: it was under way (${String(file.status)}), ${row.errorMessage}`);
      } else if (row.status === "success") results += 1;
      batch.push(row);
      if (batch.length >= BATCH) await putBatch();
    } catch (error) {
      lost.push(`${path}: ${messageOf(error)}`);
    }
  }
  await putBatch();
  if (results > 0) lost.push(`the results of ${results} finished jobs: relays may still have them`);
  return count;
}

async function putJournal(
  place: GitPlace,
  git: AuditTip | null,
  folder: string,
  kept: KeptJournal,
  channels: readonly ChannelFile[],
): Promise<number> {
  const db = openDatabase(folder, { readOnly: false });
  try {
    const spent = larger(
      channels.reduce((sum, { payer }) => sum + (payer?.spent ?? 0n), 0n),
      kept.paidUnits,
    );
    const earned = larger(
      channels.reduce((sum, { receiver }) => sum + (receiver?.spent ?? 0n), 0n),
      kept.earnedUnits,
    );
    const checkpoint = git === null ? null : await newestCheckpoint(place, git.commit);
    const known = checkpoint !== null && checkpoint.seq <= kept.lastSeq ? [checkpoint] : [];
    const entries = await restoreJournal(
      db,
      {
        ...kept.base,
        spentUnits: spent - kept.paidUnits,
        earnedUnits: earned - kept.earnedUnits,
      },
      kept.lines === 0 ? NO_ENTRIES : keptEntries(place, git?.commit ?? null, kept),
      known,
    );
    restoreSums(db, spent, earned);
    return entries;
  } finally {
    db.close();
  }
}

/** The last step, journaled like any change of a channel. */
async function markRecovering(
  folder: string,
  clock: () => number,
  rows: readonly ChannelRow[],
): Promise<void> {
  const store = await openSqliteStore({ folder, clock, journal: true });
  try {
    const note =
      "the store was rebuilt: nothing is signed until the other side proves what we signed last";
    const changes = rows.filter(isDoubtful).map((row): Change => ({
      op: "putChannel",
      row: { ...row, status: "recovering", note },
      expect: "present",
    }));
    if (changes.length > 0) await store.commit(changes);
  } finally {
    await store.close();
  }
}

/** Claims of others were only in the store. From a damaged store, those with a valid signature were restored. */
function unclaimed(channels: readonly ChannelFile[]): string[] {
  return channels.flatMap(({ row, receiver }) => {
    const units = (receiver?.credited ?? 0n) - row.claimedUnits;
    if (units <= 0n || receiver?.bestClaim || !["open", "closing", "closed"].includes(row.status)) {
      return [];
    }
    return [
      `the claim of ${row.peerAddress} worth ${units} units: its next payment brings it back`,
    ];
  });
}

const NO_ENTRIES = (async function* () {})();
