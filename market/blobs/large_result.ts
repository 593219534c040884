/**
 * A result that is too large for an event: its content goes by reference, and what the job paid bounds what is spent on its storage.
 *
 * @module
 */
import { imetaTag } from "../../blobs/blob_reference.ts";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import { CI_RUN, IMAGE_BUILD } from "../../protocols/nostr/kinds.ts";
import {
  contentBytes,
  type SkillBlobs,
  type SkillOutcome,
  type SkillStorage,
} from "../../skills/skill.ts";

/** Where results are stored, and what a MiB costs there. */
export interface ResultStorage {
  readonly blobs: SkillBlobs;
  readonly unitsPerMib: bigint;
}

/** The largest content of a result that goes by reference; a buyer takes no larger one. */
export const MAX_LARGE_RESULT_BYTES = 16 << 20;
/** The largest file that is kept beside a result, e.g. an image. */
export const MAX_KEPT_BYTES = 1 << 30;
const MIB = 1_048_576n;
/** Storage may cost this share of what the job paid. */
const SHARE = 2n;
const MADE_TO_FIT: readonly number[] = [CI_RUN.kind, IMAGE_BUILD.kind];

/** How large a result's content may be. Results of `ci-run` and `image-build` are made to fit their event, as is one that is encrypted. */
export function largeRoomBytes(
  kind: number,
  amountUnits: bigint,
  roomBytes: number,
  storage: ResultStorage | undefined,
): number {
  if (storage === undefined || MADE_TO_FIT.includes(kind)) return roomBytes;
  const paidBytes = coveredBytes(amountUnits, storage.unitsPerMib, MAX_LARGE_RESULT_BYTES);
  return Math.max(roomBytes, paidBytes);
}

/** What a run may keep beside its result: a file of at most `MAX_KEPT_BYTES`, as large as its payment covers. */
export function storageOf(
  amountUnits: bigint,
  storage: ResultStorage | undefined,
): SkillStorage | undefined {
  if (storage === undefined) return undefined;
  const { unitsPerMib } = storage;
  return { maxBytes: coveredBytes(amountUnits, unitsPerMib, MAX_KEPT_BYTES), unitsPerMib };
}

/** How many bytes may be stored for a job that paid this much. */
export function coveredBytes(amountUnits: bigint, unitsPerMib: bigint, mostBytes: number): number {
  if (unitsPerMib === 0n) return mostBytes;
  return Math.min(mostBytes, Number(amountUnits / SHARE * MIB / unitsPerMib));
}

/** The outcome as it fits an event: itself, or an empty content and a reference. Its error is an outcome too. */
export async function storedOutcome(
  outcome: SkillOutcome,
  roomBytes: number,
  storage: ResultStorage | undefined,
): Promise<SkillOutcome> {
  if (storage === undefined || contentBytes(outcome.content) <= roomBytes) return outcome;
  const bytes = new TextEncoder().encode(outcome.content);
  try {
    const reference = await storage.blobs.put({ bytes }, { type: "text/plain", name: RESULT_NAME });
    return { ...outcome, content: "", tags: [...outcome.tags ?? [], imetaTag(reference)] };
  } catch (error) {
    if (!(error instanceof BlobTransferError)) throw error;
    const content =
      `the result has ${bytes.length} bytes and could not be stored: ${error.message}`;
    return { ...outcome, status: "error", errorCode: `result_${error.code}`, content };
  }
}

/** The blob of this name is the content itself; others are artifacts beside it. */
export const RESULT_NAME = "result";
