/** A payer on a real store, whose peer answers at once, for tests of limits. */
import { createHash } from "node:crypto";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { ClaimSource } from "../../../money/payer/claim_source.ts";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import type { PacketOutcome } from "../../../money/claims/outcome.ts";
import type { LinkAnswer } from "../../../money/claims/packet_link.ts";
import { Payer } from "../../../money/payer/payer.ts";
import { SpendingGuard, type SpendingLimits } from "../../../money/payer/spending_limits.ts";
import type { Timers } from "../../../base/timers.ts";
import type { JobRow } from "../../../store/job_row.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { OpenStore } from "../../../store/store.ts";
import { job } from "../../store/store_rows.ts";

const FULFILMENT = new Uint8Array(32).fill(7);
const CONDITION = new Uint8Array(createHash("sha256").update(FULFILMENT).digest());
const NONE = new Uint8Array(0);
export const DAY_MS = 86_400_000;
const JOB = "job-1234567";
export const ALICE = "a".repeat(64);
export const ACK = { result: "accepted", nonce: 1, credited: 0n, spent: 0n, held: 0n } as const;
export const FULFILL = wire.encodeFulfill({ fulfilment: FULFILMENT, data: NONE });
export const REJECT = wire.encodeReject({
  code: "T00",
  triggeredBy: "test.peer",
  message: "no",
  data: NONE,
});
export const LIMITS = { jobUnits: 100n, providerDayUnits: 150n };

const CLAIMS: ClaimSource = {
  capacity: () => Promise.resolve({ depositUnits: 10_000n, open: true }),
  lastClaim: () => Promise.resolve(null),
  issue: (figures) =>
    Promise.resolve({
      claims: figures.map(({ nonce }) => new Uint8Array([nonce])),
      refusal: null,
      snapshot: null,
    }),
};

export interface Paying {
  /** Adds a job to the outbox: the write of its request, and then the payment of its provider. */
  make(eventId: string, units: bigint, provider?: string): Promise<string>;
  /** The job ends, or its status changes. */
  patch(jobId: string, patch: Partial<JobRow>): Promise<void>;
  cancel(jobId: string): Promise<void>;
  pay(
    units: bigint,
    obligation: string,
    jobId?: string,
    to?: { readonly provider?: string; readonly channel?: 0 | 1 },
  ): Promise<PacketOutcome>;
  state: { nowMs: number; answer: LinkAnswer };
  guard: SpendingGuard;
  readonly store: OpenStore;
}

/** Runs with a payer over the folder's store, as a process from its start to its end. */
export async function inProcess(
  folder: string,
  run: (paying: Paying) => Promise<void>,
  limits: SpendingLimits = LIMITS,
): Promise<void> {
  const state = { nowMs: 20_000 * DAY_MS, answer: { packet: FULFILL, ack: ACK } as LinkAnswer };
  const timers: Timers = { now: () => state.nowMs, after: () => () => {} };
  const store = await openSqliteStore({ folder, clock: timers.now });
  const guard = new SpendingGuard(limits, store);
  const lane = new CommitLane(store);
  const payers = await Promise.all(["c", "d"].map(async (letter) => {
    const options = {
      channelId: `0x${letter.repeat(64)}`,
      peer: letter,
      peerRule: "credit",
    } as const;
    const payer = await Payer.open(options, {
      store,
      lane,
      claims: CLAIMS,
      codec: wire,
      timers,
      log: () => {},
      spending: guard,
    });
    await payer.attach({
      writable: () => null,
      claimState: () => Promise.resolve(null),
      send: () => Promise.resolve(state.answer),
    });
    return payer;
  }));
  try {
    await run({
      state,
      guard,
      store,
      async make(eventId, units, provider = ALICE) {
        const row = job({ eventId, jobId: `job-${eventId}`, provider, amountUnits: units });
        const sent = { jobId: row.jobId, event: row.request, createdAtMs: state.nowMs };
        await store.commit([
          { op: "putJob", row, expect: "absent" },
          {
            op: "addOutbox",
            row: {
              ...sent,
              purpose: "job",
              destination: "test.peer.x",
              terminalPubkey: provider,
              amountUnits: units,
            },
          },
        ]);
        return row.jobId;
      },
      async patch(jobId, patch) {
        await store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
      },
      async cancel(jobId) {
        const [row] = (await store.pendingOutbox(0, 100, 0)).filter((each) => each.jobId === jobId);
        const { outboxId } = row;
        await store.commit([{ op: "settleOutbox", outboxId, state: "failed", detail: "over" }]);
      },
      pay: (amount, obligation, jobId = JOB, { provider = ALICE, channel = 0 } = {}) =>
        payers[channel].pay({
          amount,
          obligation,
          destination: "test.peer.x",
          data: NONE,
          condition: CONDITION,
          about: {
            jobId,
            provider: obligation.startsWith("write:") ? null : provider,
            kind: null,
            bytes: null,
          },
        }),
    });
  } finally {
    await Promise.all(payers.map((payer) => payer.close()));
    await store.close();
  }
}

export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crosstown-spending-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export function code(outcome: PacketOutcome): string {
  return outcome.state === "refused" ? outcome.code : outcome.state;
}
