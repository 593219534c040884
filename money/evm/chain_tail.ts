/**
 * Follows the end of the chain: its newest block, the newest confirmed one, and the contract's logs around them, in one loop for all
 * channels. Each round reads the last few confirmed blocks again, because a node behind a balancer may answer before it has the block, with
 * no logs instead of an error. If a confirmed block vanished, everything that was learned is discarded.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";
import { ChainError, type ChainHead } from "./chain_connection.ts";
import { CHANNEL_TOPICS } from "./channel_logs.ts";
import type { EvmSettings } from "./evm_options.ts";
import { type RpcCall, RpcFailure } from "./rpc_endpoint.ts";
import { resultOf, type RpcPool, RpcRefusal } from "./rpc_pool.ts";
import { type Block, type LogEntry, readBlock, readKnownBlock, readLogs } from "./rpc_values.ts";

/** The known end of the chain. */
export interface Tail {
  readonly newest: Block;
  /** The newest block with enough confirmations. */
  readonly confirmed: Block;
  readonly seenAtMs: number;
}

/** Receives what the tail learns. */
export interface TailListener {
  /** Everything that was read is invalid. `vanished` is true if confirmed blocks are gone, perhaps with the contracts in them. */
  reset(vanished: boolean): void;
  /** Logs of the contract around the newest blocks. The same log may be reported several times. */
  logs(logs: readonly LogEntry[], tail: Tail): void;
}

/** How many blocks below the last confirmed one are read again. */
const OVERLAP = 4;
/** If more blocks than this were missed, everything that was learned is discarded and not caught up. */
const MAX_GAP = 1_000;
const IDLE_AFTER_MS = 60_000;
const MAX_PAUSE_MS = 15_000;

/** Follows the chain while its facts are requested. */
export class ChainTail {
  #tail: Tail | null = null;
  #polling: Promise<Tail> | null = null;
  #next: Promise<Tail> | null = null;
  #cancel: (() => void) | null = null;
  #wantedAtMs = 0;
  #failures = 0;
  #atLeast = 0;
  #closed = false;

  constructor(
    readonly pool: RpcPool,
    readonly settings: EvmSettings,
    readonly deps: { readonly timers: Timers; readonly log: Log },
    /** Returns the contract whose logs are followed. */
    readonly contract: () => Promise<string>,
    readonly listener: TailListener,
  ) {}

  /** The last end that was seen, however old. */
  get last(): Tail | null {
    return this.#tail;
  }

  /** Records that a block of this height exists. An older end no longer counts. */
  noticed(blockNumber: number): void {
    this.#atLeast = Math.max(this.#atLeast, blockNumber);
  }

  /** The end of the chain, from an answer that is at most `maxAgeMs` old. Rejects with ChainError. */
  async fresh(maxAgeMs: number): Promise<Tail> {
    // An age of 0 always asks, even if a round ended in this millisecond.
    if (maxAgeMs === 0) return await this.poll();
    const tail = this.#tail;
    const young = tail !== null && tail.newest.number >= this.#atLeast && this.ageMs() <= maxAgeMs;
    return young ? tail : await (this.#polling ?? this.poll());
  }

  /** Milliseconds since an RPC answered. If the clock was set back, the answer does not count as new. */
  ageMs(): number {
    return this.#tail === null ? Infinity : Math.abs(this.deps.timers.now() - this.#tail.seenAtMs);
  }

  /** Milliseconds since a block was made. 0 if our clock says that it is in the future. */
  blockAgeMs({ timestampS }: Block): number {
    return Math.max(0, this.deps.timers.now() - timestampS * 1_000);
  }

  /** Follows the chain for another minute. */
  want(): void {
    this.#wantedAtMs = this.deps.timers.now();
    if (this.#cancel === null && !this.#closed) this.#schedule(this.settings.pollMs);
  }

  /** Asks now. A round under way began earlier, so this waits for the next round, which all such callers share. */
  poll(): Promise<Tail> {
    if (this.#polling === null) {
      this.#polling = this.#poll(true).finally(() => this.#polling = null);
      return this.#polling;
    }
    this.#next ??= this.#polling.catch(() => {}).then(() => {
      this.#next = null;
      return this.poll();
    });
    return this.#next;
  }

