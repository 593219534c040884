/** Changes that the journal records. */
import type { Change } from "../../store/store.ts";
import { chainChannel, CHANNEL, eventIdOf, hash, outgoing } from "./store_rows.ts";

export const JOB = eventIdOf("5abc123");

/** An open channel of 1,000 units. */
export const OPEN: Change = {
  op: "putChannel",
  row: chainChannel({
    status: "open",
    channelId: CHANNEL,
    openedBlockHash: hash("2"),
    openedAtMs: 1_000,
    depositUnits: 1_000n,
    wantedUnits: 1_000n,
  }),
};

/** A payment that is signed. */
export function signed(
  nonce: number,
  amount: bigint,
  obligation: string,
  jobId: string | null,
): Change {
  return {
    op: "putOutgoing",
    row: outgoing({
      nonce,
      amount,
      obligation,
      about: { jobId, provider: null, kind: 5_601, bytes: 10 },
    }),
    expect: "absent",
  };
}

/** A payment with its outcome. */
export function closed(
  nonce: number,
  amount: bigint,
  obligation: string,
  jobId: string | null,
  outcome: "fulfilled" | "refused" | "forfeit",
): Change {
  return {
    op: "putOutgoing",
    row: outgoing({
      nonce,
      amount,
      obligation,
      about: { jobId, provider: null, kind: 5_601, bytes: 10 },
      state: outcome === "fulfilled" ? "fulfilled" : "refused",
      answer: new Uint8Array([9]),
    }),
    expect: "open",
    forfeit: outcome === "forfeit",
  };
}
