/**
 * Which payments of a queue are signed next: in their order, as many as fit the window, the deposit and the spending limits.
 *
 * @module
 */
import { type PacketOutcome, type Refused, refusedHere } from "../claims/outcome.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { Ahead, PayerLedger, PayerLimits } from "./payer_ledger.ts";
import type { PayerDeps } from "./payer_options.ts";
import type { PaymentEntry } from "./payment_entry.ts";
import { type PlannedPacket, planPacket } from "./planned_packet.ts";

/** Claims of one commit. The receiver works on one batch while the next is signed. */
const BATCH = 16;

/** What a batch is planned from. */
interface BatchWork {
  /** What waits; those that are planned or refused are taken out of it. */
  readonly queue: PaymentEntry[];
  readonly ledger: PayerLedger;
  /** Null where the deposit has no bound. */
  readonly depositUnits: bigint | null;
  readonly limits: PayerLimits;
  readonly deps: PayerDeps;
  readonly sender: Pick<PacketSender, "halted" | "outcomes">;
  /** Told of payments that are refused here. */
  onDone(entry: PaymentEntry, outcome: PacketOutcome): void;
  /** What a payment is told whose previous hop cannot be asked. */
  unheard(error: unknown): Refused;
}

/** What is to be signed. */
interface PlannedBatch {
  readonly planned: readonly PlannedPacket[];
  /** What is first in the queue waits for an open packet to close. */
  readonly stuck: boolean;
}

/** Takes out of the queue what fits now, at most a batch; what never will is refused. */
export async function planBatch(work: BatchWork): Promise<PlannedBatch> {
  const { queue, ledger, depositUnits, limits, deps, sender } = work;
  const planned: PlannedPacket[] = [];
  let ahead: Ahead = { packets: 0, units: 0n, signed: 0n };
  const first = queue.slice(0, BATCH).map(({ request }) => request);
  const allowance = await deps.spending?.allowance(first, deps.timers.now());
  while (planned.length < BATCH && queue.length > 0 && sender.halted === null) {
    const entry = queue[0];
    // It came while the sums were read: it is next.
    if (allowance?.covers(entry.request) === false) break;
    const { amount, incoming } = entry.request;
    const fit = ledger.fit(amount, depositUnits, limits, ahead);
    const refused = refusalOf(entry, work) ?? allowance?.over(entry.request) ?? null;
    // What is planned is signed first: it may well be that it never fits on top of that, and does fit later.
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
    return refusedHere("max_forfeit", "The peer keeps no credit and today's loss limit is used");
  }
  return null;
}

function tooMuch(fit: { readonly fit: string; readonly code?: string }): Refused {
  return fit.code === "deposit_exhausted"
    ? refusedHere("deposit_exhausted", "The channel's confirmed deposit is used up")
    : refusedHere("window", "The amount does not fit the window, the limit of the amount at risk");
}
