/**
 * Makes checkpoints of the journal: at most one a second while it grows, and one when it is drained.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { reached } from "../../base/crash_point.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { CheckpointRow } from "../../store/journal_row.ts";
import type { Store } from "../../store/store.ts";
import type { JournalPlace } from "./audit_commit.ts";
import type { AuditContext } from "./audit_context.ts";
import type { TrailTip } from "./git_trail.ts";

/** A checkpoint as it is stored and committed. */
export type SignedCheckpoint = CheckpointRow;

/** Makes checkpoints. See the module. */
interface Checkpointing {
  /** Whether the repository has no checkpoint of this place. */
  isBehind(place: JournalPlace | null): boolean;
  /** After how many milliseconds the next one may be made. */
  dueInMs(): number;
  /** Makes a checkpoint of the place that the repository has reached, if one is due or `atOnce` is set; null if none was made. */
  make(
    place: JournalPlace | null,
    tip: TrailTip | null,
    atOnce: boolean,
  ): Promise<SignedCheckpoint | null>;
}

const EVERY_MS = 1_000;

/** Makes it with this signer. `keptSeq` is the entry of the newest checkpoint in the repository. */
export function createCheckpointing(
  store: Pick<Store, "commit">,
  signer: Pick<Signer, "signCheckpoint">,
  keptSeq: () => number,
  { clock, log }: AuditContext,
): Checkpointing {
  // A failed checkpoint is not tried again for the same entry; the next entry has its own.
  let failedSeq = 0;
  let madeAtMs = 0;
  let complained = false;

  const isBehind = (place: JournalPlace | null) =>
    place !== null && place.seq > Math.max(keptSeq(), failedSeq);
  const dueInMs = () => Math.max(0, madeAtMs + EVERY_MS - clock());
  return {
    isBehind,
    dueInMs,
    async make(place, tip, atOnce) {
      if (!isBehind(place) || (!atOnce && dueInMs() > 0)) return null;
      const { seq, hash } = place!;
      madeAtMs = clock();
      const commit = tip?.commit ?? null;
      try {
        const { signature, pubkey } = await signer.signCheckpoint({ seq, hash, commit });
        reached("audit.signed");
        const row: CheckpointRow = { seq, hash, commit, signature, pubkey, atMs: madeAtMs };
        await store.commit([{ op: "putCheckpoint", row }]);
        complained = false;
        return row;
      } catch (error) {
        if (!complained) {
          log("warn", "no checkpoint could be made", { reason: messageOf(error) });
        }
        complained = true;
        failedSeq = seq;
        return null;
      }
    },
  };
}
