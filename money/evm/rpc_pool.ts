/**
 * Uses several JSON-RPC addresses as one. An address is used after it proved the profile's chain id, and the same genesis block as the
 * first address that was used. It must prove them again after each failure. A call goes to the current address, and after a failure to the
 * next, in rounds with backoff until a deadline. A node's own refusal (a revert, a used nonce) is an answer, so the call is not repeated.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";
import { ChainError } from "./chain_connection.ts";
import {
  type RpcAnswer,
  type RpcAnswerError,
  type RpcCall,
  RpcEndpoint,
  RpcFailure,
  type RpcLimits,
} from "./rpc_endpoint.ts";
import { readBlock } from "./rpc_values.ts";

/** A pool's settings. */
interface RpcPoolOptions extends RpcLimits {
  /** At least one address. The first is preferred. */
  readonly urls: readonly string[];
  /** The chain id that each address must state. */
  readonly chainId: number;
  /** The time limit of one call with all its retries. */
  readonly deadlineMs: number;
}

interface Member {
  readonly endpoint: RpcEndpoint;
  proven: boolean;
  failures: number;
  /** Before this time, the address is used only after all others. */
  restsUntilMs: number;
  last: RpcFailure | null;
}

/** A method that some nodes do not have. Its callers also work without it. */
const OPTIONAL = "eth_maxPriorityFeePerGas";
const BACKOFF_MS = [100, 200, 400, 800, 1_600, 3_200];
const MAX_REST_MS = 30_000;
const MAX_RETRY_AFTER_MS = 5_000;

/** Asks the chain. */
export class RpcPool {
  readonly #members: Member[];
  #genesis: string | null = null;
  #proofs = 0;

  constructor(
    readonly options: RpcPoolOptions,
    readonly timers: Timers,
    readonly log: Log,
  ) {
    if (options.urls.length === 0) throw new TypeError("at least one RPC address is needed");
    this.#members = options.urls.map((url) => ({
      endpoint: new RpcEndpoint(url, options, timers),
      proven: false,
      failures: 0,
      restsUntilMs: 0,
      last: null,
    }));
  }

  /** How often an address proved its chain again after a failure. Anything that was checked before the last proof must be checked again. */
  get proofs(): number {
    return this.#proofs;
  }

  /** The hash of block 0 of the first address that proved its chain. If none has yet, one is asked. */
  async genesis(): Promise<string> {
    if (this.#genesis === null) await this.ask("eth_chainId", [], (value) => value);
    return this.#genesis!;
  }

  /**
   * One call. `read` decodes its result; an RpcFailure from `read` counts as a failure of the address. Rejects with RpcRefusal or
   * ChainError.
   */
  async ask<T>(
    method: string,
    params: readonly unknown[],
    read: (value: unknown) => T,
  ): Promise<T> {
    return await this.batch([{ method, params }], ([answer]) => read(resultOf(answer)));
  }

  /** Several calls that one address answers. `read` may throw or handle RpcRefusals. */
  async batch<T>(
    calls: readonly RpcCall[],
    read: (answers: readonly RpcAnswer[]) => T,
  ): Promise<T> {
    const deadline = this.timers.now() + this.options.deadlineMs;
    for (let round = 0;; round += 1) {
      for (const member of this.#order()) {
        const answer = await this.#try(member, calls, read);
        if ("value" in answer) return answer.value;
        if (this.timers.now() >= deadline) break;
      }
      const failures = this.#members.map(({ last }) => last);
      // Waiting does not help if no address has the block, which then vanished, or if every address serves another chain.
      const forGood = failures.every((last) =>
        last?.code === "behind" || last?.code === "wrong_chain"
      );
      const waitMs = Math.max(
        BACKOFF_MS[Math.min(round, BACKOFF_MS.length - 1)],
        Math.min(...failures.map((last) => Math.min(last?.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS))),
      );
      if (forGood || this.timers.now() + waitMs >= deadline) throw this.#unreachable();
      await new Promise<void>((resolve) => this.timers.after(waitMs, resolve));
    }
  }

  /** Sends one call to every address. Failing addresses are left out. Rejects if all fail. */
  async everywhere<T>(
    method: string,
    params: readonly unknown[],
    read: (value: unknown) => T,
  ): Promise<T[]> {
    const tried = await Promise.all(
      this.#members.map((member) =>
        this.#try(member, [{ method, params }], ([answer]) => read(resultOf(answer)))
      ),
    );
    const values = tried.flatMap((answer) => "value" in answer ? [answer.value] : []);
    if (values.length === 0) throw this.#unreachable();
    return values;
  }

  /** Whether every address last failed with `wrong_chain`. */
  get lost(): boolean {
    return this.#members.every(({ last }) => last?.code === "wrong_chain");
  }

  /** Makes every address prove its chain again: before a write, and when blocks vanished. */
  suspect(): void {
    for (const member of this.#members) member.proven = false;
  }

  /** The current address has old data, so the others are asked first for some time. */
  demote(): void {
    const [first] = this.#order();
    first.restsUntilMs = this.timers.now() + MAX_REST_MS;
  }

  async #try<T>(
    member: Member,
    calls: readonly RpcCall[],
    read: (answers: readonly RpcAnswer[]) => T,
  ): Promise<{ readonly value: T } | { readonly failure: RpcFailure }> {
    try {
      if (!member.proven) await this.#prove(member);
      const answers = await member.endpoint.send(calls);
      answers.forEach((answer, at) => {
        if (!("error" in answer) || calls[at].method === OPTIONAL) return;
        throwIfTrouble(answer.error, calls[at].method);
      });
      const value = read(answers);
      member.failures = 0;
      member.restsUntilMs = 0;
      member.last = null;
      return { value };
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      this.#failed(member, error);
      return { failure: error };
    }
  }

  async #prove(member: Member): Promise<void> {
    const calls: readonly RpcCall[] = [
      { method: "eth_chainId", params: [] },
      { method: "eth_getBlockByNumber", params: ["0x0", false] },
    ];
    const answers = await member.endpoint.send(calls);
    answers.forEach((answer, at) => {
      if (!("error" in answer)) return;
      throwIfTrouble(answer.error, calls[at].method);
      // The caller did not ask for these calls, so their refusal is not an answer to the caller.
      throw new RpcFailure("garbage", `it refuses ${calls[at].method} (${answer.error.code})`);
    });
    const [id, zero] = answers;
    const chainId = resultOf(id);
    if (typeof chainId !== "string" || !/^0x[0-9a-f]{1,14}$/i.test(chainId)) {
      throw new RpcFailure("garbage", "no chain id");
    }
    if (Number(chainId) !== this.options.chainId) {
      const wanted = this.options.chainId;
      throw new RpcFailure("wrong_chain", `it is chain ${Number(chainId)}, not ${wanted}`);
    }
    const genesis = readBlock(resultOf(zero))?.hash;
    if (genesis === undefined) throw new RpcFailure("garbage", "no first block");
    this.#genesis ??= genesis;
    if (genesis !== this.#genesis) {
      throw new RpcFailure(
        "wrong_chain",
        "its first block differs: the chain was restarted from genesis",
      );
    }
    member.proven = true;
    if (member.last !== null) this.#proofs += 1;
  }

  #failed(member: Member, failure: RpcFailure): void {
    const { name } = member.endpoint;
    if (member.last?.code !== failure.code) {
      this.log("warn", "RPC address fails", { rpc: name, code: failure.code });
    }
    member.last = failure;
    member.failures += 1;
    // The next connection may reach another node, so it must prove its chain again. After `behind` and `rate_limited` it is the same node.
    if (failure.code !== "behind" && failure.code !== "rate_limited") member.proven = false;
    const rest = Math.max(failure.retryAfterMs ?? 0, 500 * 2 ** Math.min(member.failures, 10));
    member.restsUntilMs = this.timers.now() + Math.min(rest, MAX_REST_MS);
  }

  /** Addresses that rest come last, and of these the one with the shortest rest first. */
  #order(): Member[] {
    const now = this.timers.now();
    const rest = ({ restsUntilMs }: Member) => Math.max(0, restsUntilMs - now);
    return this.#members.toSorted((a, b) => rest(a) - rest(b));
  }

  #unreachable(): ChainError {
    const words = this.#members
      .map(({ endpoint, last }) => `${endpoint.name}: ${last?.message ?? "not asked"}`).join("; ");
    return this.lost
      ? new ChainError("wrong_chain", `Cannot use the RPC: ${words}`)
      : new ChainError("rpc", `Cannot reach the chain: ${words}`);
  }
}

