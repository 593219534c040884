/**
 * The checkpoints of a home with their signatures checked, from its store, or from the repository if the store is lost.
 *
 * @module
 */
import { verifyCheckpoint } from "../../protocols/nostr/journal_checkpoint.ts";
import type { GitPlace } from "../audit/git_command.ts";
import { committedText } from "../audit/read_repository.ts";
import type { CheckpointRow } from "../../store/journal_row.ts";
import type { Store } from "../../store/store.ts";
import type { TrailCheckpoint } from "./trail.ts";

const PAGE = 1_000;
const FILE = "checkpoint.json";

/** The times against which checkpoints are judged. */
interface ReadingTimes {
  /** When the repository was created. An older checkpoint names a commit of another repository. */
  readonly begunAtMs: number;
  /** When reading started. A newer checkpoint may name a commit that was not read. */
  readonly startedAtMs: number;
  readonly clock: () => number;
}

/**
 * The store's checkpoints. New checkpoints after `tipSeq`, where reading started, are left out. A checkpoint after the journal's own end is
 * returned, because it shows that the end was cut off.
 */
export async function* storedCheckpoints(
  store: Pick<Store, "checkpoints" | "journalTip">,
  tipSeq: number,
  { begunAtMs, startedAtMs, clock }: ReadingTimes,
): AsyncGenerator<TrailCheckpoint> {
  for (let seq = 0;;) {
    const page = await store.checkpoints(seq, PAGE);
    if (page.length === 0) return;
    for (const row of page) {
      if (row.seq > tipSeq && row.seq <= ((await store.journalTip())?.seq ?? 0)) return;
      const checkpoint = await checked(row);
      // Git's times are whole seconds. A time in the future cannot be right.
      const foreign = row.atMs < begunAtMs + 1_000 ||
        row.atMs >= startedAtMs && row.atMs <= clock();
      yield foreign ? { ...checkpoint, commit: null } : checkpoint;
    }
    seq = page[page.length - 1].seq;
  }
}

/** The newest checkpoint of the repository, not checked. */
export async function newestCheckpoint(
  place: GitPlace,
  commit: string,
): Promise<CheckpointRow | null> {
  const text = await committedText(place, commit, FILE);
  return text === null ? null : checkpointOf(text);
}

/** The same with its signature checked. */
export async function* committedCheckpoint(
  place: GitPlace,
  commit: string,
): AsyncGenerator<TrailCheckpoint> {
  const row = await newestCheckpoint(place, commit);
  if (row !== null) yield await checked(row);
}

async function checked(row: CheckpointRow): Promise<TrailCheckpoint> {
  const { seq, hash, commit, pubkey, signature } = row;
  const valid = await verifyCheckpoint({ seq, hash, commit }, signature, pubkey);
  return { seq, hash, commit, pubkey, valid };
}

/** Null if the file has another content, which this program did not write. */
function checkpointOf(text: string): CheckpointRow | null {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { seq, hash, commit = null, signature, pubkey } = value ?? {};
  const words = [hash, signature, pubkey].every((each) => typeof each === "string");
  if (!Number.isSafeInteger(seq) || !words || (commit !== null && typeof commit !== "string")) {
    return null;
  }
  return { seq, hash, commit, signature, pubkey, atMs: 0 } as CheckpointRow;
}
