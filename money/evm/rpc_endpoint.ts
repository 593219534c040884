/**
 * One JSON-RPC address over HTTP. Its answers are foreign: their size and time are limited, their form is checked, and an error repeats at
 * most a few printable words of them. An address may contain an API key (in its path, query or user part), so errors and logs name only the
 * host.
 *
 * Held: at most {@link MAX_IN_FLIGHT} open requests. Further requests wait.
 *
 * @see https://www.jsonrpc.org/specification
 * @module
 */
import { hostOfUrl } from "../../base/urls.ts";
import type { Timers } from "../../base/timers.ts";

/** One call of a JSON-RPC method. */
export interface RpcCall {
  /** E.g. `eth_call`. */
  readonly method: string;
  /** The parameters of the method, as JSON. */
  readonly params: readonly unknown[];
}

/** A node's answer to one call. */
export type RpcAnswer =
  | { readonly result: unknown }
  | { readonly error: RpcAnswerError };

/** An error that the node returned. */
export interface RpcAnswerError {
  /** The node's error code. */
  readonly code: number;
  /** The node's message: printable, at most 160 characters, without secrets of the address. */
  readonly words: string;
  /** Revert data (`0x` and hex), if there is any. */
  readonly data: string | null;
}

/** The limits of one address. */
export interface RpcLimits {
  /** The time limit of one HTTP exchange. */
  readonly timeoutMs: number;
  /** The largest body that is read, in bytes. */
  readonly maxBodyBytes: number;
  /** The most calls in one request. */
  readonly maxBatch: number;
}

const MAX_IN_FLIGHT = 8;
const MAX_WORDS = 160;

/** An address to which calls can be sent. */
export class RpcEndpoint {
  /** Host and port. No other part of the address is ever shown. */
  readonly name: string;
  readonly #url: string;
  readonly #headers: Headers;
  readonly #secrets: readonly string[];
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  #next = 1;
  #batches = true;

  /** Throws TypeError for an invalid address, without repeating it. */
  constructor(address: string, readonly limits: RpcLimits, readonly timers: Timers) {
    const url = parseRpcUrl(address);
    this.name = url.host;
    this.#headers = new Headers({ "content-type": "application/json" });
    if (url.username !== "" || url.password !== "") {
      const [user, password] = [url.username, url.password].map(decodeURIComponent);
      this.#headers.set("authorization", `Basic ${btoa(`${user}:${password}`)}`);
      url.username = url.password = "";
    }
    this.#url = url.href;
    this.#secrets = secretsOf(new URL(address));
  }

