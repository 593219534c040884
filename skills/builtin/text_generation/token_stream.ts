/**
 * Reads the stream of a model server: server-sent events from an OpenAI-compatible server, or one JSON object per line from Ollama.
 *
 * Held: one line, at most 256 KiB.
 *
 * @module
 */
import type { TokenCount } from "../../../protocols/nostr/token_price.ts";
import { SkillError } from "../../skill_error.ts";

/** A part of an answer. */
interface TokenPart {
  /** The text; empty if the part only counts tokens. */
  readonly text: string;
  /** Why the server ended its answer, for example `stop` or `length`. */
  readonly finish?: string;
  /** The tokens that the server counted. */
  readonly usage?: TokenCount;
}

const MAX_LINE = 262_144;

/** The parts in order. Throws SkillError `model_failed` if the server sends anything else, or ends within a line. */
export async function* tokenParts(
  stream: ReadableStream<Uint8Array>,
  api: "openai" | "ollama",
): AsyncGenerator<TokenPart> {
  let held = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    held += text;
    const lines = held.split("\n");
    held = lines.pop()!;
    if (held.length > MAX_LINE) throw failed();
    for (const line of lines) {
      const part = api === "openai" ? ofEvent(line.trim()) : ofLine(line.trim());
      if (part === "end") return;
      if (part !== null) yield part;
    }
  }
  const part = api === "openai" ? ofEvent(held.trim()) : ofLine(held.trim());
  if (part !== null && part !== "end") yield part;
}

function ofEvent(line: string): TokenPart | "end" | null {
  // Comments, names of events and empty lines are ignored.
  if (!line.startsWith("data:")) return null;
  const data = line.slice("data:".length).trim();
  if (data === "[DONE]") return "end";
  const { choices, usage } = record(parsed(data));
  const [first] = Array.isArray(choices) ? choices : [];
  const { delta, finish_reason: finish } = record(first ?? {});
  const { prompt_tokens: prompt, completion_tokens: completion } = record(usage ?? {});
  return partOf(record(delta ?? {}).content, finish, prompt, completion);
}

function ofLine(line: string): TokenPart | null {
  if (line === "") return null;
  const { message, done_reason: finish, prompt_eval_count: prompt, eval_count: completion } =
    record(parsed(line));
  return partOf(record(message ?? {}).content, finish, prompt, completion);
}

function partOf(text: unknown, finish: unknown, prompt: unknown, completion: unknown): TokenPart {
  return {
    text: typeof text === "string" ? text : "",
    ...(typeof finish === "string" && { finish: finish.slice(0, 32) }),
    ...(isCount(prompt) && isCount(completion) && { usage: { input: prompt, output: completion } }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw failed();
  }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw failed();
  return value as Record<string, unknown>;
}

function failed(): SkillError {
  return new SkillError("model_failed", "this provider's model sent an unreadable answer");
}
