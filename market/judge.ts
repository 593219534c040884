/**
 * Judges events for the correlator. The correlator has verified the event's id and signature. The judgement is either flat facts about the
 * event, or the reason why it is dropped.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../protocols/ilp/asset.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import type { JobFeedback } from "../protocols/nostr/nip90.ts";
import { FEEDBACK_KIND } from "../protocols/nostr/kinds.ts";
import type { JobRow } from "../store/job_row.ts";
import { type AdmissionFault, type AdmissionRules, admit } from "./admission.ts";
import { amountWords } from "./foreign_tags.ts";
import { signedBytes } from "./job_request.ts";
import type { ResultContent } from "./read_result.ts";
import { isQuote, type Quote } from "../protocols/nostr/job_quote.ts";
import { quoteFacts } from "./quotes/quote_facts.ts";
import { invoiceFacts } from "./invoice_facts.ts";
import { BAD_RESULT, EXIT_CODE } from "../protocols/failure_codes.ts";
import { misfitOfEvent } from "./result_schema.ts";
import { verifyFeedback, verifyResult } from "./verify_result.ts";

/** Facts about an event, or the reason why it is dropped. Keys are in snake case, values are flat. */
type Judgement =
  | { readonly known: Readonly<Record<string, string | number>> }
  | { readonly code: string; readonly message: string };

/** Makes judgements. It is pure, except that it asks for the current rules. */
interface MarketJudge {
  /**
   * Judges a result or feedback for the buyer's job, a result also by its provider's schema (JSON). Facts: `status`, `exit_code`,
   * `error_code`, `error_message`, `quote`, `quote_condition` if that is a binding quote, and those of an invoice.
   */
  answer(event: NostrEvent, job: JobRow, nowMs: number, schema?: string | null): Judgement;
  /**
   * Judges a request that was read from the relay. Facts: `free` (`yes` or `no`), `price_units`, `named` (`yes` if it names this provider's
   * key), and `error_code` and `error_message` if it names this provider and cannot be accepted.
   */
  request(event: NostrEvent, nowMs: number): Judgement;
  /** Whether a skill here handles events of this kind, which is not a kind of the market. */
  takesMessage(kind: number): boolean;
}

/**
 * Makes a judge. `rules` is null in a home that sells nothing.
 *
 * @param takesMessage Whether a skill handles events of a kind that is not the market's. Default: none does.
 * @param chain The network's chain. Without it, no quote counts as binding.
 */
export function createJudge(
  rules: (() => AdmissionRules) | null,
  takesMessage: (kind: number) => boolean = () => false,
  asset: Asset = UNITS,
  chain: Quote["chain"] | null = null,
): MarketJudge {
  return {
    takesMessage,
    answer(event, job, nowMs, schema = null) {
      return event.kind === FEEDBACK_KIND
        ? judgeFeedback(event, job, nowMs, { asset, chain })
        : judgeResult(event, job, nowMs, schema);
    },
    request(event, nowMs): Judgement {
      if (rules === null) {
        return { code: "kind_not_served", message: "this home is not a provider" };
      }
      const admission = admit(event, signedBytes(event), rules(), nowMs);
      const named = event.tags.some((tag) => tag[0] === "p" && tag[1] === rules().pubkey);
      if ("fault" in admission) {
        const { fault, message } = admission;
        return named && ANSWERED.includes(fault)
          ? { known: { free: "no", named: "yes", error_code: fault, error_message: message } }
          : { code: fault, message };
      }
      const { priceUnits } = admission;
      const known = { free: priceUnits === 0n ? "yes" : "no", price_units: String(priceUnits) };
      return { known: named ? { ...known, named: "yes" } : known };
    },
  };
}

/**
 * The faults that a customer who named this provider is told before any payment. Other faults, such as an expired request, are not
 * answered.
 */
const ANSWERED: readonly AdmissionFault[] = [
  "malformed",
  "encrypted_nip04",
  "wrong_platform",
  "buyer_not_allowed",
  "bad_input",
  "sandbox_required",
  "from_the_future",
];

