/** Whose reviews of a provider count, and how much. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { FoundReview } from "../../market/found_review.ts";
import { MOST_FOLLOWS } from "../../market/follow_graph.ts";
import { REVIEW_DAYS, reviewsNear } from "../../market/reviews.ts";
import { REVIEW_WEIGHTS, scoreOf, standingsOf, weighedReviews } from "../../market/standing.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import {
  DAY_MS,
  follows,
  found,
  key,
  MONEY,
  near,
  NOW_MS,
  PROVIDER,
  receipted,
  relay,
  review,
  ROOT,
  sum,
} from "./reviewers.ts";

Deno.test("reviewsNear() counts a receipt only in the money of this network", async () => {
  const address = MONEY.chain.tokenNetworkAddress.toLowerCase();
  const same = { chain: { ...MONEY.chain, tokenNetworkAddress: address } };
  for (const over of [{}, same]) assert.equal((await receipted(over))[0].paidUnits, 700n);
  for (
    const over of [
      { asset: { code: "TEST", scale: 6 } },
      { asset: { code: "M2M", scale: 2 } },
      { chain: { ...MONEY.chain, chainId: 1 } },
      { chain: { ...MONEY.chain, tokenNetworkAddress: `0x${"cd".repeat(20)}` } },
      { chain: { ...MONEY.chain, tokenNetworkAddress: "" } },
    ]
  ) {
    const [{ paidUnits, went }] = await receipted(over);
    assert.deepEqual([paidUnits, went], [null, "well"], JSON.stringify(over));
  }
});

Deno.test("reviewsNear(): a review of an old job that is signed anew is as old as the job", async () => {
  const nowS = NOW_MS / 1_000;
  const [recent] = await receipted({ deadlineS: nowS - 3_600 });
  assert.equal(recent.atMs, NOW_MS);
  const [old] = await receipted({ deadlineS: nowS - 31 * 86_400 });
  assert.equal(old.atMs, NOW_MS - 30 * DAY_MS);
  const [earlier] = await receipted({ deadlineS: nowS + 1e9 }, 7);
  assert.equal(earlier.atMs, NOW_MS - 7 * DAY_MS);
  assert.deepEqual(await receipted({ deadlineS: nowS - (REVIEW_DAYS + 2) * 86_400 }), []);
});

Deno.test("reviewsNear() counts keys that the root follows and those that these follow, and nobody else", async () => {
  const [a, b, c] = [key(10), key(11), key(12)];
  const graph = [follows(ROOT, [a]), follows(a, [b]), follows(b, [c])];
  const found = await near([...graph, review(a), review(b, { went: "badly" }), review(c)]);
  assert.deepEqual(
    found.map(({ reviewer, distance, went }) => [reviewer, distance, went]),
    [[a, 1, "well"], [b, 2, "badly"]],
  );
});

Deno.test("reviewsNear() counts the newest list and the newest review of a job, none of oneself, of the future or too old", async () => {
  const [a, b] = [key(10), key(11)];
  const found = await near([
    follows(ROOT, [b], 200),
    follows(ROOT, [a, PROVIDER], 100),
    review(a, { job: 1, ageDays: 2 }),
    review(a, { job: 1, ageDays: 1, went: "badly" }),
    review(a, { job: 2, ageDays: REVIEW_DAYS + 1 }),
    review(a, { job: 3, ageDays: -1 }),
    review(a, { job: 4, provider: key(3) }),
    review(b, { job: 5 }),
    review(PROVIDER, { job: 6 }),
  ]);
  assert.deepEqual(found.map(({ requestId, went }) => [requestId, went]), [[key(1), "badly"]]);
});

Deno.test("reviewsNear() reads a bounded number of keys, and no list pushes the others out", async () => {
  const close = Array.from({ length: 150 }, (_, at) => key(100 + at));
  const greedy = Array.from({ length: 5_000 }, (_, at) => key(10_000 + at));
  const asked: Filter[] = [];
  const graph = [
    follows(ROOT, close),
    follows(close[0], greedy),
    ...close.slice(1, 100).map((each, at) => follows(each, [key(1_000 + at)])),
  ];
  const reviewer = key(1_000 + 98);
  const found = await reviewsNear(
    relay([...graph, review(reviewer)], asked),
    createVerifier,
    ROOT,
    PROVIDER,
    NOW_MS,
    MONEY,
  );
  assert.deepEqual(found.map((each) => each.reviewer), [reviewer]);
  const authors = new Set(asked.slice(2).flatMap((filter) => filter.authors ?? []));
  assert.equal(authors.size, MOST_FOLLOWS.near + MOST_FOLLOWS.far);
  assert.ok(asked.every((filter) => filter.authors!.length <= 100));
});

/** A relay that gives the newest events that were asked for, at most 500. */
const strictRelay = (events: readonly NostrEvent[], asked: Filter[]) => (filter: Filter) => {
  asked.push(filter);
  const wanted = events.filter(({ kind, pubkey }) =>
    filter.kinds!.includes(kind) && filter.authors!.includes(pubkey)
  ).sort((a, b) => b.created_at - a.created_at);
  return Promise.resolve(wanted.slice(0, Math.min(500, filter.limit ?? 500)));
};

