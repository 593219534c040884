/**
 * The operator's model server, and one question to it. The API key is read from its file for each question, and is never in an option,
 * error or log.
 *
 * @module
 */
import type { TokenRates } from "../../../protocols/nostr/token_price.ts";
import { SkillError } from "../../skill_error.ts";

/** A model server. It can be cloned (structured clone). */
export interface ModelEndpoint {
  /** The base URL of the API: `http://127.0.0.1:8000/v1` for an OpenAI-compatible server, `http://127.0.0.1:11434` for Ollama. */
  readonly url: string;
  readonly api: "openai" | "ollama";
  /** The name of the model at the server. */
  readonly model: string;
  /** The absolute path of a file with the API key in its first line. Only its owner may read it. Null if there is no key. */
  readonly keyFile: string | null;
  /** The most tokens that one run may generate. */
  readonly maxTokens: number;
  /** What 1,000 tokens cost in addition to the price of a run. Null if they cost nothing. */
  readonly rates: TokenRates | null;
}

/** A question to the model. */
interface Question {
  readonly prompt: string;
  readonly maxTokens: number;
  /** `temperature` and `top_p`, if the buyer set them. */
  readonly sampling: Readonly<Record<string, number>>;
}

/**
 * Asks the model and returns its answer as a stream. Throws SkillError `model_unreachable` or `model_failed`, without text of the server.
 */
export async function askModel(
  endpoint: ModelEndpoint,
  { prompt, maxTokens, sampling }: Question,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const { url, api, model, keyFile } = endpoint;
  const messages = [{ role: "user", content: prompt }];
  const body = api === "openai"
    ? {
      model,
      messages,
      max_tokens: maxTokens,
      ...sampling,
      stream: true,
      stream_options: { include_usage: true },
    }
    : { model, messages, options: { num_predict: maxTokens, ...sampling }, stream: true };
  const path = api === "openai" ? "chat/completions" : "api/chat";
  const key = keyFile === null ? null : await readKey(keyFile);
  let response: Response;
  try {
    response = await fetch(`${url.replace(/\/+$/, "")}/${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(body),
      // The key must be sent only to the operator's server.
      redirect: "error",
      signal,
    });
  } catch {
    if (signal.aborted) throw new SkillError("cancelled", "the run was stopped");
    throw new SkillError("model_unreachable", "this provider's model does not answer");
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel().catch(() => undefined);
    throw new SkillError("model_failed", `this provider's model answered ${response.status}`);
  }
  return response.body;
}

const MAX_KEY_BYTES = 4_096;

async function readKey(file: string): Promise<string> {
  const refused = (why: string) => new SkillError("cannot_run", `the model's key file ${why}`);
  let text: string;
  try {
    const info = await Deno.stat(file);
    if (((info.mode ?? 0) & 0o077) !== 0) throw refused("can be read by others: chmod 600");
    if (info.size > MAX_KEY_BYTES) throw refused("is too large");
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof SkillError) throw error;
    throw refused("cannot be read");
  }
  const [key] = text.split(/\r?\n/);
  if (!/^[\x21-\x7e]+$/.test(key)) throw refused("has no key in its first line");
  return key;
}
