/**
 * A result that is too large for an event. Its content is stored as a blob and named by a reference. The job's payment limits the cost of
 * its storage.
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
import { MAX_LARGE_RESULT_BYTES } from "./large_result_limit.ts";

/** The blob service for results, and the price of a MiB there. */
export interface ResultStorage {
  readonly blobs: SkillBlobs;
  readonly unitsPerMib: bigint;
}

/** The largest file that is stored in addition to a result, e.g. an image, in bytes. */
export const MAX_KEPT_BYTES = 1 << 30;
const MIB = 1_048_576n;
/** Storage may cost at most this part of what the job paid: one half. */
const SHARE = 2n;
const MADE_TO_FIT: readonly number[] = [CI_RUN.kind, IMAGE_BUILD.kind];

/**
 * The largest content of a result, in bytes. Results of `ci-run` and `image-build`, and encrypted results, are made to fit into their
 * event.
 */
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

/** The storage for files in addition to a run's result: at most `MAX_KEPT_BYTES`, and as much as the payment covers. */
export function storageOf(
  amountUnits: bigint,
  storage: ResultStorage | undefined,
): SkillStorage | undefined {
  if (storage === undefined) return undefined;
  const { unitsPerMib } = storage;
  return { maxBytes: coveredBytes(amountUnits, unitsPerMib, MAX_KEPT_BYTES), unitsPerMib };
}

/** How many bytes may be stored for a job that paid this amount. */
export function coveredBytes(amountUnits: bigint, unitsPerMib: bigint, mostBytes: number): number {
  if (unitsPerMib === 0n) return mostBytes;
  return Math.min(mostBytes, Number(amountUnits / SHARE * MIB / unitsPerMib));
}

/**
 * The outcome in a form that fits into an event: unchanged, or with an empty content and a reference. If storing fails, the outcome is that
 * error.
 *
 * @param reader The only key that may read the blob; null for everyone.
 */
export async function storedOutcome(
  outcome: SkillOutcome,
  roomBytes: number,
  storage: ResultStorage | undefined,
  reader: string | null = null,
): Promise<SkillOutcome> {
  if (storage === undefined || contentBytes(outcome.content) <= roomBytes) return outcome;
  const bytes = new TextEncoder().encode(outcome.content);
  try {
    const labels = { type: "text/plain", name: RESULT_NAME, ...reader !== null && { reader } };
    const stored = await storage.blobs.put({ bytes }, labels);
    // Each provider encrypts under a key of its own. The buyer compares what was encrypted.
    const reference = reader === null ? stored : { ...stored, original: await hashOf(bytes) };
    return { ...outcome, content: "", tags: [...outcome.tags ?? [], imetaTag(reference)] };
  } catch (error) {
    if (!(error instanceof BlobTransferError)) throw error;
    const content =
      `the result has ${bytes.length} bytes and could not be stored: ${error.message}`;
    return { ...outcome, status: "error", errorCode: `result_${error.code}`, content };
  }
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** A blob with this name is the content itself. Other blobs are additional files. */
export const RESULT_NAME = "result";
