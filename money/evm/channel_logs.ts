/**
 * Reads the token network's logs: the channels between two accounts, and the events of channels. If a node refuses a range of blocks as too
 * wide, smaller ranges are used, and the accepted width is remembered.
 *
 * @see docs/contracts.md#events
 * @module
 */
import { toEventSelector } from "viem/utils";
import { tokenNetworkAbi } from "../../contracts/abi.ts";
import { ChainError, type ChannelEvent } from "./chain_connection.ts";
import { RpcFailure } from "./rpc_endpoint.ts";
import { type RpcPool, RpcRefusal } from "./rpc_pool.ts";
import { type LogEntry, readLogs } from "./rpc_values.ts";

const NAMES = {
  ChannelOpened: "opened",
  ChannelNewDeposit: "deposit",
  ChannelClaimed: "claimed",
  ChannelClosed: "closed",
  ChannelSettled: "settled",
} as const;

const BY_TOPIC: ReadonlyMap<string, ChannelEvent["name"]> = new Map(
  tokenNetworkAbi.flatMap((item) =>
    item.type === "event" && Object.hasOwn(NAMES, item.name)
      ? [[toEventSelector(item), NAMES[item.name as keyof typeof NAMES]] as const]
      : []
  ),
);

/** Topics of every event that changes a channel. */
export const CHANNEL_TOPICS: readonly string[] = [...BY_TOPIC.keys()];
/** The topic of an opening. */
export const OPENED_TOPIC: string = CHANNEL_TOPICS.find((topic) =>
  BY_TOPIC.get(topic) === "opened"
)!;

/** If there are more ids, the logs are filtered here and not by the node. */
const MAX_IDS_IN_FILTER = 64;
/** The most requests for one question. */
const MAX_REQUESTS = 500;
const FIRST_WIDTH = 5_000_000;

/** Reads logs of one contract. */
export class ChannelLogs {
  #width = FIRST_WIDTH;

  constructor(readonly pool: RpcPool, readonly contract: () => Promise<string>) {}

  /** The events of these channels in a range of blocks, both ends included, in order. */
  async events(
    channelIds: readonly string[],
    fromBlock: number,
    toBlock: number,
    confirmedBlock: number,
  ): Promise<ChannelEvent[]> {
    const wanted = new Set(channelIds.map((id) => id.toLowerCase()));
    if (wanted.size === 0) return [];
    const filter = wanted.size <= MAX_IDS_IN_FILTER ? [[...wanted]] : [];
    const logs = await this.#logs([CHANNEL_TOPICS, ...filter], fromBlock, toBlock);
    return logs.flatMap((log) => {
      const event = channelEventOf(log);
      return event === null || !wanted.has(event.channelId)
        ? []
        : [{ ...event, confirmed: log.blockNumber <= confirmedBlock }];
    });
  }

  /** The ids of all channels that were opened between two accounts, the oldest first. */
  async opened(a: string, b: string, fromBlock: number, toBlock: number): Promise<string[]> {
    const [low, high] = [a, b].map((address) => address.toLowerCase()).sort().map(topicOfAddress);
    const logs = await this.#logs([[OPENED_TOPIC], null, low, high], fromBlock, toBlock);
    return [...new Set(logs.map((log) => log.topics[1]))];
  }

  /** The same with one request. Null if the node does not accept so wide a range. Rejects with ChainError. */
  async openedAtOnce(
    a: string,
    b: string,
    fromBlock: number,
    toBlock: number,
  ): Promise<string[] | null> {
    if (toBlock - fromBlock >= this.#width) return null;
    const [low, high] = [a, b].map((address) => address.toLowerCase()).sort().map(topicOfAddress);
    const params = [{
      address: await this.contract(),
      topics: [[OPENED_TOPIC], null, low, high],
      fromBlock: hex(fromBlock),
      toBlock: hex(toBlock),
    }];
    try {
      const found = await this.pool.ask(
        "eth_getLogs",
        params,
        (value) => ours(readLogs(value), params[0].address),
      );
      return [...new Set(found.map((log) => log.topics[1]))];
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error;
      return null;
    }
  }

  async #logs(topics: readonly unknown[], from: number, to: number): Promise<LogEntry[]> {
    const address = await this.contract();
    const found: LogEntry[] = [];
    let requests = 0;
    for (let at = from; at <= to;) {
      const end = Math.min(to, at + this.#width - 1);
      if (requests++ >= MAX_REQUESTS) {
        throw new ChainError(
          "rpc",
          `Cannot read logs: ${MAX_REQUESTS} requests did not reach block ${to}`,
        );
      }
      const params = [{ address, topics, fromBlock: hex(at), toBlock: hex(end) }];
      try {
        found.push(
          ...await this.pool.ask("eth_getLogs", params, (value) => ours(readLogs(value), address)),
        );
        at = end + 1;
      } catch (error) {
        if (!(error instanceof RpcRefusal) || end === at) throw asChainError(error);
        this.#width = Math.max(1, Math.floor((end - at + 1) / 4));
      }
    }
    return found;
  }
}

/** A log as an event. Null if the log changes no channel. */
export function channelEventOf(log: LogEntry): Omit<ChannelEvent, "confirmed"> | null {
  const name = BY_TOPIC.get(log.topics[0]);
  if (name === undefined || log.topics.length < 2) return null;
  return {
    name,
    channelId: log.topics[1],
    blockNumber: log.blockNumber,
    blockHash: log.blockHash,
    transactionHash: log.transactionHash,
  };
}

/** Checks that every log is from this contract. Otherwise the node answered another question. */
function ours(logs: LogEntry[], address: string): LogEntry[] {
  if (logs.every((log) => log.address === address)) return logs;
  throw new RpcFailure("garbage", "logs of another contract");
}

function topicOfAddress(address: string): string {
  return `0x${address.slice(2).padStart(64, "0")}`;
}

function asChainError(error: unknown): unknown {
  return error instanceof RpcRefusal
    ? new ChainError("rpc", `Cannot read logs: ${error.message}`)
    : error;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