Deno.test("reviewsNear() finds everybody's reviews where one key signs 2,000 of them", async () => {
  const close = Array.from({ length: 60 }, (_, at) => key(100 + at));
  const flood = Array.from({ length: 2_000 }, (_, at) => review(close[7], { job: 1_000 + at }));
  const others = close.toSpliced(7, 1).map((each, at) =>
    review(each, { job: 10 + at, ageDays: 30, went: "badly" })
  );
  const asked: Filter[] = [];
  const events = [follows(ROOT, close), ...flood, ...others];
  const found = await reviewsNear(
    strictRelay(events, asked),
    createVerifier,
    ROOT,
    PROVIDER,
    NOW_MS,
    MONEY,
  );
  const reviewers = new Set(found.map(({ reviewer }) => reviewer));
  assert.deepEqual(close.filter((each) => !reviewers.has(each)), []);
  assert.ok(asked.length < 60, String(asked.length));
});

Deno.test("reviewsNear() asks a bounded number of questions where every key signs too many reviews", async () => {
  const close = Array.from({ length: 100 }, (_, at) => key(100 + at));
  const asked: Filter[] = [];
  const full = Array.from({ length: 300 }, (_, at) => review(close[at % 100], { job: 10 + at }));
  const tell = relay([follows(ROOT, close), ...full], asked);
  assert.equal(
    (await reviewsNear(tell, createVerifier, ROOT, PROVIDER, NOW_MS, MONEY)).length,
    300,
  );
  assert.ok(asked.length < 60, String(asked.length));
});

Deno.test("weighedReviews() halves after 30 days and with distance, and bounds each reviewer and all together", () => {
  const one = (more: Partial<FoundReview>) => sum(weighedReviews([found("a", more)], NOW_MS));
  assert.equal(one({}), 0.5);
  assert.equal(one({ distance: 2 }), 0.125);
  assert.equal(one({ atMs: NOW_MS - 30 * DAY_MS }), 0.25);
  assert.equal(one({ paidUnits: null }), 0.125, "nothing shows that the job was paid");
  const many = Array.from({ length: 50 }, (_, at) => found("a", { requestId: key(at) }));
  assert.ok(Math.abs(sum(weighedReviews(many, NOW_MS)) - 1.5) < 1e-9);
  const all = Array.from(
    { length: 500 },
    (_, at) => found(key(at), { distance: at % 2 === 0 ? 1 : 2 }),
  );
  assert.ok(Math.abs(sum(weighedReviews(all, NOW_MS)) - 4) < 1e-9);
  assert.equal(REVIEW_WEIGHTS[1].together + REVIEW_WEIGHTS[2].together, 4);
});

Deno.test("standingsOf() is the score of its parts: anybody can compute it again", () => {
  const jobs = [{
    provider: PROVIDER as string,
    status: "error" as const,
    exitCode: null,
    createdAtMs: NOW_MS - 1_000,
    updatedAtMs: NOW_MS,
    errorCode: null,
    jobPaid: true,
    amountUnits: 100n,
  }];
  const reviews = [found("a"), found("b", { distance: 2, went: "badly" })];
  const { score, jobs: count } = standingsOf(jobs, NOW_MS, reviews).get(PROVIDER)!;
  assert.equal(count, 1);
  assert.equal(score, (0.5 + 1) / (1 + 0.5 + 0.125 + 2));
  assert.equal(score, scoreOf([{ went: "badly", weight: 1 }, ...weighedReviews(reviews, NOW_MS)]));
  assert.equal(standingsOf([], NOW_MS, []).size, 0);
});

Deno.test("reviewsNear() and standingsOf(): reviewers outside of the follows change nothing, whatever they sign and however many they are", async () => {
  const inside = [key(10), key(11), key(12)];
  const graph = [follows(ROOT, inside.slice(0, 2)), follows(inside[0], [inside[2]])];
  const honest = inside.map((each, at) =>
    review(each, { job: at, went: at === 2 ? "badly" : "well" })
  );
  const before = await near([...graph, ...honest]);
  const score = standingsOf([], NOW_MS, before).get(PROVIDER)!.score;
  const colluder = fc.integer({ min: 100, max: 140 }).map(key);
  const forged = fc.oneof(
    // They follow each other, the root and the reviewers, and review as they like.
    fc.tuple(colluder, fc.array(fc.oneof(colluder, fc.constantFrom(ROOT, ...inside)))).map(
      ([who, whom]) => follows(who, whom, 0),
    ),
    fc.record({
      who: colluder,
      went: fc.constantFrom("well" as const, "badly" as const),
      job: fc.integer({ min: 0, max: 50 }),
      ageDays: fc.integer({ min: -2, max: 200 }),
    }).map(({ who, ...said }) => review(who, said)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([...graph, ...honest], { minLength: graph.length + honest.length }),
      fc.array(forged, { maxLength: 60 }),
      async (true_, lies) => {
        const now = await near([...lies, ...true_]);
        assert.equal(standingsOf([], NOW_MS, now).get(PROVIDER)!.score, score);
        assert.equal(now.length, before.length);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("standingsOf() gives four of our own jobs more weight than all reviews together, also reviews by followed keys", () => {
  const nearReviewers = fc.array(
    fc.record({
      reviewer: fc.integer({ min: 10, max: 60 }).map(key),
      distance: fc.constantFrom(1 as const, 2 as const),
      requestId: fc.integer({ min: 0, max: 30 }).map(key),
    }),
    { maxLength: 200 },
  );
  const jobs = Array.from({ length: 5 }, () => ({
    provider: PROVIDER as string,
    status: "error" as const,
    exitCode: null,
    createdAtMs: NOW_MS - 1_000,
    updatedAtMs: NOW_MS,
    errorCode: null,
    jobPaid: true,
    amountUnits: 100n,
  }));
  fc.assert(fc.property(nearReviewers, (said) => {
    const praise = said.map(({ reviewer, ...more }) => found(reviewer, { ...more, went: "well" }));
    assert.ok(standingsOf(jobs, NOW_MS, praise).get(PROVIDER)!.score < 0.5);
  }));
});
