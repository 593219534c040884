/**
 * Reads what the keys near a root in the graph of follows (NIP-02) say about providers. Signatures were verified; whose word counts is
 * decided here, and how much it counts in standing.ts.
 *
 * Held: the keys of follow_graph.ts, one answer of at most 1,000 events, and what counts of the reviews of at most 60 answers.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import {
  type JobReview,
  type ProvenPayment,
  provenPayment,
  readReview,
  REVIEW_NAMESPACE,
} from "../protocols/nostr/job_review.ts";
import type { EventVerifier } from "../protocols/nostr/verifier.ts";
import { REVIEW_KIND } from "../protocols/nostr/kinds.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { replaces } from "./announcement_pages.ts";
import { type AskEvents, distancesFrom } from "./follow_graph.ts";
import type { FoundReview, ReviewMoney } from "./found_review.ts";

/** Reviews that are older do not count. */
export const REVIEW_DAYS = 180;
const AUTHORS_AT_ONCE = 100;
const MOST_REVIEWS = 1_000;
/** Relays often give fewer events than they are asked for, such as 500. */
const FULL_ANSWER = 250;
/** After this many questions no group is divided any more. */
const MOST_QUESTIONS = 40;
const SKEW_MS = 600_000;
/** Of so many reviews, the newest, the receipts are checked. Each takes the check of a signature. */
const MOST_RECEIPTS = 5_000;

/** All reviews that count, of one provider or of all; each request and reviewer once, the newest. Rejects if nobody answers. */
export async function reviewsNear(
  ask: AskEvents,
  verifierOf: () => Promise<EventVerifier>,
  root: string,
  provider: string | null,
  nowMs: number,
  money: ReviewMoney,
): Promise<FoundReview[]> {
  const distances = await distancesFrom(ask, root);
  const newest = new Map<string, Counted>();
  let questions = 0;
  const read = async (authors: readonly string[]): Promise<void> => {
    questions++;
    const filter: Filter = {
      kinds: [REVIEW_KIND],
      authors,
      "#L": [REVIEW_NAMESPACE],
      ...provider === null ? {} : { "#p": [provider] },
      since: Math.floor((nowMs - REVIEW_DAYS * DAY_MS) / 1_000),
      limit: MOST_REVIEWS,
    };
    const events = await ask(filter, MOST_REVIEWS);
    for (const event of events) count(newest, event, distances, nowMs);
    // Where an answer is full, one key's many reviews may have pushed those of the others out. So these are asked for apart.
    if (events.length < FULL_ANSWER || authors.length === 1 || questions >= MOST_QUESTIONS) return;
    const half = Math.ceil(authors.length / 2);
    await read(authors.slice(0, half));
    await read(authors.slice(half));
  };
  const reviewers = [...distances.keys()];
  for (let at = 0; at < reviewers.length; at += AUTHORS_AT_ONCE) {
    await read(reviewers.slice(at, at + AUTHORS_AT_ONCE));
  }
  const verifier = await verifierOf();
  return [...newest.values()]
    .filter(({ said }) => provider === null || said.provider === provider)
    .sort((a, b) => b.review.atMs - a.review.atMs)
    .map(({ said, review }, at) => {
      const paid = at < MOST_RECEIPTS ? provenPayment(said, review.reviewer, verifier) : null;
      if (paid === null || !isIn(money, paid)) return { ...review, paidUnits: null };
      // Who signs an old job's review anew does not make the job new.
      const latestMs = paid.deadlineS * 1_000 + SIGNED_WITHIN_MS;
      return { ...review, paidUnits: paid.units, atMs: Math.min(review.atMs, latestMs) };
    })
    .filter(({ atMs }) => atMs >= nowMs - REVIEW_DAYS * DAY_MS);
}

/** Whether it was paid with this money. */
function isIn({ asset, chain }: ReviewMoney, paid: ProvenPayment): boolean {
  const address = (each: ReviewMoney) => each.chain.tokenNetworkAddress.toLowerCase();
  return paid.asset.code === asset.code && paid.asset.scale === asset.scale &&
    paid.chain.chainId === chain.chainId && address(paid) === address({ asset, chain });
}

const DAY_MS = 86_400_000;
/** How long after a job's deadline its review is signed, at most. */
const SIGNED_WITHIN_MS = DAY_MS;

/** A review, and of its event only what says which one is newer. */
interface Counted {
  readonly event: Pick<NostrEvent, "id" | "created_at">;
  readonly said: JobReview;
  readonly review: Omit<FoundReview, "paidUnits">;
}

/** Takes a review that counts. A relay may return events that were not asked for. */
function count(
  newest: Map<string, Counted>,
  event: NostrEvent,
  distances: ReadonlyMap<string, 1 | 2>,
  nowMs: number,
): void {
  const { id, pubkey, created_at } = event;
  const distance = distances.get(pubkey);
  const read = distance === undefined ? null : readReview(event);
  const atMs = created_at * 1_000;
  // Nobody's word about itself counts.
  if (distance === undefined || read === null || read.provider === pubkey) return;
  if (atMs > nowMs + SKEW_MS || atMs < nowMs - REVIEW_DAYS * DAY_MS) return;
  const place = `${pubkey}:${read.requestId}`;
  const held = newest.get(place);
  if (held !== undefined && !replaces(event, held.event)) return;
  const { provider, requestId, went } = read;
  newest.set(place, {
    event: { id, created_at },
    said: read,
    review: {
      eventId: id,
      reviewer: pubkey,
      distance,
      provider,
      requestId,
      went,
      atMs: Math.min(atMs, nowMs),
    },
  });
}
