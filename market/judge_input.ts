/**
 * What a judging skill gets, and how its verdict is read. Its input is JSON: the request, and the content of each different answer. It names
 * no provider and no number of providers, and the answers are in the order of their hashes. So the input is the same for everybody who has
 * the same answers. The answers are strangers' texts, and so is the verdict of a skill that read them.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { parseStrictJson, StrictJsonError } from "../protocols/json/strict_json.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { hashOfLarge } from "./answer_mark.ts";
import { largeContentOf } from "./read_result.ts";
import { unsigned } from "./evidence.ts";

/** The format of the input. */
const JUDGE_FORMAT = "crosstown-judge/1";

/** Tags of a request that differ between the providers. */
const OWN_TAGS = ["p", "expiration"];

/** A request as its provider was sent it. */
interface AskedRequest {
  readonly kind: number;
  readonly content: string;
  readonly tags: readonly (readonly string[])[];
}

/** What is judged. */
export interface JudgeInput {
  /** The bytes for the skill's standard input. Null if no answer can be given to it. */
  readonly bytes: Uint8Array | null;
  /** The hashes of the answers in it, in their order. */
  readonly hashes: readonly string[];
  /** The hashes of answers that are too large for an event. The skill does not get them, so each is equal only to itself. */
  readonly large: readonly string[];
}

/** Makes the input. Throws ResultContentError if an event refers to a large content in a way that cannot be read. */
export function judgeInput(
  { kind, content, tags }: AskedRequest,
  answers: readonly Pick<NostrEvent, "content" | "tags">[],
): JudgeInput {
  const texts = new Map<string, string>();
  const large = new Set<string>();
  for (const answer of answers) {
    const found = largeContentOf(answer);
    if (found !== null) large.add(hashOfLarge(found));
    else texts.set(hashOf(answer.content), answer.content);
  }
  const hashes = [...texts.keys()].sort();
  const document = {
    format: JUDGE_FORMAT,
    request: { kind, content, tags: tags.filter(([name]) => !OWN_TAGS.includes(name)) },
    answers: hashes.map((hash) => texts.get(hash)),
  };
  return {
    bytes: hashes.length === 0 ? null : new TextEncoder().encode(`${JSON.stringify(document)}\n`),
    hashes,
    large: [...large].filter((hash) => !texts.has(hash)).sort(),
  };
}

/** Reads a stored request, as {@link judgeInput} takes it. Throws EventError. */
export function storedRequest(request: Uint8Array): AskedRequest {
  return unsigned(JSON.parse(new TextDecoder().decode(request)));
}

/** The SHA-256 of a content, in hex. */
function hashOf(content: string): string {
  return sha256(new TextEncoder().encode(content)).toHex();
}

/** Groups of equal answers by their hashes, or why the text is no verdict. */
export type ReadVerdict = { readonly groups: string[][] } | { readonly fault: string };

/**
 * Reads what a judge printed: `{"groups":[[0,2],[1]]}`, with the position of each answer exactly once. Anything else is no verdict.
 */
export function readVerdict(text: string, { hashes, large }: JudgeInput): ReadVerdict {
  const refuse = (why: string) => ({ fault: `its output is no verdict: ${why}` });
  let value: unknown;
  try {
    value = parseStrictJson(text, { maxBytes: 4_096, maxDepth: 4 });
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    return refuse(`it is no JSON (${error.code})`);
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value as object).join() !== "groups") {
    return refuse('it must be an object with "groups" alone');
  }
  const { groups } = value as { readonly groups: unknown };
  const isGroup = (each: unknown): each is number[] => Array.isArray(each) && each.length > 0;
  if (!Array.isArray(groups) || !groups.every(isGroup)) {
    return refuse("groups must be lists of positions, none of them empty");
  }
  const named = groups.flat() as unknown[];
  const positions = new Set(named);
  const isWhole = named.length === hashes.length && positions.size === named.length &&
    hashes.every((_, at) => positions.has(at));
  if (!isWhole) {
    return refuse(`it must name each position from 0 to ${hashes.length - 1} exactly once`);
  }
  return {
    groups: [
      ...groups.map((group) => group.map((at) => hashes[at])),
      ...large.map((hash) => [hash]),
    ],
  };
}
