/**
 * The market's verdicts for the correlator: flat facts about an event whose id and signature are right, or why it goes no
 * further.
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
import { verifyFeedback, verifyResult } from "./verify_result.ts";

/** What is known of an event, or why not. Keys are snake case, values flat. */
type Judgement =
  | { readonly known: Readonly<Record<string, string | number>> }
  | { readonly code: string; readonly message: string };

/** The verdicts. Pure but for the rules that are asked. */
interface MarketJudge {
  /** A result or feedback against the buyer's job. Knows `status`, `exit_code`, `error_code`, `error_message`, `quote`. */
  answer(event: NostrEvent, job: JobRow, nowMs: number): Judgement;
  /**
   * A request that was read from the relay. Knows `free` (`yes` or `no`), `price_units`, `named` (`yes` where it asks this provider by
   * its key), and `error_code` and `error_message` where it asks us and cannot be taken.
   */
  request(event: NostrEvent, nowMs: number): Judgement;
  /** Whether a skill here takes events of this kind, which is none of the market's. */
  takesMessage(kind: number): boolean;
}

/**
 * Makes a judge. `rules` is null for a home that provides nothing.
 *
 * @param takesMessage Whether a skill takes events of a kind that is none of the market's; none unless told.
 */
export function createJudge(
  rules: (() => AdmissionRules) | null,
  takesMessage: (kind: number) => boolean = () => false,
  asset: Asset = UNITS,
): MarketJudge {
  return {
    takesMessage,
    answer(event, job, nowMs) {
      return event.kind === FEEDBACK_KIND
        ? judgeFeedback(event, job, nowMs, asset)
        : judgeResult(event, job, nowMs);
    },
    request(event, nowMs): Judgement {
      if (rules === null) return { code: "kind_not_served", message: "nothing is provided here" };
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

/** Faults of which a customer who asks us hears, before anything is paid; what is too old or not for us is passed over. */
const ANSWERED: readonly AdmissionFault[] = [
  "malformed",
  "encrypted_nip04",
  "wrong_platform",
  "buyer_not_allowed",
  "bad_input",
  "sandbox_required",
  "from_the_future",
];

function judgeResult(event: NostrEvent, job: JobRow, nowMs: number): Judgement {
  const verdict = verifyResult(event, job, nowMs);
  if (verdict.outcome !== "accepted") return { code: verdict.outcome, message: verdict.message };
  if (verdict.content === null) return { known: { status: "processing", sealed: "yes" } };
  return { known: resultFacts(verdict.content) };
}

/** How a job ended whose result says this. */
export function resultFacts(
  { exitCode, stoppedBy }: ResultContent,
): Readonly<Record<string, string | number>> {
  if (exitCode === null) return { status: "success" };
  if (exitCode === 0) return { status: "success", exit_code: 0 };
  // Whoever reads the status alone must not take a failed build for a good one.
  return {
    status: "error",
    exit_code: exitCode,
    error_code: stoppedBy ?? "exit_code",
    error_message: stoppedBy === null
      ? `the command ran and exited with ${exitCode}`
      : `the provider stopped the command: ${stoppedBy}`,
  };
}

function judgeFeedback(
  event: NostrEvent,
  job: JobRow,
  nowMs: number,
  asset: Asset,
): Judgement {
  const verdict = verifyFeedback(event, job, nowMs);
  if (verdict.outcome !== "accepted") return { code: verdict.outcome, message: verdict.message };
  const { feedback, status } = verdict;
  if (feedback.status === "payment-required") {
    return { known: { status, quote: quoteOf(feedback, amountWords(event), asset) } };
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

/** What a provider asks for before it runs the job, for people: amount, rail, where it is paid and its words. */
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
  const ilp = extraTags.find(([name]) => name === "ilp")?.[1];
  const asked = amount.unit === "units"
    ? formatUnits(amount.value, asset)
    : `${amount.value} ${amount.unit}`;
  if (amount.unit === "units" && amount.bolt11 === undefined) {
    return `the provider asks ${asked}${
      ilp === undefined ? " and names no ILP address" : ` at the ILP address ${ilp}`
    }${said}`;
  }
  const invoice = amount.bolt11 === undefined ? "" : `, by the invoice ${amount.bolt11}`;
  return `the provider asks ${asked}${invoice}, which this program does not pay: its jobs are paid over ILP${said}`;
}

const QUOTE_WORDS_CHARACTERS = 300;
