/**
 * Makes the rows of a new sequence from a checked document, and reads the document back.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { SequenceRow } from "../../store/sequence_row.ts";
import type { Change } from "../../store/store.ts";
import { MAX_DOCUMENT_BYTES, type SequenceDocument } from "./sequence_document.ts";
import { SequenceError } from "./sequence_error.ts";

/** The properties of a new sequence that are not in its document. */
interface NewSequence {
  readonly network: string;
  /** The budget. It replaces the document's own. */
  readonly budgetUnits: bigint | null;
  readonly nowMs: number;
  /** Distinguishes this sequence from others with the same document. Empty if only one of them may run at a time. */
  readonly salt: string;
  /** A value that is never used twice, for the sequence's id. */
  readonly unique: string;
}

/** The change that makes a sequence durable. Throws SequenceError `too_large`. */
export function newSequence(
  document: SequenceDocument,
  { network, budgetUnits, nowMs, salt, unique }: NewSequence,
): Extract<Change, { op: "putSequence" }> {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new SequenceError(
      "too_large",
      `the sequence takes ${bytes.length} bytes with its inputs, the limit is ${MAX_DOCUMENT_BYTES}`,
      "name repositories by input_url, or split the sequence",
    );
  }
  const key = digest([network, String(budgetUnits), salt, new TextDecoder().decode(bytes)]);
  const row: SequenceRow = {
    sequenceId: `sequence-${digest([key, unique]).slice(0, 10)}`,
    name: document.name,
    key,
    network,
    status: "running",
    path: "steps",
    document: bytes,
    budgetUnits,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    errorCode: null,
    errorMessage: null,
  };
  return {
    op: "putSequence",
    row,
    steps: document.steps.map(({ name, path }) => ({ name, path })),
  };
}

/**
 * The document in a sequence's row. It was checked when the sequence was made. Throws SequenceError `bad_sequence` if it cannot be read.
 */
export function readDocument({ document }: Pick<SequenceRow, "document">): SequenceDocument {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document));
    if (Array.isArray(value?.steps)) return value as SequenceDocument;
  } catch {
    // The error is thrown below.
  }
  throw new SequenceError("bad_sequence", "the sequence's document cannot be read", "make it anew");
}

function digest(parts: readonly string[]): string {
  return sha256(new TextEncoder().encode(JSON.stringify(parts))).toHex();
}