  /** Ends the loop. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  #schedule(ms: number): void {
    this.#cancel = this.deps.timers.after(ms, () => void this.#follow());
  }

  async #follow(): Promise<void> {
    try {
      // Nothing is asked if a caller has just asked.
      if (this.ageMs() > this.settings.pollMs / 2) await this.poll();
      if (this.#failures > 0) this.deps.log("info", "chain is back", { rounds: this.#failures });
      this.#failures = 0;
    } catch (error) {
      if (this.#failures++ === 0) {
        this.deps.log("warn", "chain cannot be followed", { reason: messageOf(error) });
      }
    }
    const idle = this.deps.timers.now() - this.#wantedAtMs > IDLE_AFTER_MS;
    if (this.#closed || idle) this.#cancel = null;
    else this.#schedule(Math.min(this.settings.pollMs * 2 ** this.#failures, MAX_PAUSE_MS));
  }

  async #poll(mayReset: boolean): Promise<Tail> {
    const newest = await this.#newest();
    const before = this.#tail;
    if (before?.newest.hash === newest.hash) return this.#saw({ ...before });
    if (before === null || newest.number - before.confirmed.number > MAX_GAP) {
      return await this.#start(newest);
    }
    const height = Math.max(before.confirmed.number, this.#confirmedHeight(newest));
    const from = Math.max(0, Math.min(before.confirmed.number - OVERLAP, newest.number));
    const logs: RpcCall = {
      method: "eth_getLogs",
      params: [{
        address: await this.contract(),
        topics: [CHANNEL_TOPICS],
        fromBlock: hex(from),
        toBlock: hex(newest.number),
      }],
    };
    try {
      const calls = [before.confirmed.number, height, newest.number].map(blockCall);
      const found = await this.pool.batch([...calls, logs], ([a, b, c, d]) => {
        const now = readBlock(resultOf(c));
        // Another node answered the batch and does not have the newest block, so its logs may be missing too.
        if (now?.hash !== newest.hash) throw new RpcFailure("behind", "it lost its newest block");
        return {
          old: readBlock(resultOf(a)),
          confirmed: readBlock(resultOf(b)),
          logs: readLogs(resultOf(d)),
        };
      });
      if (found.old?.hash !== before.confirmed.hash || found.confirmed === null) {
        return await this.#reset(mayReset);
      }
      const tail = this.#saw({ newest, confirmed: found.confirmed, seenAtMs: 0 });
      this.listener.logs(found.logs, tail);
      return tail;
    } catch (error) {
      // There were too many logs for one answer. Everything is read again instead.
      if (!(error instanceof RpcRefusal)) throw error;
      return await this.#start(newest);
    }
  }

  async #reset(mayReset: boolean): Promise<Tail> {
    this.deps.log("warn", "confirmed blocks vanished: channels are read again", {});
    this.#tail = null;
    this.#atLeast = 0;
    this.listener.reset(true);
    // The RPC may now serve another chain, so its identity is checked again.
    this.pool.suspect();
    if (!mayReset) throw new ChainError("rpc", "Cannot follow the chain: its blocks keep changing");
    return await this.#poll(false);
  }

  async #start(newest: Block): Promise<Tail> {
    const height = this.#confirmedHeight(newest);
    const confirmed = height === newest.number
      ? newest
      : await this.pool.ask("eth_getBlockByNumber", [hex(height), false], readKnownBlock);
    this.listener.reset(false);
    return this.#saw({ newest, confirmed, seenAtMs: 0 });
  }

  async #newest(): Promise<Block> {
    const params = ["latest", false];
    const block = await this.pool.ask("eth_getBlockByNumber", params, readKnownBlock);
    const behind = block.number < this.#atLeast || this.blockAgeMs(block) > this.#maxBlockAgeMs ||
      block.number < (this.#tail?.newest.number ?? 0);
    if (!behind || this.settings.rpcUrls.length === 1) return block;
    const all = await this.pool.everywhere("eth_getBlockByNumber", params, readKnownBlock);
    const best = all.reduce((a, b) => b.number > a.number ? b : a, block);
    if (best.number > block.number) this.pool.demote();
    return best;
  }

  get #maxBlockAgeMs(): number {
    return this.settings.maxBlockAgeMs ?? Infinity;
  }

  #confirmedHeight(newest: Block): number {
    return Math.max(0, newest.number - this.settings.confirmations + 1);
  }

  #saw(tail: Tail): Tail {
    this.#tail = { ...tail, seenAtMs: this.deps.timers.now() };
    this.#atLeast = Math.min(this.#atLeast, tail.newest.number);
    return this.#tail;
  }
}

/** The tail as a {@link ChainHead}. */
export function headOf({ newest, seenAtMs }: Tail, genesisHash: string): ChainHead {
  return {
    blockNumber: newest.number,
    blockHash: newest.hash,
    genesisHash,
    timestampMs: newest.timestampS * 1_000,
    seenAtMs,
  };
}

/** The call for the header at a height. */
export function blockCall(height: number): RpcCall {
  return { method: "eth_getBlockByNumber", params: [hex(height), false] };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
