/**
 * From a checked document to the rows of a new chain, and back.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { JobChainRow } from "../../store/job_chain_row.ts";
import type { Change } from "../../store/store.ts";
import { type ChainDocument, MAX_DOCUMENT_BYTES } from "./chain_document.ts";
import { SequenceError } from "./chain_error.ts";

/** What of a new chain does not stand in its document. */
interface NewChain {
  readonly network: string;
  /** In the place of the document's own. */
  readonly budgetUnits: bigint | null;
  readonly nowMs: number;
  /** Told apart from chains of the same document by this; empty where there should be one of them at a time. */
  readonly salt: string;
  /** Never the same twice, for its id. */
  readonly unique: string;
}

/** The change that makes a chain durable. Throws SequenceError `too_large`. */
export function newChain(
  document: ChainDocument,
  { network, budgetUnits, nowMs, salt, unique }: NewChain,
): Extract<Change, { op: "putJobChain" }> {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new SequenceError(
      "too_large",
      `the chain takes ${bytes.length} bytes with its inputs, the limit is ${MAX_DOCUMENT_BYTES}`,
      "name repositories by input_url, or split the chain",
    );
  }
  const key = digest([network, String(budgetUnits), salt, new TextDecoder().decode(bytes)]);
  const row: JobChainRow = {
    chainId: `chain-${digest([key, unique]).slice(0, 10)}`,
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
    op: "putJobChain",
    row,
    steps: document.steps.map(({ name, path }) => ({ name, path })),
  };
}

/** The document of a chain's row, as it was checked when the chain was made. Throws SequenceError `bad_chain` where it is none. */
export function readDocument({ document }: Pick<JobChainRow, "document">): ChainDocument {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document));
    if (Array.isArray(value?.steps)) return value as ChainDocument;
  } catch {
    // Refused below.
  }
  throw new SequenceError("bad_chain", "the chain's document cannot be read", "make it anew");
}

function digest(parts: readonly string[]): string {
  return sha256(new TextEncoder().encode(JSON.stringify(parts))).toHex();
}
