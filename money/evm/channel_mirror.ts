/**
 * A cache of confirmed channel facts. An entry is valid until a log of the contract shows a change. A close counts as soon as it is in any
 * block; deposits and openings count when they are confirmed (docs/money.md#channels). Facts older than the limit are not returned.
 *
 * Held: at most 8,192 channels; the least recently used one is dropped first. Channels that do not exist are not remembered. Reads that are
 * requested while one is running go together into the next one.
 *
 * @module
 */
import type { ChannelFacts, ParticipantFacts } from "./chain.ts";
import { ChainError } from "./chain_connection.ts";
import type { ChainTail, Tail, TailListener } from "./chain_tail.ts";
import { channelEventOf } from "./channel_logs.ts";
import { channelRead, type ChannelRecord, sideRead, type SideRecord } from "./contract_read.ts";
import { openingBlocks } from "./opening_block.ts";
import { RpcFailure } from "./rpc_endpoint.ts";
import type { RpcPool } from "./rpc_pool.ts";
import type { Block, LogEntry } from "./rpc_values.ts";

interface Entry {
  facts: ChannelFacts;
  /** The height of the confirmed block at which it was read. */
  height: number;
  /** True if a log shows a change. */
  changed: boolean;
  /** True if the channel is closed in the newest block but not yet in the confirmed one. It is then read again with each block. */
  provisional: boolean;
}

const MAX_CHANNELS = 8_192;
const MAX_AT_ONCE = 64;
const STATES = [null, "open", "closed", "settled"] as const;

/** The cache of channel facts. */
export class ChannelMirror implements TailListener {
  readonly #entries = new Map<string, Entry>();
  readonly #reading = new Map<string, Promise<ChannelFacts | null>>();
  readonly #provisional = new Set<string>();
  /** Channels with logs that arrived while they were being read. */
  readonly #changedMeanwhile = new Set<string>();
  #waiting: { id: string; done: PromiseWithResolvers<ChannelFacts | null> }[] = [];
  #busy = false;
  #resets = 0;

  constructor(
    readonly pool: RpcPool,
    readonly tail: ChainTail,
    readonly bounds: {
      readonly maxAgeMs: number;
      readonly maxBlockAgeMs: number | null;
      readonly deployBlock: number;
    },
    readonly contracts: () => Promise<{ readonly chainId: number; readonly tokenNetwork: string }>,
  ) {}

  /** Facts of a block that an RPC confirmed within the limit. Null if there is no such channel. Rejects with ChainError. */
  async channel(channelId: string, fresh = false): Promise<ChannelFacts | null> {
    const id = channelId.toLowerCase();
    const tail = await this.#end(fresh);
    const entry = this.#entries.get(id);
    if (entry !== undefined && !entry.changed && this.tail.last === tail) {
      this.#touch(id, entry);
      return entry.facts;
    }
    const facts = await this.#readOnce(id);
    if (facts !== null) return facts;
    // If the other side opened the channel a moment ago, it knows the channel before our next poll. So the chain is asked once more.
    const newer = await this.tail.fresh(0).catch(() => tail);
    return newer === tail ? null : await this.#readOnce(id);
  }

