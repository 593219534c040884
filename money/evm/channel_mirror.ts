/**
 * A cache of confirmed facts of channels, kept until a log of the contract says that they changed. A close counts as soon as it is in
 * any block; deposits and openings count when they are confirmed (docs/money.md#channels). Facts older than the bound are not returned.
 *
 * Held: at most 8,192 channels; the one that was asked for longest ago goes first. Channels that do not exist are not remembered.
 * Reads that are asked for while one is under way go together in the next one.
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
  /** Height of the confirmed block that it was read at. */
  height: number;
  /** A log says that it changed. */
  changed: boolean;
  /** The newest block has it closed, the confirmed one not yet: read again with each block. */
  provisional: boolean;
}

const MAX_CHANNELS = 8_192;
const MAX_AT_ONCE = 64;
const STATES = [null, "open", "closed", "settled"] as const;

/** The mirror. */
export class ChannelMirror implements TailListener {
  readonly #entries = new Map<string, Entry>();
  readonly #reading = new Map<string, Promise<ChannelFacts | null>>();
  readonly #provisional = new Set<string>();
  /** Logs that came while reads were under way. */
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

  /** Facts whose block an RPC confirmed within the bound; null where there is no such channel. Rejects with ChainError. */
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
    // A channel that the other side opened a moment ago is known to it before the next poll tells us.
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

  /** The chain's end, young enough to be acted on. */
  async #end(fresh = false): Promise<Tail> {
    const { maxBlockAgeMs } = this.bounds;
    const maxAgeMs = fresh ? 0 : this.bounds.maxAgeMs;
    let tail: Tail;
    try {
      // Where an address turned out to be another chain, what was read is of no chain that is there.
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

  /** Twice at most: a block that vanished while it was read from gives way to the one that replaced it. */
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
      // A reorganisation may have taken the channel out of the newest block again; then the confirmed one speaks.
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
      // Facts of blocks that vanished while they were read are given to whoever waits, and not kept.
      if (resets === this.#resets) this.#keep(id, facts, confirmed.number, provisional);
    });
    return found;
  }

  /** Opening blocks do not change while their blocks stand, so each is asked for once. */
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
    // A nonce that no number holds leaves no room for another claim, as this figure does.
    claimedNonce: side.nonce > BigInt(Number.MAX_SAFE_INTEGER)
      ? Number.MAX_SAFE_INTEGER
      : Number(side.nonce),
  };
}

function stale(words: string): ChainError {
  return new ChainError("stale", `Cannot trust the chain's facts, they are too old: ${words}`);
}
