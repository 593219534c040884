/**
 * The channels of two accounts that are not settled. One question for logs where a node answers it; else, as an id follows from the two
 * addresses and the contract's count, every id that can be is read. Public nodes take some 10,000 blocks a question, and a chain of
 * 2-second blocks makes as many in six hours: a search by logs alone would end long before the first channel.
 *
 * @module
 */
import type { Address } from "../../protocols/evm/address.ts";
import { channelIdOf } from "../../protocols/evm/channel_id.ts";
import type { ChannelLogs } from "./channel_logs.ts";
import { channelRead, networkRead } from "./contract_read.ts";
import { type RpcPool, RpcRefusal } from "./rpc_pool.ts";

/** Above this, the logs are read piece by piece after all. */
const MAX_COUNTED = 50_000n;
const READS_AT_ONCE = 100;
const OPEN = 1;
const CLOSED = 2;

/** Where to look. */
interface ChannelsSearch {
  readonly network: string;
  readonly fromBlock: number;
  readonly toBlock: number;
}

/** Ids of open and closed channels, oldest first. Rejects with ChainError. */
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

/** Every id that the two can have, oldest first; null where the contract does not count, or too many. */
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
    // One more than ours gives, for a contract that counts from 1.
    return Array.from({ length: Number(count) + 1 }, (_, at) => channelIdOf(a, b, at));
  } catch (error) {
    if (error instanceof RpcRefusal) return null;
    throw error;
  }
}
