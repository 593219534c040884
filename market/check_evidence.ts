/**
 * Checks what an evidence file proves. Every signature is verified, and every finding follows from the signed events alone. A statement in
 * the file that nobody signed has no effect. The file proves what keys did, and not who owns them.
 *
 * @module
 */
import { parseEvent } from "../protocols/nostr/event.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { QuoteError, readQuote } from "../protocols/nostr/job_quote.ts";
import { openedEvent, SealedError } from "../protocols/nostr/sealed_result.ts";
import { createVerifier, type EventVerifier } from "../protocols/nostr/verifier.ts";
import { parseStrictJson, StrictJsonError } from "../protocols/json/strict_json.ts";
import { type AnswerMark, groupOfMark, misfitOfComparator } from "./comparators.ts";
import { type Comparator, COMPARATORS } from "../store/verification_row.ts";
import { EVIDENCE_FORMAT, type NamedJudge } from "./evidence.ts";
import {
  EvidenceError,
  fail,
  type Fields,
  fieldsOf,
  isHash,
  one,
  partOf,
} from "./evidence_part.ts";
import type { Judgement } from "../store/judgement.ts";
import { type JudgeInput, judgeInput } from "./judge_input.ts";
import { unsureOf } from "./judge_parts.ts";
import { ResultContentError } from "./result_content_error.ts";
import { verdictOf } from "./verdict.ts";
import { checkedRule } from "./verify_rule.ts";

/** What was proven of one provider. */
export interface ProvenPart {
  readonly provider: string;
  readonly request_id: string;
  /** Null if the provider gave no answer. Then nothing is proven of it. */
  readonly result_id: string | null;
  readonly answer: AnswerMark | null;
  /**
   * Whether enough other providers gave the same answer. Null if it gave no answer, if too few agree, or if its answer could not be compared
   * with all of theirs.
   */
  readonly agrees: boolean | null;
  /**
   * What the provider was paid in base units, proven by its quote and by the receipt that only it could give. Null if that is not proven.
   */
  readonly paid_units: bigint | null;
}

/** The finding. It survives a structured clone. */
export interface EvidenceFinding {
  /** Whether every part of the file is valid. An invalid file proves nothing. */
  readonly valid: boolean;
  readonly what: "answers" | "key" | null;
  /** Why the file is not valid. */
  readonly faults: readonly string[];
  /** How the answers compare, if the file is about answers and a skill that judges them was asked. */
  readonly state: "agreed" | "split" | "no_verdict" | null;
  /** By what its buyer chose to compare the answers, if the file is about answers. */
  readonly compare: Comparator | null;
  /** The skill by which its buyer had the answers judged; null if none judged. */
  readonly judge: NamedJudge | null;
  readonly parts: readonly ProvenPart[];
  /** What the file proves, one sentence in each line. */
  readonly shows: readonly string[];
}

/** A result has at most 64 KiB. A file has at most nine results with their requests. */
const MAX_BYTES = 4 << 20;

/**
 * Checks a file. Whatever the file contains, this function does not throw.
 *
 * @param judgement What the file's judge says about its answers, if the caller asked it. Default: the caller did not.
 */
export async function checkEvidence(
  bytes: Uint8Array,
  judgement: Judgement | null = null,
): Promise<EvidenceFinding> {
  const verifier = await createVerifier();
  try {
    const value = fileOf(bytes);
    if (value.what === "answers") return answersFinding(value, verifier, judgement);
    if (value.what === "key") return keyFinding(value, verifier);
    return fail("it does not say what it proves");
  } catch (error) {
    const foreign = FOREIGN.some((each) => error instanceof each);
    if (!foreign || !(error instanceof Error)) throw error;
    return {
      valid: false,
      what: null,
      faults: [error.message],
      state: null,
      compare: null,
      judge: null,
      parts: [],
      shows: [],
    };
  }
}

/** What the judge of a file is given to judge it again. Null if the file is not valid, or if no skill judges its answers. */
export async function evidenceToJudge(
  bytes: Uint8Array,
): Promise<
  { readonly judge: NamedJudge; readonly kind: number; readonly input: JudgeInput } | null
> {
  const verifier = await createVerifier();
  const { valid, judge } = await checkEvidence(bytes);
  if (!valid || judge === null) return null;
  const { parts: [{ request }], parts } = answersOf(fileOf(bytes), verifier);
  const input = judgeInput(request, parts.flatMap(({ answer }) => answer ?? []));
  return { judge, kind: request.kind, input };
}

function fileOf(bytes: Uint8Array): Fields {
  const value = fieldsOf(parseStrictJson(bytes, { maxBytes: MAX_BYTES }), "the file");
  if (value.format !== EVIDENCE_FORMAT) fail(`its format is not ${EVIDENCE_FORMAT}`);
  return value;
}

/** The parts of a file about answers, each of them valid and for the same work. */
function answersOf(value: Fields, verifier: EventVerifier) {
  const { jobs } = value;
  const rule = checkedRule(Number(value.needed), Number(value.count));
  if (rule === null || !Array.isArray(jobs) || jobs.length !== rule.count) {
    return fail("it must have a rule, and one part for each provider");
  }
  // Files of earlier versions do not say it.
  const compare = COMPARATORS.find((each) => each === (value.compare ?? "kind"));
  if (compare === undefined) return fail("it compares its answers in an unknown way");
  const judge = compare === "skill" ? judgeOf(value.judge) : null;
  const parts = jobs.map((job, at) => partOf(job, `part ${at + 1}`, compare, verifier));
  const [first] = parts;
  const misfit = misfitOfComparator(first.request.kind, compare);
  if (misfit !== null) fail(`its answers cannot be compared by ${compare}: ${misfit}`);
  for (const { request, provider, name } of parts) {
    if (work(request) !== work(first.request)) fail(`${name} asks for another job than part 1`);
    if (parts.filter((each) => each.provider === provider).length > 1) {
      fail(`${name} names a provider that another part names too`);
    }
  }
  return { rule, compare, judge, parts };
}

