/**
 * From a checked document to the rows of a new sequence, and back.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { SequenceRow } from "../../store/sequence_row.ts";
import type { Change } from "../../store/store.ts";
import { MAX_DOCUMENT_BYTES, type SequenceDocument } from "./sequence_document.ts";
import { SequenceError } from "./sequence_error.ts";

/** What of a new sequence does not stand in its document. */
interface NewSequence {
  readonly network: string;
  /** In the place of the document's own. */
  readonly budgetUnits: bigint | null;
  readonly nowMs: number;
  /** Told apart from sequences of the same document by this; empty where there should be one of them at a time. */
  readonly salt: string;
  /** Never the same twice, for its id. */
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

/** The document of a sequence's row, as it was checked when the sequence was made. Throws SequenceError `bad_sequence` where it is none. */
export function readDocument({ document }: Pick<SequenceRow, "document">): SequenceDocument {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document));
    if (Array.isArray(value?.steps)) return value as SequenceDocument;
  } catch {
    // Refused below.
  }
  throw new SequenceError("bad_sequence", "the sequence's document cannot be read", "make it anew");
}

function digest(parts: readonly string[]): string {
  return sha256(new TextEncoder().encode(JSON.stringify(parts))).toHex();
}