  async #readOnce(id: string): Promise<ChannelFacts | null> {
    let reading = this.#reading.get(id);
    if (reading === undefined) {
      reading = this.#read(id).finally(() => this.#reading.delete(id));
      this.#reading.set(id, reading);
    }
    return await reading;
  }

  reset(): void {
    this.#resets += 1;
    this.#entries.clear();
    this.#provisional.clear();
  }

  logs(logs: readonly LogEntry[], { confirmed }: Tail): void {
    for (const id of this.#provisional) this.#change(id);
    for (const log of logs) {
      const event = channelEventOf(log);
      if (event === null) continue;
      const { channelId, blockNumber, name } = event;
      const counts = blockNumber <= confirmed.number || name === "closed" || name === "settled";
      if (!counts) continue;
      if (this.#reading.has(channelId)) this.#changedMeanwhile.add(channelId);
      const entry = this.#entries.get(channelId);
      if (entry !== undefined && blockNumber > entry.height) {
        entry.changed ||= !(entry.provisional && blockNumber > confirmed.number);
      }
    }
  }

  /** The chain's end. Throws if it is too old to act on. */
  async #end(fresh = false): Promise<Tail> {
    const { maxBlockAgeMs } = this.bounds;
    const maxAgeMs = fresh ? 0 : this.bounds.maxAgeMs;
    let tail: Tail;
    try {
      // If an address turned out to serve another chain, what was read may be wrong, so the chain is polled now.
      tail = await (this.pool.lost ? this.tail.poll() : this.tail.fresh(maxAgeMs));
    } catch (error) {
      if (this.tail.last === null || !(error instanceof ChainError)) throw error;
      throw error.code === "rpc" ? stale(error.message) : error;
    }
    const ageMs = this.tail.blockAgeMs(tail.newest);
    if (maxBlockAgeMs === null || ageMs <= maxBlockAgeMs) return tail;
    throw stale(`its newest block is ${Math.floor(ageMs / 1_000)} s old by our clock`);
  }

  #change(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.changed = true;
  }

  #touch(id: string, entry: Entry): void {
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (this.#entries.size > MAX_CHANNELS) {
      const oldest = this.#entries.keys().next().value!;
      this.#entries.delete(oldest);
      this.#provisional.delete(oldest);
    }
  }

  async #read(id: string): Promise<ChannelFacts | null> {
    const done = Promise.withResolvers<ChannelFacts | null>();
    this.#waiting.push({ id, done });
    void this.#work();
    return await done.promise;
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_AT_ONCE);
      try {
        const found = await this.#readGroup(group.map(({ id }) => id));
        group.forEach(({ done }, at) => done.resolve(found[at]));
      } catch (error) {
        for (const { done } of group) done.reject(error);
      }
    }
    this.#busy = false;
  }

  /** Reads a group of channels. If the block vanished meanwhile, it reads them once more at the block that replaced it. */
  async #readGroup(ids: readonly string[]): Promise<(ChannelFacts | null)[]> {
    const tail = await this.#end();
    try {
      return await this.#readAt(ids, tail);
    } catch (error) {
      if (!(error instanceof ChainError) || error.code !== "rpc") throw error;
      const now = await this.tail.poll();
      if (now.confirmed.hash === tail.confirmed.hash) throw error;
      return await this.#readAt(ids, now);
    }
  }

  async #readAt(
    ids: readonly string[],
    { newest, confirmed }: Tail,
  ): Promise<(ChannelFacts | null)[]> {
    const { chainId, tokenNetwork } = await this.contracts();
    const resets = this.#resets;
    for (const id of ids) this.#changedMeanwhile.delete(id);
    const at = { blockHash: confirmed.hash };
    const two = newest.hash !== confirmed.hash;
    const settled = ids.map((id) => channelRead(tokenNetwork, id, at));
    const latest = two
      ? ids.map((id) => channelRead(tokenNetwork, id, { blockHash: newest.hash }))
      : [];
    const reads = [...settled, ...latest];
    const records = await this.pool.batch(
      reads.map(({ call }) => call),
      (answers) => answers.map((answer, index) => checked(reads[index].value(answer))),
    );
    const there = ids.map((id, index) => ({ id, record: records[index], index }))
      .filter(({ record }) => record.state !== 0);
    const sideReads = there.flatMap(({ id, record }) =>
      record.participants.map((side) => sideRead(tokenNetwork, id, side, at))
    );
    const sides = sideReads.length === 0 ? [] : await this.pool.batch(
      sideReads.map(({ call }) => call),
      (answers) => answers.map((answer, index) => sideReads[index].value(answer)),
    );
    const opened = await this.#openings(
      tokenNetwork,
      there.map(({ id, record }) => ({ id, openedAtS: record.openedAtS })),
      newest,
    );
    const found: (ChannelFacts | null)[] = ids.map(() => null);
    there.forEach(({ id, record, index }, place) => {
      const now = two ? records[ids.length + index] : record;
      // A reorganisation may have removed the channel from the newest block. Then the confirmed block counts.
      const provisional = now.state > record.state;
      const facts: ChannelFacts = {
        channelId: id,
        chainId,
        tokenNetworkAddress: tokenNetwork,
        participants: [
          participant(record.participants[0], sides[2 * place]),
          participant(record.participants[1], sides[2 * place + 1]),
        ],
        state: STATES[provisional ? now.state : record.state]!,
        settlementTimeoutS: record.settlementTimeoutS,
        openedAtS: record.openedAtS,
        openedBlockHash: opened.get(id) ?? null,
        closedAtS: (provisional ? now.closedAtS : record.closedAtS) || null,
      };
      found[index] = facts;
      // If blocks vanished while the facts were read, the facts are returned to the waiting callers but not stored.
      if (resets === this.#resets) this.#keep(id, facts, confirmed.number, provisional);
    });
    return found;
  }

  /** The blocks in which channels were opened. They do not change unless the blocks vanish, so each is asked for once. */
  async #openings(
    network: string,
    channels: readonly { readonly id: string; readonly openedAtS: number }[],
    newest: Block,
  ): Promise<Map<string, string>> {
    const known = new Map<string, string>();
    for (const { id } of channels) {
      const hash = this.#entries.get(id)?.facts.openedBlockHash;
      if (hash) known.set(id, hash);
    }
    const missing = channels.filter(({ id }) => !known.has(id));
    if (missing.length === 0) return known;
    const { deployBlock } = this.bounds;
    const found = await openingBlocks(this.pool, network, missing, deployBlock, newest);
    return new Map([...known, ...found]);
  }

  #keep(id: string, facts: ChannelFacts, height: number, provisional: boolean): void {
    const changed = this.#changedMeanwhile.delete(id);
    this.#touch(id, { facts, height, changed, provisional });
    if (provisional) this.#provisional.add(id);
    else this.#provisional.delete(id);
  }
}

function checked(record: ChannelRecord): ChannelRecord {
  if (record.state <= 3) return record;
  throw new RpcFailure("garbage", "a channel in no known state");
}

function participant(address: string, side: SideRecord): ParticipantFacts {
  return {
    address,
    depositUnits: side.depositRaw,
    claimedUnits: side.claimedRaw,
    // A nonce beyond the safe integers leaves no room for another claim, and neither does this figure.
    claimedNonce: side.nonce > BigInt(Number.MAX_SAFE_INTEGER)
      ? Number.MAX_SAFE_INTEGER
      : Number(side.nonce),
  };
}

function stale(words: string): ChainError {
  return new ChainError("stale", `Cannot trust the chain's facts, they are too old: ${words}`);
}