/** The judge that a file names. */
function judgeOf(value: unknown): NamedJudge {
  const { skill, sha256 } = fieldsOf(value, "its judge");
  if (typeof skill !== "string" || !/^[a-z0-9-]{1,64}$/.test(skill)) fail("its judge has no name");
  if (sha256 !== null && !isHash(sha256)) fail("its judge has no hash of 64 hex digits");
  return { skill: skill as string, sha256: sha256 as string | null };
}

function answersFinding(
  value: Fields,
  verifier: EventVerifier,
  judgement: Judgement | null,
): EvidenceFinding {
  const { rule, compare, judge, parts: signed } = answersOf(value, verifier);
  const marks = signed.flatMap(({ mark }) => mark ?? []);
  const isJudged = judge === null || marks.length < 2 ||
    judgement !== null &&
      marks.every(({ sha256 }) => judgement.groups.flat().includes(sha256!));
  const read = signed.map((part) => {
    if (judge === null || marks.length < 2 || part.mark === null || judgement === null) {
      return { ...part, group: groupOfMark(part.mark) };
    }
    const hash = part.mark.sha256!;
    return {
      ...part,
      group: String(judgement.groups.findIndex((group) => group.includes(hash))),
      unsure: unsureOf(judgement, hash).map(String),
    };
  });
  const { state, agreed, dissent, undecided } = verdictOf(rule, read);
  const decided = isJudged && state === "agreed";
  const parts = read.map((part): ProvenPart => ({
    provider: part.provider,
    request_id: part.requestId,
    result_id: part.resultId,
    answer: part.mark,
    agrees: part.mark === null || !decided || undecided.includes(part)
      ? null
      : agreed.includes(part),
    paid_units: part.paidUnits,
  }));
  const keys = (some: readonly { readonly provider: string }[]) =>
    some.map(({ provider }) => provider).join(", ");
  const by = judge === null ? COMPARED_BY[compare] : ` (as the skill ${judge.skill} judges)`;
  const shows = !isJudged
    ? [
      `${marks.length} providers signed answers to the same request; the skill ${judge!.skill} ${
        judge!.sha256 === null ? "was not asked" : `with the hash ${judge!.sha256}`
      } says which are equal: check with --judge`,
    ]
    : state === "no_verdict"
    ? [`it is not known whether enough of ${rule.count} providers signed equal answers${by}`]
    : !decided
    ? [`too few of ${rule.count} providers signed equal answers${by}: ${rule.needed} are needed`]
    : [
      `${agreed.length} providers signed equal answers${by} to the same request: ${keys(agreed)}`,
      ...dissent.map(({ provider }) => `${provider} signed another answer to it`),
      ...undecided.map(({ provider }) =>
        `${provider} signed an answer that could not be compared with all of them`
      ),
    ];
  return {
    valid: true,
    what: "answers",
    faults: [],
    state: !isJudged ? null : decided || state === "no_verdict" ? state : "split",
    compare,
    judge,
    parts,
    shows,
  };
}

/** What the buyer chose to compare, for people. */
const COMPARED_BY: Readonly<Record<Comparator, string>> = {
  kind: "",
  exit: " (by their exit codes)",
  digest: " (by their images' digests)",
  json: " (by their JSON values)",
  skill: "",
};

/** What a request asks for. Its provider and expiration may differ between the parts. */
function work({ pubkey, kind, content, tags }: UnsignedEvent): string {
  return JSON.stringify([
    pubkey,
    kind,
    content,
    tags.filter(([name]) => !OWN.includes(name ?? "")),
  ]);
}
const OWN = ["p", "expiration"];

function keyFinding(value: Fields, verifier: EventVerifier): EvidenceFinding {
  const { key } = value;
  const [quoted, sealed] = [value.quote, value.sealed_result].map((each) => parseEvent(each));
  if ([quoted, sealed].some((each) => verifier.verify(each) !== "ok")) fail("a signature is wrong");
  if (!isHash(key)) return fail("its key is not 64 hex digits");
  const quote = readQuote(quoted);
  if (quote.provider !== sealed.pubkey) fail("quote and result are from different providers");
  if (one(sealed.tags, "e", "the result") !== quote.requestId) {
    fail("the result is for another request");
  }
  if (one(sealed.tags, "condition", "the result") !== quote.condition) {
    fail("quote and result name different keys");
  }
  const about = {
    valid: true,
    what: "key" as const,
    faults: [],
    state: null,
    compare: null,
    judge: null,
    parts: [{
      provider: sealed.pubkey as string,
      request_id: quote.requestId as string,
      result_id: sealed.id as string,
      answer: null,
      agrees: null,
      paid_units: quote.priceUnits,
    }],
  };
  try {
    openedEvent(sealed, Uint8Array.fromHex(key));
    return { ...about, shows: [`${sealed.pubkey} sold a key that opens its result`] };
  } catch (error) {
    if (!(error instanceof SealedError) || error.code !== "broken") throw error;
    return { ...about, shows: [`${sealed.pubkey} sold a key that does not open its result`] };
  }
}

/** The errors that the content of a file can cause. */
const FOREIGN = [
  EvidenceError,
  EventError,
  QuoteError,
  ResultContentError,
  SealedError,
  StrictJsonError,
];
