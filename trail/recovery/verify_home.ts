/**
 * Verifies a home's audit trail without network, while a daemon may be writing. It reads first what the daemon writes last, so that new
 * entries are not reported as differences.
 *
 * @module
 */
import { AuditError } from "../audit/audit_error.ts";
import { messageOf } from "../../base/thrown.ts";
import { type Asset, M2M } from "../../protocols/ilp/asset.ts";
import { AUDIT_CURSOR } from "../audit/audit.ts";
import type { GitPlace } from "../audit/git_command.ts";
import { auditCommits, auditTip, hasRepository } from "../audit/read_repository.ts";
import type { Store } from "../../store/store.ts";
import { CommittedTrail, compareFiles, filesAt, type FilesReport } from "./committed_trail.ts";
import { compareTrail } from "./compare_trail.ts";
import { logFiles } from "./log_files.ts";
import { logLines } from "./log_lines.ts";
import { difference } from "./entry_checks.ts";
import { begunAtMs, blobsOf } from "./repository_history.ts";
import { committedCheckpoint, storedCheckpoints } from "./sealed_checkpoints.ts";
import type { Difference, TrailReport } from "./trail.ts";

/** The state of a part: `read`, `missing`, or why it cannot be read. */
type SourceState = "read" | "missing" | string;

/** Options of {@link verifyHome}. */
interface VerifyOptions {
  /** The state folder and git's `PATH`. */
  readonly place: GitPlace;
  /** The store, opened for reading; null if there is none, an Error if it cannot be read. */
  readonly store:
    | Pick<Store, "journalTip" | "journalAfter" | "checkpoints" | "cursor">
    | null
    | Error;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Whether a process is running. Then files that are written shortly after their commits count as stale, not as missing. */
  readonly atWork?: boolean;
  /** The key that must have signed the checkpoints. Without it, the signers are only listed. */
  readonly signer?: string;
  /** The home's asset, in addition to M2M. */
  readonly asset?: Asset;
}

/** The result. */
export interface VerifyReport extends TrailReport, FilesReport {
  readonly sources: {
    readonly journal: SourceState;
    readonly log: SourceState;
    readonly git: SourceState;
  };
  /** Commits without an entry: sealed days, checkpoints, commits of a user. */
  readonly otherCommits: number;
}

const PAGE = 1_000;
const NONE = (async function* (): AsyncGenerator<never> {})();

/** Reads and compares everything. Rejects only if the folder itself cannot be read. */
export async function verifyHome(options: VerifyOptions): Promise<VerifyReport> {
  const { place, store, signer, clock } = options;
  const startedAtMs = clock();
  const readable = store instanceof Error ? null : store;
  const committedSeq = Number(await readable?.cursor(AUDIT_CURSOR) ?? 0);
  const git = await gitState(place);
  const tip = git === "read" ? await auditTip(place) : null;
  const files = await logFiles(place.folder);
  const last = (await readable?.journalTip())?.seq ?? 0;
  const commits = git === "read"
    ? new CommittedTrail(tip === null ? NONE : auditCommits(place, tip.commit))
    : null;
  const trail = await compareTrail({
    journal: readable && journalUpTo(readable, last),
    lines: files.length === 0 ? null : logLines(files),
    commits,
    committedSeq,
    assets: options.asset === undefined ? [M2M] : [options.asset, M2M],
    checkpoints: readable !== null
      ? storedCheckpoints(readable, last, {
        begunAtMs: tip === null ? 0 : await begunAtMs(place),
        startedAtMs,
        clock,
      })
      : tip === null
      ? NONE
      : committedCheckpoint(place, tip.commit),
  }).catch(brokenGit);
  const beside: FilesReport = tip === null || trail.difference !== null
    ? { files: 0, stale: 0, difference: null }
    : await compareFiles(
      place,
      await filesAt(place, tip.commit, startedAtMs),
      (path) => blobsOf(place, path),
      options.atWork,
    );
  return {
    ...trail,
    files: beside.files,
    stale: beside.stale,
    difference: trail.difference ?? foreignSigner(trail, signer) ?? beside.difference,
    otherCommits: commits?.others ?? 0,
    sources: {
      journal: store === null ? "missing" : store instanceof Error ? store.message : "read",
      log: files.length === 0 ? "missing" : "read",
      git,
    },
  };
}

async function gitState(place: GitPlace): Promise<SourceState> {
  if (!await hasRepository(place)) return "missing";
  try {
    await auditTip(place);
    return "read";
  } catch (error) {
    return messageOf(error);
  }
}

async function* journalUpTo(store: Pick<Store, "journalAfter">, last: number) {
  for (let seq = 0; seq < last;) {
    const page = await store.journalAfter(seq, PAGE, 0);
    if (page.length === 0) return;
    for (const entry of page) {
      if (entry.seq > last) return;
      yield entry;
    }
    seq = page[page.length - 1].seq;
  }
}

/** The report if the repository cannot be read to its end. */
function brokenGit(error: Error): TrailReport {
  if (!(error instanceof AuditError)) throw error;
  return {
    entries: 0,
    lines: 0,
    commits: 0,
    checkpoints: 0,
    firstSeq: null,
    lastSeq: null,
    sealedSeq: null,
    behind: 0,
    signers: [],
    difference: difference("git", {}, {
      message: `the repository cannot be read: ${error.message}`,
    }),
  };
}

/** A home may have had several wallets, on a `dev` network a new one each time. Only the owner knows which of them are the home's. */
function foreignSigner({ signers }: TrailReport, wanted: string | undefined): Difference | null {
  if (wanted === undefined) return null;
  const foreign = signers.find((signer) => signer !== wanted);
  if (foreign === undefined) return null;
  return difference("checkpoint", {}, {
    message: "a checkpoint was signed by another key",
    field: "pubkey",
    expected: wanted,
    found: foreign,
  });
}
