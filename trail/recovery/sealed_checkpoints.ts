/**
 * The checkpoints of a home, from its store or, where that is gone, from the repository, with their signatures checked.
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

/** Since when things are as they are read. */
interface ReadingTimes {
  /** When the repository was begun: what is older names a commit of another one. */
  readonly begunAtMs: number;
  /** When the reading began: what is newer may name a commit that it does not reach. */
  readonly startedAtMs: number;
  readonly clock: () => number;
}

/**
 * Those of the store. What is sealed while we read is above `tipSeq`, where we began, and is left out; one above the journal's own end
 * is given: it tells that the end was cut.
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
      // Git's times are whole seconds. A time that has not come yet is nobody's.
      const foreign = row.atMs < begunAtMs + 1_000 ||
        row.atMs >= startedAtMs && row.atMs <= clock();
      yield foreign ? { ...checkpoint, commit: null } : checkpoint;
    }
    seq = page[page.length - 1].seq;
  }
}

/** The newest one of the repository, as it stands there. */
export async function newestCheckpoint(
  place: GitPlace,
  commit: string,
): Promise<CheckpointRow | null> {
  const text = await committedText(place, commit, FILE);
  return text === null ? null : checkpointOf(text);
}

/** The same, with its signature checked. */
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

/** Null where the file holds something else: it was not written by this program. */
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
