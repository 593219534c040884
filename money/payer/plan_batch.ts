/**
 * Chooses the payments of a queue that are signed next: in their order, as many as the window, the deposit and the spending limits allow.
 *
 * @module
 */
import { type PacketOutcome, type Refused, refusedHere } from "../claims/outcome.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { Ahead, PayerLedger, PayerLimits } from "./payer_ledger.ts";
import type { PayerDeps } from "./payer_options.ts";
import type { PaymentEntry } from "./payment_entry.ts";
import { type PlannedPacket, planPacket } from "./planned_packet.ts";

/** The most claims in one commit. While the receiver works on one batch, the next one is signed. */
const BATCH = 16;

/** What planning a batch needs. */
interface BatchWork {
  /** The waiting payments. Those that are planned or refused are removed. */
  readonly queue: PaymentEntry[];
  readonly ledger: PayerLedger;
  /** Null if no deposit limits the amount. */
  readonly depositUnits: bigint | null;
  readonly limits: PayerLimits;
  readonly deps: PayerDeps;
  readonly sender: Pick<PacketSender, "halted" | "outcomes">;
  /** Called for payments that are refused here. */
  onDone(entry: PaymentEntry, outcome: PacketOutcome): void;
  /** The refusal of a payment whose previous hop cannot be asked. */
  unheard(error: unknown): Refused;
}

/** The packets that will be signed. */
interface PlannedBatch {
  readonly planned: readonly PlannedPacket[];
  /** The first payment in the queue waits for an open packet to close. */
  readonly stuck: boolean;
}

/** Removes the payments that fit now from the queue, at most a batch. Payments that will never fit are refused. */
export async function planBatch(work: BatchWork): Promise<PlannedBatch> {
  const { queue, ledger, depositUnits, limits, deps, sender } = work;
  const planned: PlannedPacket[] = [];
  let ahead: Ahead = { packets: 0, units: 0n, signed: 0n };
  const first = queue.slice(0, BATCH).map(({ request }) => request);
  const allowance = await deps.spending?.allowance(first, deps.timers.now());
  while (planned.length < BATCH && queue.length > 0 && sender.halted === null) {
    const entry = queue[0];
    // The payment arrived while the sums were read. It is planned in the next batch.
    if (allowance?.covers(entry.request) === false) break;
    const { amount, incoming } = entry.request;
    const fit = ledger.fit(amount, depositUnits, limits, ahead);
    const refused = refusalOf(entry, work) ?? allowance?.over(entry.request) ?? null;
    // The planned packets are signed first. A payment that does not fit after them may fit later.
    if (refused === null && fit.fit !== "now" && planned.length > 0) break;
    if (refused === null && fit.fit === "later") return { planned, stuck: true };
    queue.shift();
    if (refused !== null || fit.fit !== "now") {
      work.onDone(entry, refused ?? tooMuch(fit));
      continue;
    }
    entry.stage = "signing";
    const { cumulative } = fit;
    const figures = { nonce: ledger.nonce + planned.length + 1, cumulative, amount };
    const plan = planPacket(entry, figures, deps.codec, deps.timers.now());
    if ("refused" in plan) {
      work.onDone(entry, plan.refused);
      continue;
    }
    try {
      if (incoming) await deps.linked?.ready(incoming);
    } catch (error) {
      work.onDone(entry, work.unheard(error));
      break;
    }
    planned.push(plan);
    allowance?.take(entry.request);
    ahead = {
      packets: ahead.packets + 1,
      units: ahead.units + amount,
      signed: cumulative,
    };
  }
  return { planned, stuck: false };
}

function refusalOf({ request }: PaymentEntry, { deps, sender }: BatchWork): Refused | null {
  const now = deps.timers.now();
  if (request.expiresAtMs !== undefined && request.expiresAtMs <= now) {
    return refusedHere("expired", "The packet expired before it could be signed");
  }
  const { keepsCredit, forfeits } = sender.outcomes;
  if (!keepsCredit && !forfeits.allows(now)) {
    return refusedHere("max_forfeit", "The peer keeps no credit and today's loss limit is used up");
  }
  return null;
}

function tooMuch(fit: { readonly fit: string; readonly code?: string }): Refused {
  return fit.code === "deposit_exhausted"
    ? refusedHere("deposit_exhausted", "The channel's confirmed deposit is used up")
    : refusedHere("window", "The amount does not fit the window, the limit of the amount at risk");
}
