/**
 * `crosstown provider trust`: prints a provider's score at this home, and the home's own jobs and the reviews from which it is computed.
 *
 * @module
 */
import {
  countedJob,
  failedJob,
  HALF_LIFE_DAYS,
  standingsOf,
  weighedReviews,
  withKeptPrices,
} from "../../market/standing.ts";
import {
  contradictionsOf,
  countedByAnswers,
  type Dissent,
} from "../../market/verification_state.ts";
import type { PriceOfJob } from "../../store/quote_row.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { nearReviews } from "../../shell/home/near_reviews.ts";
import { readStore, storeIsThere } from "../../shell/home/read_store.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { alignedText } from "../../shell/output.ts";
import { consequenceLines, consequencesOf, NO_RECORD } from "./provider_consequences.ts";
import { keyOf, MAX_JOBS } from "./provider_list.ts";
import { rounded } from "./provider_view.ts";

const KEY_DIGITS = 64;

/** Prints the parts of the score and the score. Exits with 0 even if there are no jobs. */
export async function providerTrust(invocation: Invocation): Promise<void> {
  const { args, io, output } = invocation;
  const config = await configOf(invocation);
  const wanted = await keyOf(args.required("pubkey"));
  const nowMs = io.clock();
  const { jobs, counted, breakers, dissents, disputes, undecided } = await ownHistory();
  const keys = [...new Set([...jobs, ...counted].flatMap(({ provider }) => provider ?? []))]
    .filter((key) => key.startsWith(wanted));
  if (keys.length > 1) {
    const names = keys.slice(0, 5).join(", ");
    throw new UsageError(`${wanted} may be any of ${names}`, "give more digits", "ambiguous");
  }
  const [provider = wanted] = keys;
  const { prices, ...record } = await recordOf(provider);
  const theirs = withKeptPrices(counted.filter((job) => job.provider === provider), prices);
  const parts = theirs.flatMap((job) => {
    const part = countedJob(job, nowMs);
    return part === null ? [] : [{
      job_id: job.jobId,
      status: job.status,
      // Why another provider got the job after this one had accepted it. Null if this was its last provider.
      passed_on: "passedOn" in job ? job.passedOn : null,
      exit_code: job.exitCode,
      went: part.went,
      ended_at: new Date(part.atMs).toISOString(),
      weight: rounded(part.weight),
      price: pricePart(prices.find(({ jobId }) => jobId === job.jobId), part.kept),
    }];
  });
  // The first digits of a key may be those of several providers.
  const { reviews: about, missing } = provider.length === KEY_DIGITS
    ? await nearReviews(config, provider, jobs, nowMs)
    : { reviews: [], missing: config.get("trust.root") && "give the whole key of the provider" };
  const reviews = weighedReviews(about, nowMs).map((each) => ({
    event_id: each.eventId,
    reviewer: each.reviewer,
    distance: each.distance,
    request_id: each.requestId,
    went: each.went,
    // What the reviewer paid, by the receipt in its review. Null if no receipt proves a payment.
    paid_units: each.paidUnits,
    signed_at: new Date(each.atMs).toISOString(),
    weight: rounded(each.weight),
  }));
  const standing = standingsOf(theirs, nowMs, about).get(provider);
  const isTheirs = (each: Dissent) => each.provider === provider;
  const follows = consequencesOf(provider, record, dissents);
  const document = {
    provider,
    score: rounded(standing?.score ?? 0.5),
    half_life_days: HALF_LIFE_DAYS,
    jobs: parts.length,
    succeeded: standing?.succeeded ?? 0,
    // Jobs that it quoted above the price that it had announced.
    above_announced: parts.filter(({ price }) => price !== null && price.kept < 1).length,
    median_ms: standing?.medianMs ?? null,
    // `job submit` asks a provider that sold a false key only if the user names it.
    sold_false_key: breakers.includes(provider),
    // Answers that enough other providers contradict. 'job evidence' shows each of them.
    dissents: dissents.filter(isTheirs).map(idsOf),
    // Answers that another provider contradicts, if it is not known which one is wrong. They do not change the score.
    disputed: disputes.filter(isTheirs).map(idsOf),
    // Answers that were not accepted and that nothing contradicts. They do not change the score either.
    undecided: undecided.filter(isTheirs).map(idsOf),
    ...follows,
    parts,
    // The key whose follows decide whose reviews count; null if none is configured.
    root: config.get("trust.root"),
    reviews,
    // Why no review could be read.
    reviews_missing: missing,
  };
  await output.document("provider-trust", document, () =>
    [
      `Provider ${provider}`,
      `  score     ${document.score}: (weight of what went well + 1) / (weight of all + 2)`,
      `  jobs      ${document.succeeded} of ${document.jobs} went well`,
      `  prices    ${document.above_announced} of ${
        parts.filter(({ price }) => price !== null).length
      } quotes were above the announced price; such a job went well only by the share that was kept`,
      ...document.sold_false_key ? ["  evidence  it sold a key that opened nothing"] : [],
      ...document.dissents.map(({ job_id, verification_id }) =>
        `  evidence  ${job_id}: enough others answered otherwise ('crosstown job evidence ${verification_id}')`
      ),
      ...document.disputed.map(({ job_id, verification_id }) =>
        `  disputed  ${job_id}: another provider answered otherwise; it counts for nothing ('crosstown job evidence ${verification_id}')`
      ),
      ...document.undecided.map(({ job_id, verification_id }) =>
        `  undecided ${job_id}: not accepted, and not contradicted; it counts for nothing ('crosstown job evidence ${verification_id}')`
      ),
      ...consequenceLines(document, config.profile.asset),
      ...document.root === null
        ? []
        : [`  reviews   ${reviews.length} of keys near ${document.root.slice(0, 12)}`],
      ...missing === null ? [] : [`  reviews   could not be read: ${missing}`],
      `  decay     a job or review weighs half as much after ${HALF_LIFE_DAYS} days`,
      ...parts.length === 0 ? [] : [alignedText([
        ["JOB", "STATUS", "WENT", "ENDED", "WEIGHT", "ANNOUNCED", "QUOTED", "PAID", "KEPT"],
        ...parts.map((each) => [
          each.job_id,
          each.passed_on === null ? each.status : `passed on (${each.passed_on})`,
          each.went,
          each.ended_at,
          String(each.weight),
          ...priceCells(each.price, config.profile.asset),
        ]),
      ])],
      ...reviews.length === 0 ? [] : [alignedText([
        ["REVIEWER", "DISTANCE", "WENT", "PAID", "SIGNED", "WEIGHT"],
        ...reviews.map((each) => [
          each.reviewer.slice(0, 12),
          String(each.distance),
          each.went,
          each.paid_units === null
            ? "no receipt"
            : formatUnits(each.paid_units, config.profile.asset),
          each.signed_at,
          String(each.weight),
        ]),
      ])],
    ].join("\n"), parts.map(flatPart));

  async function recordOf(provider: string) {
    if (!await storeIsThere(config)) return { ...NO_RECORD, prices: [] };
    await using store = await readStore(config);
    const budgets = await store.budgets({ jobs: [], providers: [provider], nowMs });
    const record = await store.providerRecord(provider, nowMs);
    return { ...budgets, record, prices: await store.quotedPrices(provider, MAX_JOBS) };
  }

  async function ownHistory() {
    if (!await storeIsThere(config)) {
      return {
        jobs: [],
        counted: [],
        breakers: [],
        dissents: [],
        disputes: [],
        undecided: [],
        unread: [],
      };
    }
    await using store = await readStore(config);
    const supervisor = createSupervisor({ log: () => undefined });
    try {
      const open = async () => (await supervisor.service("market")).client();
      const found = await contradictionsOf(store, open);
      const jobs = await store.listJobs({ role: "buyer", limit: MAX_JOBS });
      const breakers = await store.keyBreakers();
      const failed = (await store.failedAttempts(MAX_JOBS)).map(failedJob);
      return { jobs, counted: [...countedByAnswers(jobs, found), ...failed], breakers, ...found };
    } finally {
      await supervisor.stop(0);
    }
  }
}

