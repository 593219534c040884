/**
 * The part of a lost journal that can be restored: the log's lines after their last break, if they lead to the entry at which git ends.
 * Each gets the data of its commit's file.
 *
 * @module
 */
import type { AuditCommit } from "../audit/audit_commit.ts";
import type { GitPlace } from "../audit/git_command.ts";
import { auditCommits, readBlobs } from "../audit/read_repository.ts";
import {
  entryHash,
  type JournalData,
  type JournalEntry,
  type JournalLine,
} from "../../store/journal_row.ts";
import { logFiles } from "./log_files.ts";
import { logLines } from "./log_lines.ts";
import { Peekable } from "./peekable.ts";
import { dataOfChannelFile, readStateFile } from "./state_file_rows.ts";

/** What the journal says of one job. */
interface JobFigures {
  jobPaid: boolean;
  writeUnits: bigint;
  /** When its status changed last. */
  atMs: number;
}

/** The result of the first reading. */
export interface KeptJournal {
  /** The entry before the first kept one, and its hash. */
  readonly base: { readonly seq: number; readonly hash: string; readonly atMs: number };
  /** Number of kept lines. */
  readonly lines: number;
  /** The last entry; git's if no line is kept. */
  readonly lastSeq: number;
  /** Sums of the kept lines. */
  readonly paidUnits: bigint;
  readonly earnedUnits: bigint;
  readonly jobs: ReadonlyMap<string, JobFigures>;
  /** Why lines were not kept; null if all were. */
  readonly broken: string | null;
}

/** The last entry in git. */
export interface GitEnd {
  readonly seq: number;
  readonly hash: string;
  readonly atMs: number;
}

/** Reads the log once. */
export async function keptJournal(place: GitPlace, git: GitEnd | null): Promise<KeptJournal> {
  let kept: Kept | null = null;
  let broken: string | null = null;
  let ofGit: string | null = null;
  for await (const { file, line, entry } of logLines(await logFiles(place.folder))) {
    const why = entry instanceof Error
      ? entry.message
      : entryHash(entry) !== entry.hash
      ? "it was changed"
      : null;
    if (why !== null) {
      broken = `${file}:${line}: ${why}`;
      kept = null;
      continue;
    }
    const read = entry as JournalLine;
    if (kept !== null && (read.seq !== kept.last.seq + 1 || read.prev !== kept.last.hash)) {
      broken = `${file}:${line}: entry ${read.seq} does not follow entry ${kept.last.seq}`;
      kept = null;
    }
    kept ??= begun(read);
    take(kept, read);
    if (read.seq === git?.seq) ofGit = read.hash;
  }
  const after = kept !== null && kept.first.seq === (git?.seq ?? 0) + 1 &&
    kept.first.prev === git?.hash;
  if (kept !== null && git !== null && ofGit !== git.hash && !after) {
    broken = kept.last.seq < git.seq
      ? `the log ends at entry ${kept.last.seq}, git at entry ${git.seq}`
      : `the log does not have entry ${git.seq} as git has it`;
    kept = null;
  }
  const figures = kept ?? { paidUnits: 0n, earnedUnits: 0n, jobs: new Map() };
  const { first, last } = kept ?? { first: null, last: null };
  const end = git ?? { seq: 0, hash: "0".repeat(64), atMs: 0 };
  return {
    base: first === null ? end : { seq: first.seq - 1, hash: first.prev, atMs: first.atMs },
    lines: first === null || last === null ? 0 : last.seq - first.seq + 1,
    lastSeq: last?.seq ?? end.seq,
    paidUnits: figures.paidUnits,
    earnedUnits: figures.earnedUnits,
    jobs: figures.jobs,
    broken,
  };
}

interface Kept {
  readonly first: JournalLine;
  last: JournalLine;
  paidUnits: bigint;
  earnedUnits: bigint;
  readonly jobs: Map<string, JobFigures>;
}

function begun(first: JournalLine): Kept {
  return { first, last: first, paidUnits: 0n, earnedUnits: 0n, jobs: new Map() };
}