function judgeResult(
  event: NostrEvent,
  job: JobRow,
  nowMs: number,
  schema: string | null,
): Judgement {
  const verdict = verifyResult(event, job, nowMs);
  if (verdict.outcome !== "accepted") return { code: verdict.outcome, message: verdict.message };
  if (verdict.content === null) return { known: { status: "processing", sealed: "yes" } };
  const facts = resultFacts(verdict.content, misfitOfEvent(schema, event));
  // A provider that asks for its payment with the result gets nothing for one that failed.
  const asked = facts.status === "success" ? invoiceFacts(verdict.result.amount) : {};
  return { known: { ...facts, ...asked } };
}

/** The facts about a job with this result. `misfit` says why it does not match its provider's schema. */
export function resultFacts(
  { exitCode, stoppedBy }: ResultContent,
  misfit: string | null,
): Readonly<Record<string, string | number>> {
  if (misfit !== null) {
    const failed = { status: "error", error_code: BAD_RESULT, error_message: misfit };
    return { ...failed, ...exitCode !== null && { exit_code: exitCode } };
  }
  if (exitCode === null) return { status: "success" };
  if (exitCode === 0) return { status: "success", exit_code: 0 };
  // A failed build gets the status `error`, so that a reader who looks only at the status sees the failure.
  return {
    status: "error",
    exit_code: exitCode,
    error_code: stoppedBy ?? EXIT_CODE,
    error_message: stoppedBy === null
      ? `the command ran and exited with ${exitCode}`
      : `the provider stopped the command: ${stoppedBy}`,
  };
}

function judgeFeedback(
  event: NostrEvent,
  job: JobRow,
  nowMs: number,
  { asset, chain }: { readonly asset: Asset; readonly chain: Quote["chain"] | null },
): Judgement {
  const verdict = verifyFeedback(event, job, nowMs);
  if (verdict.outcome !== "accepted") return { code: verdict.outcome, message: verdict.message };
  const { feedback, status } = verdict;
  if (feedback.status === "payment-required") {
    const quote = quoteOf(feedback, amountWords(event), asset);
    const binding = chain === null || !isQuote(event)
      ? {}
      : quoteFacts(event, job, { asset, chain, nowS: Math.floor(nowMs / 1_000) });
    if ("code" in binding) return binding;
    return { known: { status, quote, ...binding, ...invoiceFacts(feedback.amount) } };
  }
  if (status !== "error") return { known: { status } };
  const code = feedback.extraTags.find((tag) => tag[0] === "code")?.[1] ?? "";
  return {
    known: {
      status,
      error_code: /^[a-z][a-z0-9_]{0,63}$/.test(code) ? code : "provider_error",
      error_message: (feedback.extraInfo ?? feedback.content).slice(0, 500) || "no reason given",
    },
  };
}

/** What a provider asks before it runs the job, as text for people: amount, unit, ILP address and its own words. */
function quoteOf(
  { amount, extraInfo, content, extraTags }: JobFeedback,
  otherAmount: string | null,
  asset: Asset,
): string {
  const words = (extraInfo ?? content).slice(0, QUOTE_WORDS_CHARACTERS).trim();
  const said = words === "" ? "" : ` and says: ${words}`;
  if (otherAmount !== null) {
    const asked = JSON.stringify(otherAmount.slice(0, QUOTE_WORDS_CHARACTERS));
    return `the provider asks ${asked}, which this program does not pay: its jobs are paid over ILP${said}`;
  }
  if (amount === undefined) return `the provider asks for a payment and names no amount${said}`;
  const ilp = extraTags.find(([name]) => name === "ilp")?.[1]?.slice(0, ADDRESS_CHARACTERS);
  const asked = amount.unit === "units"
    ? formatUnits(amount.value, asset)
    : `${amount.value} ${amount.unit}`;
  if (amount.unit === "units" && amount.bolt11 === undefined) {
    return `the provider asks ${asked}${
      ilp === undefined ? " and names no ILP address" : ` at the ILP address ${ilp}`
    }${said}`;
  }
  return amount.bolt11 === undefined
    ? `the provider asks ${asked}, which this program does not pay: its jobs are paid over ILP${said}`
    : `the provider asks ${asked}, by the invoice ${
      amount.bolt11.slice(0, INVOICE_CHARACTERS)
    }, which a Lightning wallet pays (invoice_msats under [lightning])${said}`;
}

const QUOTE_WORDS_CHARACTERS = 300;
/** The longest address of Interledger. */
const ADDRESS_CHARACTERS = 1_023;
/** Longer invoices cannot be paid. */
const INVOICE_CHARACTERS = 4_096;
