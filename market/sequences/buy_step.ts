/**
 * Buys the job of a sequence's step: fills in its texts, chooses a provider, and stores the job in one commit with the row that counts it,
 * before anything is sent.
 *
 * @module
 */
import { type Asset, formatUnits, typedUnits, UNITS } from "../../protocols/ilp/asset.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import type { SpendingLimits } from "../../money/payer/spending_limits.ts";
import { type Intake, type JobFlags } from "../intake.ts";
import { jobBudget } from "../job_budget.ts";
import { packText } from "../pack_input.ts";
import { answerMark } from "../answer_mark.ts";
import { chooseRequest } from "../choose_request.ts";
import type { Asking, Prices } from "../plan_job.ts";
import type { QuoteAsker } from "../quotes/quotes_service.ts";
import { parseRequirements } from "../requirement.ts";
import { failedJob, standingsOf, withKeptPrices } from "../standing.ts";
import { contradictionsOf, countedByAnswers } from "../verification_state.ts";
import { rowsOf } from "../job_rows.ts";
import type { RelayReader } from "../relay_questions.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { Change, Store } from "../../store/store.ts";
import { SequenceError } from "./sequence_error.ts";
import type { SequenceStep } from "./sequence_step.ts";
import { compileStep, type FilledStep, fillStep } from "./compiled_step.ts";
import type { SequenceAction } from "./next_action.ts";
import { valuesFor, type ValueSources } from "./step_values.ts";

/** The buyer and network for which jobs are bought. It survives a structured clone. */
export interface SequenceBuyer {
  readonly network: string;
  readonly pubkey: string;
  readonly prices: Prices;
  /** The relays on which answers should be published. */
  readonly relays: readonly string[];
  /** The largest size of a signed request, in bytes. */
  readonly limitBytes: number;
  /** Limits for a job and for each provider. Default: no limit. */
  readonly spending?: SpendingLimits;
}

/** What is read from the store, and how the job is made. */
export type StoreForSteps =
  & Pick<
    Store,
    | "getJob"
    | "freeJobId"
    | "commit"
    | "budgets"
    | "passedOver"
    | "keyBreakers"
    | "listJobs"
    | "failedAttempts"
    | "quotedPrices"
  >
  & Parameters<typeof contradictionsOf>[0];

/** What buying a step needs. */
export interface BuyDeps extends Omit<ValueSources, "store"> {
  readonly buyer: SequenceBuyer;
  readonly store: StoreForSteps;
  /** Asks for quotes. Absent without a connector. */
  readonly quotes?: QuoteAsker;
  readonly relayReader: Pick<RelayReader, "announcements">;
  readonly intake: Pick<Intake, "build" | "assign">;
  readonly clock: () => number;
}

/**
 * Buys the job. Throws SequenceError, InputError and ResultContentError if the step fails, RelayReaderError while the relay cannot be
 * reached, StoreError `conflict` if the rows were changed meanwhile.
 */
export async function buyStep(
  deps: BuyDeps,
  state: SequenceState,
  step: SequenceStep,
  action: Extract<SequenceAction, { do: "buy" }>,
): Promise<void> {
  const { buyer, store, relayReader, quotes, intake, clock } = deps;
  const compiled = compileStep(step);
  const values = await valuesFor(compiled, state, deps);
  const flags = flagsOf(step, fillStep(compiled, values, buyer.limitBytes), buyer);
  const pubkey = buyer.pubkey as Pubkey;
  const planned = await chooseRequest(
    // A sequence tries other providers itself, within its own budget.
    {
      profile: buyer.prices,
      pubkey,
      relayReader,
      passedOver: (sinceMs) => store.passedOver(sinceMs),
      ...pastOf(store, clock),
      ...quotes && { quotes: (questions) => quotes.ask(questions, QUOTE_WINDOW_MS) },
      ...buyer.spending && { budget: jobBudget(buyer.spending, store, clock) },
    },
    { build: intake.build, assign: (...args) => Promise.resolve(intake.assign(...args)) },
    flags,
    action.exclude,
  );
  const totalUnits = planned.writeUnits + planned.priceUnits;
  checkPrice(totalUnits, flags.bidUnits, action.leftUnits, buyer.spending?.asset ?? UNITS);
  const jobId = await store.freeJobId(planned.built.eventId);
  const nowMs = clock();
  const { row, outbox, quote, meter, schemas, requirements } = rowsOf(
    buyer.prices,
    pubkey,
    jobId,
    planned,
    { ...flags, callbackSkill: null },
    nowMs,
  );
  await store.commit([
    { op: "putJob", row, expect: "absent" },
    ...[quote, meter, schemas, requirements].filter((change) => change !== null),
    ...outbox.map((each): Change => ({ op: "addOutbox", row: each })),
    {
      op: "putSequenceAttempt",
      row: {
        sequenceId: state.sequence.sequenceId,
        step: step.name,
        attempt: action.attempt,
        jobId,
        provider: planned.provider,
        reservedUnits: totalUnits,
        createdAtMs: nowMs,
      },
    },
  ]);
}