function take(kept: Kept, line: JournalLine): void {
  const { type, outcome, jobId, bytes } = line;
  const units = line.amountUnits ?? 0n;
  const paid = type === "payment" && outcome === "fulfilled";
  kept.last = line;
  if (paid) kept.paidUnits += units;
  if (type === "earning" && outcome === "fulfilled") kept.earnedUnits += units;
  const lightning = type === "lightning" && outcome !== "received";
  if (jobId === null || (!paid && !lightning && type !== "job")) return;
  let job = kept.jobs.get(jobId);
  if (job === undefined) {
    kept.jobs.set(jobId, job = { jobPaid: false, writeUnits: 0n, atMs: line.atMs });
  }
  if (type === "job") job.atMs = line.atMs;
  // The invoice is lost. A job that was paid, or may have been, must not pay another one.
  else if (lightning) job.jobPaid = outcome !== "failed";
  // A write has a number of bytes; the payment of a job has none.
  else if (bytes === null) job.jobPaid = true;
  else job.writeUnits += units;
}

const BATCH = 500;

/** Reads the log again, and yields the kept entries with their data. */
export async function* keptEntries(
  place: GitPlace,
  tip: string | null,
  { base, lastSeq }: Pick<KeptJournal, "base" | "lastSeq">,
): AsyncGenerator<JournalEntry> {
  const commits = await Peekable.of(tip === null ? null : auditCommits(place, tip));
  const newest = new Map<string, JournalData>();
  let batch: { line: JournalLine; commit: AuditCommit | null }[] = [];
  try {
    for await (const { entry } of logLines(await logFiles(place.folder))) {
      if (entry instanceof Error || entry.seq <= base.seq || entry.seq > lastSeq) continue;
      while (commits.value !== undefined && (commits.value.entry?.seq ?? 0) < entry.seq) {
        await commits.next();
      }
      const commit = commits.value?.entry?.hash === entry.hash ? commits.value : null;
      batch.push({ line: entry, commit });
      if (batch.length < BATCH) continue;
      yield* await withData(place, batch, newest);
      batch = [];
    }
    yield* await withData(place, batch, newest);
  } finally {
    await commits.close();
  }
}

async function withData(
  place: GitPlace,
  batch: readonly { readonly line: JournalLine; readonly commit: AuditCommit | null }[],
  newest: Map<string, JournalData>,
): Promise<JournalEntry[]> {
  const names = batch.map(({ line, commit }) => {
    const path = pathOf(line);
    return path === null || commit === null ? null : `${commit.commit}:${path}`;
  });
  const found = await readBlobs(place, names.filter((name) => name !== null));
  let at = 0;
  return batch.map(({ line }, index) => {
    const bytes = names[index] === null ? null : found[at++];
    const path = pathOf(line);
    if (path === null) return { ...line, data: {} };
    const data = bytes === null ? guessed(line, newest.get(path)) : dataOf(line, bytes);
    newest.set(path, data);
    return { ...line, data };
  });
}

/** The path of the file that an entry changes. */
function pathOf({ type, jobId, channelId, outcome }: JournalLine): string | null {
  if (type === "job") {
    const digits = /^job-([0-9a-f]{2})/.exec(jobId ?? "")?.[1];
    return digits === undefined || outcome === "removed" ? null : `jobs/${digits}/${jobId}.toml`;
  }
  return channelId === null ? null : `channels/${channelId}.toml`;
}

function dataOf(line: JournalLine, bytes: Uint8Array): JournalData {
  try {
    const file = readStateFile(new TextDecoder().decode(bytes));
    return line.type === "job" ? file : dataOfChannelFile(file);
  } catch {
    return {};
  }
}

/** The data of an entry that git does not have: the data of the entry before, with the values of the line itself. */
function guessed(line: JournalLine, before: JournalData = {}): JournalData {
  if (line.type === "job") {
    return {
      ...before,
      job_id: line.jobId,
      event_id: line.eventId,
      kind: line.kind,
      status: line.outcome,
    };
  }
  const { deposit_units: deposit, forfeit_units: forfeit } = before;
  if (line.balanceUnits === null || typeof deposit !== "string") return before;
  const spent = BigInt(deposit) - line.balanceUnits - BigInt(String(forfeit ?? 0));
  return { ...before, spent_units: String(spent) };
}
