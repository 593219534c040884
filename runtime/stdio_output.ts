/**
 * What a stage alone prints of each document: a frame for the next stage, or one line of JSON for people.
 *
 * @module
 */
import type { Settlement } from "../stages/stage.ts";
import { type Document, encodeFrame } from "./stdio_frames.ts";

/** `frames` for the next stage, `json` for people. */
export type StageOutput = "frames" | "json";

/** A sink's outcome of a document, beside what was learned. */
type Outcome = Pick<Settlement, "outcome" | "detail">;

/** One document as it is printed; with an outcome, as the sink settled it. */
export function printed(document: Document, output: StageOutput, outcome?: Outcome): Uint8Array {
  const { bytes, known, refusal } = document;
  const told = outcome === undefined
    ? known
    : { ...known, outcome: outcome.outcome, ...(outcome.detail && { detail: outcome.detail }) };
  if (output === "frames") return encodeFrame({ ...document, known: told });
  return new TextEncoder().encode(`${
    JSON.stringify(
      refusal === undefined ? described(bytes.length, told) : errorOf(refusal),
    )
  }\n`);
}

/** Kind and size first, then the rest in the order in which it was learned. */
function described(size: number, known: Document["known"]): Record<string, string | number> {
  const { kind, bytes: _size, ...rest } = known;
  return { ...(kind !== undefined && { kind }), bytes: size, ...rest };
}

function errorOf({ code, message }: { readonly code: string; readonly message: string }) {
  return { error: { code, message } };
}
