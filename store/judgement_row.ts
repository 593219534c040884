/**
 * What a judging skill said about the answers of a verification. Answers are named by the SHA-256 of their content, in hex.
 *
 * @module
 */
import { MAX_VERIFIERS } from "./verification_row.ts";
import { invalid } from "./checks.ts";

/**
 * The judgement of a verification. What it says of two answers never changes; a later judgement adds the answers that came later, and what
 * was undecided.
 */
export interface JudgementRow {
  /** The first job of the verification. */
  readonly leadId: string;
  /** The skill's name. */
  readonly skill: string;
  /** The hash of the files of the skill that made the groups. Without groups, of the one that failed; null if it was not found. */
  readonly sha256: string | null;
  /** Groups of equal answers, as {@link groupsText} writes them. Null if the skill has not judged yet. */
  readonly groups: string | null;
  /**
   * Pairs of answers of different groups that are not known to differ, as {@link pairsText} writes them. Null if there are none.
   */
  readonly undecided: string | null;
  /** The answers of the last try, if it failed: one group that {@link groupsText} wrote. Null if it succeeded. */
  readonly failedOn: string | null;
  /** Why it failed, or why comparisons could not be made. */
  readonly errorCode: string | null;
  /** The same for people. */
  readonly errorMessage: string | null;
  readonly atMs: number;
}

/** Stores a judgement. A failed one keeps the groups of an earlier one. Groups that contradict the earlier judgement are a `conflict`. */
export interface PutJudgement {
  readonly op: "putJudgement";
  readonly row: JudgementRow;
}

/** Groups as text, always in the same order. */
export function groupsText(groups: readonly (readonly string[])[]): string {
  return JSON.stringify(groups.map((group) => group.toSorted()).toSorted());
}

/** Reads {@link groupsText}. Throws StoreError `invalid` if a hash is none or occurs twice, or if there are more than answers. */
export function readGroupsText(field: string, text: string): string[][] {
  const refuse = () => invalid(field, "groups of hashes", text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse();
  }
  const isGroup = (each: unknown): each is string[] =>
    Array.isArray(each) && each.length > 0 && each.every(isHash);
  if (!Array.isArray(value) || value.length === 0 || !value.every(isGroup)) throw refuse();
  const all = value.flat();
  if (all.length > MAX_VERIFIERS || new Set(all).size !== all.length) throw refuse();
  return value;
}

/** Pairs as text, always in the same order. Null for none. */
export function pairsText(pairs: readonly (readonly string[])[]): string | null {
  return pairs.length === 0
    ? null
    : JSON.stringify(pairs.map((pair) => pair.toSorted()).toSorted());
}

/** Reads {@link pairsText}. Throws StoreError `invalid` if a pair does not have two different hashes, or if there are too many. */
export function readPairsText(field: string, text: string): string[][] {
  const refuse = () => invalid(field, "pairs of hashes", text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse();
  }
  const isPair = (each: unknown): each is string[] =>
    Array.isArray(each) && each.length === 2 && each.every(isHash) && each[0] !== each[1];
  if (!Array.isArray(value) || value.length === 0 || !value.every(isPair)) throw refuse();
  if (value.length > MAX_PAIRS) throw refuse();
  return value;
}
const MAX_PAIRS = MAX_VERIFIERS * (MAX_VERIFIERS - 1) / 2;

function isHash(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