  /**
   * Sends calls. Returns the answers in the order of the calls.
   *
   * @throws {RpcFailure} if the address gives no usable answer
   */
  async send(calls: readonly RpcCall[]): Promise<readonly RpcAnswer[]> {
    const size = this.#batches ? this.limits.maxBatch : 1;
    const groups = Array.from(
      { length: Math.ceil(calls.length / size) },
      (_, at) => calls.slice(at * size, (at + 1) * size),
    );
    return (await Promise.all(groups.map((group) => this.#group(group)))).flat();
  }

  async #group(calls: readonly RpcCall[]): Promise<readonly RpcAnswer[]> {
    const first = this.#next;
    this.#next += calls.length;
    const bodies = calls.map((call, at) => ({ jsonrpc: "2.0", id: first + at, ...call }));
    const body = await this.#exchange(JSON.stringify(calls.length === 1 ? bodies[0] : bodies));
    if (calls.length > 1 && !Array.isArray(body)) {
      // An address that does not support batches answers with a single error.
      this.#batches = false;
      return await this.send(calls);
    }
    return answersOf(calls.length === 1 ? [body] : body as unknown[], first, calls.length)
      .map((answer) => this.#read(answer));
  }

  async #exchange(body: string): Promise<unknown> {
    await this.#slot();
    const abort = new AbortController();
    const cancel = this.timers.after(this.limits.timeoutMs, () => abort.abort());
    try {
      // A redirect could lead to a host that the profile does not name.
      const response = await fetch(this.#url, {
        method: "POST",
        headers: this.#headers,
        body,
        redirect: "manual",
        signal: abort.signal,
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw statusFailure(response);
      }
      return parseBody(await readBounded(response, this.limits.maxBodyBytes));
    } catch (error) {
      if (error instanceof RpcFailure) throw error;
      // The cause contains the whole address, so it is left out.
      if (abort.signal.aborted) throw new RpcFailure("timeout", "no answer in time");
      throw new RpcFailure("connection", "no connection");
    } finally {
      cancel();
      this.#inFlight -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #slot(): Promise<void> {
    while (this.#inFlight >= MAX_IN_FLIGHT) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#inFlight += 1;
  }

  #read(answer: Record<string, unknown>): RpcAnswer {
    const { result, error } = answer;
    if (error === undefined || error === null) {
      if (result === undefined) throw new RpcFailure("garbage", "neither result nor error");
      return { result };
    }
    if (typeof error !== "object") {
      throw new RpcFailure("garbage", "an error that is not an object");
    }
    const { code, message, data } = error as Record<string, unknown>;
    return {
      error: {
        code: typeof code === "number" ? code : 0,
        words: this.#words(message),
        data: revertData(data),
      },
    };
  }

  #words(message: unknown): string {
    let words = typeof message === "string" ? message.slice(0, 4_096) : "";
    for (const secret of this.#secrets) words = words.replaceAll(secret, "...");
    return words.replaceAll(/[^\x20-\x7e]+/g, " ").slice(0, MAX_WORDS);
  }
}

/**
 * Parses the address of a JSON-RPC.
 *
 * @throws {TypeError} without repeating the address
 */
function parseRpcUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TypeError("an RPC address must be an http:// or https:// URL");
  }
  return url;
}

/** The host and port of an address, in the form of a network permission. */
export function rpcHost(address: string): string {
  return hostOfUrl(parseRpcUrl(address).href);
}

/** The parts of an address that may be secret: long parts of the path and query, and the user part. */
function secretsOf(url: URL): string[] {
  const parts = [
    url.username,
    url.password,
    ...url.pathname.split("/"),
    ...url.searchParams.values(),
  ];
  return [...new Set(parts.flatMap((part) => [part, decodeURIComponent(part)]))]
    .filter((part) => part.length >= 6)
    .sort((a, b) => b.length - a.length);
}

function statusFailure(response: Response): RpcFailure {
  const { status } = response;
  if (status !== 429) return new RpcFailure("status", `HTTP status ${status}`);
  const after = Number(response.headers.get("retry-after"));
  return new RpcFailure("rate_limited", "too many requests", after > 0 ? after * 1_000 : null);
}

async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the body.
    if (size > maxBytes) throw new RpcFailure("too_large", `an answer above ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function parseBody(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RpcFailure("garbage", "an answer that is not JSON");
  }
}

function answersOf(body: unknown[], first: number, count: number): Record<string, unknown>[] {
  const byId = new Map<unknown, Record<string, unknown>>();
  for (const answer of body) {
    if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
      throw new RpcFailure("garbage", "an answer that is not an object");
    }
    byId.set((answer as Record<string, unknown>).id, answer as Record<string, unknown>);
  }
  return Array.from({ length: count }, (_, at) => {
    const answer = byId.get(first + at);
    if (answer === undefined) throw new RpcFailure("garbage", "an answer to another question");
    return answer;
  });
}

/** Nodes put revert data into `error.data`, or one or two levels below it. */
function revertData(data: unknown, depth = 0): string | null {
  if (typeof data === "string") {
    const hex = /0x[0-9a-fA-F]*$/.exec(data.slice(0, 65_536))?.[0];
    return hex !== undefined && hex.length % 2 === 0 ? hex : null;
  }
  if (typeof data !== "object" || data === null || depth > 2) return null;
  const { data: inner, result, originalError } = data as Record<string, unknown>;
  return revertData(inner ?? result ?? originalError, depth + 1);
}

/** An address that gave no usable answer. */
export class RpcFailure extends Error {
  /** `RpcFailure`. */
  override readonly name = "RpcFailure";
  /** The kind of failure. `wrong_chain`: it serves another chain. `behind`: it does not have a block yet. */
  readonly code:
    | "connection"
    | "timeout"
    | "status"
    | "rate_limited"
    | "too_large"
    | "garbage"
    | "busy"
    | "behind"
    | "wrong_chain";
  /** The waiting time that a rate-limiting node asks for. Null if there is none. */
  readonly retryAfterMs: number | null;
  /** Makes a failure with its code. */
  constructor(code: RpcFailure["code"], message: string, retryAfterMs: number | null = null) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
