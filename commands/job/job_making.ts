/**
 * Plans a job in this process, which may read the input. The home then makes the job.
 *
 * @module
 */
import { SameSecond } from "./same_second.ts";
import { codeOf } from "../../base/thrown.ts";
import type { Pubkey, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import type { Config } from "../../config/config.ts";
import { readApprovals } from "../../skills/catalog/approvals.ts";
import type { JobFlags } from "../../market/intake.ts";
import { jobBudget } from "../../market/job_budget.ts";
import { claimOf } from "../../market/job_key.ts";
import type { Market } from "../../market/market_service.ts";
import {
  type OnBuilt,
  type PlannedJob,
  type PlanNext,
  requestPlanner,
} from "../../market/plan_job.ts";
import { rowsOf } from "../../market/job_rows.ts";
import { inFittingMode } from "../../market/choose_request.ts";
import type { QuoteAnswer } from "../../market/quotes/ask_quotes.ts";
import { nearReviews } from "../../shell/home/near_reviews.ts";
import { failedJob, standingsOf, withKeptPrices } from "../../market/standing.ts";
import {
  type Contradictions,
  contradictionsOf,
  countedByAnswers,
} from "../../market/verification_state.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import { limitsOf } from "../../shell/home/home_about.ts";
import type { JobOnce } from "./job_once.ts";

/** What planning needs of a home: a command's client of it, or a daemon's own home. */
export type PlansJobs = Pick<HomeClient, "about" | "read" | "announcements" | "quotes">;

/** How to ask for quotes. */
interface Quoting {
  /** How long to wait for quotes, in milliseconds. */
  readonly windowMs?: number;
  /** Receives all answers, also those that are not accepted. */
  readonly tell?: (answers: readonly QuoteAnswer[]) => void;
  /** True if providers may be above the limit for strangers, because nobody is paid. */
  readonly anyStranger?: true;
  /** The highest price accepted if the user gave no bid. */
  readonly unaskedUnits?: bigint;
}

/** Chooses the provider and the price. Throws InputError `no_provider`, `bid_too_low`, `too_large`... */
export async function planWith(
  home: PlansJobs,
  market: Market,
  config: Config,
  flags: JobFlags,
  onBuilt?: OnBuilt,
  quoting: Quoting = {},
): Promise<PlannedJob> {
  const plan = async (flags: JobFlags, onBuilt?: OnBuilt) =>
    await (await plannerWith(home, market, config, flags, onBuilt, quoting))([]);
  return await inFittingMode(plan, flags, onBuilt);
}

/** Builds the request. The returned function plans it for one provider after another. Throws as {@link planWith}. */
export function plannerWith(
  home: PlansJobs,
  market: Market,
  config: Config,
  flags: JobFlags,
  onBuilt?: OnBuilt,
  quoting: Quoting = {},
  exclude: readonly string[] = [],
): Promise<PlanNext> {
  const { profile } = config;
  const own = limitsOf(home.about, profile.asset);
  const limits = quoting.anyStranger === true ? { ...own, strangersDayUnits: undefined } : own;
  let known: Promise<Contradictions> | undefined;
  const contradictions = () =>
    known ??= home.read((store) => contradictionsOf(store, () => Promise.resolve(market)));
  return requestPlanner(
    {
      profile,
      pubkey: home.about.pubkey as Pubkey,
      expects: async (type) => Object.hasOwn(await readApprovals(config.paths.approvalsFile), type),
      relayReader: {
        announcements: (kinds, provider = null) => home.announcements({ kinds, provider }),
      },
      budget: {
        limits,
        today: (providers) =>
          home.read((store) => jobBudget(limits, store, Date.now).today(providers)),
      },
      breakers: async () => [
        ...await home.read((store) => store.keyBreakers()),
        ...(await contradictions()).dissents.map(({ provider }) => provider),
      ],
      passedOver: (sinceMs) => home.read((store) => store.passedOver(sinceMs)),
      quotes: async (questions) => {
        const { windowMs = QUOTE_WINDOW_MS, tell } = quoting;
        const answers = await home.quotes({ questions, windowMs });
        tell?.(answers);
        return answers;
      },
      ...quoting.unaskedUnits !== undefined && { unaskedUnits: quoting.unaskedUnits },
      standings: () =>
        home.read(async (store) => {
          const jobs = await store.listJobs({ role: "buyer", limit: MAX_HISTORY });
          const nowMs = Date.now();
          const { reviews } = await nearReviews(config, null, jobs, nowMs);
          const failed = (await store.failedAttempts(MAX_HISTORY)).map(failedJob);
          const counted = countedByAnswers(jobs, await contradictions());
          const priced = withKeptPrices(counted, await store.quotedPrices(null, MAX_HISTORY));
          return standingsOf([...priced, ...failed], nowMs, reviews);
        }),
    },
    market,
    flags,
    exclude,
    onBuilt,
  );
}

/** A job that is durable. */
interface MadeJob {
  readonly row: JobRow;
  /** True if the same command had made this job before. */
  readonly existing: boolean;
}

/** How many seconds later a request may be dated. Providers accept one that is dated up to five minutes ahead of their clock. */
const MAX_TRIES = 45;
/** How long a quote request waits for answers, in milliseconds. */
const QUOTE_WINDOW_MS = 2_000;
/** The most jobs that are read as history. */
const MAX_HISTORY = 5_000;

/** Makes a planned job. If the same command made a job at the same moment, returns that job. */
export async function makeJob(
  home: HomeClient,
  { profile }: Config,
  plan: PlannedJob,
  flags: JobFlags & { readonly callbackSkill: string | null },
  once: JobOnce,
  clock: () => number,
): Promise<MadeJob> {
  let planned = plan;
  for (let tries = 0;; tries++) {
    const jobId = await home.read((store) => store.freeJobId(planned.built.eventId));
    const buyer = home.about.pubkey as Pubkey;
    const rows = rowsOf(profile, buyer, jobId, planned, flags, clock());
    const { row, ...others } = rows;
    const claim = once.key && claimOf(row, once.key);
    try {
      await home.submitJob({ row, ...others, claim });
      const made = await home.read((store) => store.getJobByEvent(row.eventId, "buyer"));
      return { row: made ?? row, existing: false };
    } catch (error) {
      if (codeOf(error) !== "conflict" || tries >= MAX_TRIES) throw error;
      const earlier = await home.read((store) => once.earlier(store));
      if (earlier !== null) return { row: earlier, existing: true };
      // The same request was made within the same second. Two equal events would have the same id, so the second one is dated a second
      // later.
      planned = aSecondLater(planned);
    }
  }
}

/**
 * A quote is valid only for the request that it names. The later request is paid at the announced price. Throws SameSecond if the job needs the
 * quote.
 */
function aSecondLater({ depositUnits, ...planned }: PlannedJob): PlannedJob {
  const { built, quote: taken } = planned;
  const mode = taken?.quote?.mode;
  if (depositUnits !== undefined && (mode === "on-delivery" || mode === "metered")) {
    throw new SameSecond();
  }
  const request: UnsignedEvent = {
    ...built.request,
    created_at: built.request.created_at + 1,
    tags: built.request.tags.map((tag) =>
      tag[0] === "expiration" ? [tag[0], String(Number(tag[1]) + 1)] : tag
    ),
  };
  return { ...planned, quote: null, built: { ...built, request, eventId: eventId(request) } };
}
