/**
 * Publishes a buyer's reviews of its jobs (NIP-32), if the owner wants that. A review goes out like any other write, and the commit that puts
 * it into the outbox also stores up to which job was reviewed, so that each job is reviewed once.
 *
 * @see docs/terms.md#reviews
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { messageOf } from "../base/thrown.ts";
import { innerPackets } from "../protocols/ilp/inner_packets.ts";
import { asEventId, asPubkey, parseEvent } from "../protocols/nostr/event.ts";
import { readQuote } from "../protocols/nostr/job_quote.ts";
import { type ReviewReceipt, reviewTemplate } from "../protocols/nostr/job_review.ts";
import { isPrivate } from "../protocols/nostr/private_event.ts";
import { answersKeyOf } from "../protocols/nostr/private_job.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { countedJob } from "../market/standing.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Change, Store } from "../store/store.ts";
import type { Home } from "./home.ts";

const LOOK_MS = 2_000;
/** The most jobs that are looked at, the newest first. */
const MAX_JOBS = 200;
/** An answer after the end may still change how a job went. */
const SETTLED_MS = 30_000;

/** Where reviews are written. */
interface ReviewTarget {
  readonly pubkey: string;
  readonly destination: string;
  readonly terminalPubkey: string;
}

/** Puts a review of each job that ended since the last look into the outbox. The first look reviews nothing. Returns how many. */
export async function reviewEnded(
  store: Pick<Store, "cursor" | "commit" | "listJobs" | "invoiceOf" | PaidBy>,
  { pubkey, destination, terminalPubkey }: ReviewTarget,
  nowMs: number,
): Promise<number> {
  const name = `reviews:${pubkey}`;
  const last = await store.cursor(name);
  const untilMs = nowMs - SETTLED_MS;
  if (last === null) {
    await store.commit([{ op: "setCursor", name, value: String(untilMs) }]);
    return 0;
  }
  const jobs = (await store.listJobs({
    role: "buyer",
    status: ["success", "error", "timeout"],
    limit: MAX_JOBS,
  })).filter(({ updatedAtMs }) => updatedAtMs > Number(last) && updatedAtMs <= untilMs);
  if (jobs.length === 0) return 0;
  const changes: Change[] = [];
  for (const job of jobs) {
    const counted = countedJob(job, nowMs);
    if (counted === null || !await isReviewed(store, job)) continue;
    const receipt = await receiptOf(store, job.eventId);
    const review = {
      provider: asPubkey(job.provider),
      requestId: asEventId(job.eventId),
      went: counted.went,
      ...receipt !== null && { receipt },
    };
    const event = { ...reviewTemplate(review, job.kind, Math.floor(nowMs / 1_000)), pubkey };
    changes.push({
      op: "addOutbox",
      row: {
        jobId: null,
        purpose: "write",
        event: new TextEncoder().encode(JSON.stringify(event)),
        destination,
        terminalPubkey,
        amountUnits: null,
        createdAtMs: nowMs,
      },
    });
  }
  const value = String(Math.max(...jobs.map(({ updatedAtMs }) => updatedAtMs)));
  await store.commit([...changes, { op: "setCursor", name, value }]);
  return changes.length;
}

/** Only jobs that were paid, and none that was private: who bought what of whom is nobody's business there. */
async function isReviewed(
  store: Pick<Store, "invoiceOf">,
  { eventId, provider, jobPaid, request }: JobRow,
): Promise<boolean> {
  if (provider === null) return false;
  // The buyer's own row is JSON.
  const asked = JSON.parse(new TextDecoder().decode(request));
  if (isPrivate(asked) || answersKeyOf(asked) !== null) return false;
  return jobPaid || (await store.invoiceOf(eventId, "buyer"))?.state === "paid";
}

/** What a receipt is read from. */
type PaidBy = "quoteOf" | "outgoingByObligation";

/**
 * The receipt of a job that was paid by a quote. Null if there is none, and for a job that was paid on delivery: there the preimage is the
 * key to the sealed result, which nobody else should read.
 */
async function receiptOf(
  store: Pick<Store, PaidBy>,
  eventId: string,
): Promise<ReviewReceipt | null> {
  const row = await store.quoteOf(eventId);
  if (row === null) return null;
  // The quote was checked before this home stored it.
  const { event } = decodeDocument(row.quote);
  const { mode, condition } = readQuote(parseEvent(event));
  if (mode === "on-delivery") return null;
  for (const { state, answer } of await store.outgoingByObligation(`job:${eventId}`)) {
    if (state !== "fulfilled" || answer === null) continue;
    const packet = innerPackets.decodePacket(answer);
    if (packet.type !== "fulfill" || sha256(packet.fulfilment).toHex() !== condition) continue;
    return { preimage: packet.fulfilment.toHex(), quote: JSON.stringify(event) };
  }
  return null;
}

/** Looks now, and then every two seconds until it is stopped. */
export async function startReviewing(
  { store, identity, options: { profile, log } }: Home,
): Promise<{ readonly stop: () => Promise<void> }> {
  const target = {
    pubkey: identity.pubkey,
    destination: profile.relay?.ilpAddress ?? "",
    terminalPubkey: profile.relay?.pubkey ?? "",
  };
  await reviewEnded(store, target, Date.now());
  let looking: Promise<unknown> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = reviewEnded(store, target, Date.now())
      .catch((error) => log("warn", "jobs could not be reviewed", { error: messageOf(error) }))
      .finally(() => busy = false);
  }, LOOK_MS);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