/** The result of an answer. An error is thrown as {@link RpcRefusal}. */
export function resultOf(answer: RpcAnswer): unknown {
  if ("error" in answer) throw new RpcRefusal(answer.error);
  return answer.result;
}

const BEHIND =
  /header not found|unknown block|block not found|missing trie node|block.*(not|n't) (found|available)|no state|could not find block|BlockOutOfRange/i;
const WIDE =
  /range|more than|too (large|wide|many (blocks|logs|results))|response size|max(imum)? .*(blocks|logs|results)/i;
const BUSY =
  /rate limit|too many|limit exceeded|capacity|throttl|temporar|overload|timed? ?out|try again|internal error|service unavailable|pool is full/i;

/** Throws for errors that concern the node and not the call. */
function throwIfTrouble({ code, words, data }: RpcAnswerError, method: string): void {
  // Too many blocks or logs at once. The caller then asks for fewer.
  if (method === "eth_getLogs" && WIDE.test(words)) return;
  if (data !== null && data.length > 2) return;
  if (/revert/i.test(words)) return;
  if (BEHIND.test(words)) throw new RpcFailure("behind", "a block that it does not have");
  if (code === -32_005 || code === 429 || code === -32_097 || BUSY.test(words)) {
    throw new RpcFailure("busy", `it is busy (${code})`);
  }
  if (code === -32_700 || code === -32_600 || code === -32_601) {
    throw new RpcFailure("garbage", `it does not take the call (${code})`);
  }
}

/** A refusal in a node's answer. */
export class RpcRefusal extends Error {
  /** `RpcRefusal`. */
  override readonly name = "RpcRefusal";
  /** Makes the refusal from the node's words. */
  constructor(readonly answer: RpcAnswerError) {
    super(`the RPC refuses (${answer.code}): ${answer.words}`);
  }
}
