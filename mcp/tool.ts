/**
 * A tool of `crosstown mcp`, and what the tools' arguments share.
 *
 * @module
 */
import type { JsonSchemaType } from "@modelcontextprotocol/server";
import type { Asset } from "../protocols/ilp/asset.ts";
import type { AgentSession, Answer } from "./agent_session.ts";

/** The callbacks of a tool's call. */
export interface ToolCall {
  readonly signal: AbortSignal;
  /** Reports the progress. */
  readonly onNote: (line: string) => void;
  /** Asks the person a question; true if the person agrees. */
  readonly approves: (question: string) => Promise<boolean>;
  readonly asset: Asset;
}

/** The arguments of a tool, checked by its schema. */
export type ToolArguments = Readonly<Record<string, unknown>>;

/** One tool. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Its effect beside reading, as in `commands --json`. */
  readonly effect: "reads" | "changes" | "spends";
  readonly input: JsonSchemaType;
  readonly run: Run;
  /** For a client that accepts tasks: gives the job as it is, without waiting for its end. */
  readonly begin?: Run;
}

/** What a tool does. */
export type Run = (session: AgentSession, given: ToolArguments, call: ToolCall) => Promise<Answer>;

/** A short text. */
export const TEXT = { type: "string", maxLength: 1_000 } as const;
/** A job of this home. */
export const JOB = {
  type: "string",
  pattern: "^[a-zA-Z0-9-]{3,80}$",
  description: "job id, or the id of its request; a beginning is enough",
} as const;

/** The schema of a tool with these arguments and no others. */
export function schema(properties: Record<string, unknown>, required: readonly string[] = []) {
  return { type: "object", properties, required, additionalProperties: false } as JsonSchemaType;
}

/** The answer of a tool that did nothing. */
export function refused(code: string, message: string): Answer {
  return { ok: false, document: { error: { code, message } } };
}