/** What this home knows of providers: who is not chosen any more, and how each one's jobs went. */
function pastOf(
  store: BuyDeps["store"],
  clock: () => number,
): Required<Pick<Asking, "breakers" | "standings">> {
  const market = {
    answerMark: (...asked: Parameters<typeof answerMark>) =>
      Promise.try(() => answerMark(...asked)),
  };
  const contradictions = () => contradictionsOf(store, () => Promise.resolve(market));
  return {
    breakers: async () => [
      ...await store.keyBreakers(),
      ...(await contradictions()).dissents.map(({ provider }) => provider),
    ],
    async standings() {
      const jobs = await store.listJobs({ role: "buyer", limit: MAX_HISTORY });
      const failed = (await store.failedAttempts(MAX_HISTORY)).map(failedJob);
      const counted = countedByAnswers(jobs, await contradictions());
      const priced = withKeptPrices(counted, await store.quotedPrices(null, MAX_HISTORY));
      return standingsOf([...priced, ...failed], clock());
    },
  };
}

/** How long a step waits for quotes, in milliseconds. */
const QUOTE_WINDOW_MS = 2_000;
/** The most jobs that are read as history. */
const MAX_HISTORY = 5_000;

/** The job of a step after its texts were filled in. Throws InputError. */
export function flagsOf(
  step: SequenceStep,
  { text, params }: FilledStep,
  { relays, limitBytes }: Pick<SequenceBuyer, "relays" | "limitBytes">,
): JobFlags {
  const { input } = step;
  // A filled-in text is always packed as text, and never as a path or URL, because a stranger may have written a part of it.
  const packed = text === null
    ? input !== null && "packed" in input ? input.packed : undefined
    : packText(text, "the input", { limitBytes });
  return {
    type: step.type,
    kind: step.kind,
    input: null,
    ...(packed === undefined ? {} : { packed }),
    params,
    platform: step.platform,
    tags: step.tags,
    requirements: (step.require ?? []).flatMap(parseRequirements),
    ...step.payment !== undefined && { payment: step.payment },
    ...step.prefer !== undefined && { prefer: step.prefer },
    bidUnits: step.bidUnits === null ? null : BigInt(step.bidUnits),
    provider: step.provider,
    relays,
    timeoutS: step.timeoutS,
    limitBytes,
  };
}

function checkPrice(
  totalUnits: bigint,
  bidUnits: bigint | null,
  leftUnits: bigint | null,
  asset: Asset,
): void {
  const text = (units: bigint) => formatUnits(units, asset);
  if (bidUnits !== null && totalUnits > bidUnits) {
    throw new SequenceError(
      "budget",
      `the lowest price is ${text(totalUnits)}, the bid is ${text(bidUnits)}`,
      `raise the step's bid to ${typedUnits(totalUnits, asset)}`,
    );
  }
  if (leftUnits !== null && totalUnits > leftUnits) {
    throw new SequenceError(
      "budget",
      `the step costs ${text(totalUnits)}, the sequence's budget has ${text(leftUnits)} left`,
      "raise the sequence's budget",
    );
  }
}
