/**
 * The output of a stage that runs alone, for each document: a frame for the next stage, or one line of JSON for people.
 *
 * @module
 */
import type { Settlement } from "../stages/stage.ts";
import { type Document, encodeFrame } from "./stdio_frames.ts";

/** `frames` for the next stage, `json` for people. */
export type StageOutput = "frames" | "json";

/** A sink's outcome, which is printed together with the learned fields. */
type Outcome = Pick<Settlement, "outcome" | "detail">;

/** One document in printed form, with the sink's outcome if there is one. */
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

/** Kind and size come first, then the rest in the order in which stages learned it. */
function described(size: number, known: Document["known"]): Record<string, string | number> {
  const { kind, bytes: _size, ...rest } = known;
  return { ...(kind !== undefined && { kind }), bytes: size, ...rest };
}

function errorOf({ code, message }: { readonly code: string; readonly message: string }) {
  return { error: { code, message } };
}
