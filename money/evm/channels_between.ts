/**
 * Finds the channels between two accounts that are not settled. If the node allows it, one question for logs finds them. Otherwise every
 * possible id is read, because an id follows from the two addresses and the contract's counter. Public nodes accept about 10,000 blocks in
 * a question, and a chain with 2-second blocks has that many in six hours, so a search by logs alone would end long before the first
 * channel.
 *
 * @module
 */
import type { Address } from "../../protocols/evm/address.ts";
import { channelIdOf } from "../../protocols/evm/channel_id.ts";
import type { ChannelLogs } from "./channel_logs.ts";
import { channelRead, networkRead } from "./contract_read.ts";
import { type RpcPool, RpcRefusal } from "./rpc_pool.ts";

/** If the counter is higher, the logs are read range by range. */
const MAX_COUNTED = 50_000n;
const READS_AT_ONCE = 100;
const OPEN = 1;
const CLOSED = 2;

/** The contract and the range of blocks to search. */
interface ChannelsSearch {
  readonly network: string;
  readonly fromBlock: number;
  readonly toBlock: number;
}

/** The ids of open and closed channels, the oldest first. Rejects with ChainError. */
export async function channelsBetween(
  pool: RpcPool,
  logs: ChannelLogs,
  [a, b]: readonly [Address, Address],
  { network, fromBlock, toBlock }: ChannelsSearch,
): Promise<string[]> {
  const ids = await logs.openedAtOnce(a, b, fromBlock, toBlock) ??
    await countedIds(pool, network, a, b) ??
    await logs.opened(a, b, fromBlock, toBlock);
  const alive: string[] = [];
  for (let at = 0; at < ids.length; at += READS_AT_ONCE) {
    const part = ids.slice(at, at + READS_AT_ONCE);
    const reads = part.map((id) => channelRead(network, id, "latest"));
    const states = await pool.batch(
      reads.map(({ call }) => call),
      (answers) => answers.map((answer, index) => reads[index].value(answer).state),
    );
    alive.push(...part.filter((_, index) => [OPEN, CLOSED].includes(states[index])));
  }
  return alive;
}

/** Every id that the two accounts can have, the oldest first. Null if the contract has no counter, or if it is too high. */
async function countedIds(
  pool: RpcPool,
  network: string,
  a: Address,
  b: Address,
): Promise<string[] | null> {
  const counter = networkRead<bigint>(network, "channelCounter");
  try {
    const count = await pool.batch([counter.call], ([answer]) => counter.value(answer));
    if (count > MAX_COUNTED) return null;
    // One id more than our contract gives, for a contract that counts from 1.
    return Array.from({ length: Number(count) + 1 }, (_, at) => channelIdOf(a, b, at));
  } catch (error) {
    if (error instanceof RpcRefusal) return null;
    throw error;
  }
}