/** The price of a job by its quote. Null if it was not paid by a quote of an announced price. */
function pricePart(price: PriceOfJob | undefined, kept: number) {
  return price === undefined ? null : {
    announced_units: price.announcedUnits,
    announced_at: new Date(price.announcedAtS * 1_000).toISOString(),
    // What the quote asks by the announced price, and what it asks: of a metered job, for one increment.
    promised_units: price.promisedUnits,
    quoted_units: price.quotedUnits,
    // What was paid in the end, with what hops keep.
    paid_units: price.paidUnits,
    kept: rounded(kept),
  };
}

/** A job in one row, for tables. */
function flatPart<Part extends { readonly price: ReturnType<typeof pricePart> }>(
  { price, ...part }: Part,
) {
  return {
    ...part,
    announced_units: price?.announced_units ?? null,
    quoted_units: price?.quoted_units ?? null,
    paid_units: price?.paid_units ?? null,
    kept: price?.kept ?? null,
  };
}

function priceCells(price: ReturnType<typeof pricePart>, asset: Asset): string[] {
  if (price === null) return ["-", "-", "-", "-"];
  const { promised_units: promised, quoted_units: quoted, paid_units: paid, kept } = price;
  return [...[promised, quoted, paid].map((units) => formatUnits(units, asset)), String(kept)];
}

function idsOf({ jobId, leadId }: Dissent) {
  return { job_id: jobId, verification_id: leadId };
}
