/**
 * Finds the blocks in which channels were opened. A channel's id follows from the contract's counter, so after a reorganisation the same id
 * may belong to another channel. The opening block distinguishes them (docs/money.md#channels).
 *
 * @module
 */
import { blockCall } from "./chain_tail.ts";
import { channelEventOf, OPENED_TOPIC } from "./channel_logs.ts";
import { resultOf, type RpcPool, RpcRefusal } from "./rpc_pool.ts";
import { type Block, readKnownBlock, readLogs } from "./rpc_values.ts";

/** The most steps of a search by time, and the most blocks with the same second that are searched. */
const MAX_STEPS = 40;
const MAX_SAME_TIME = 16;

/** The hashes of the opening blocks, by channel. A channel without a log is left out. */
export async function openingBlocks(
  pool: RpcPool,
  network: string,
  channels: readonly { readonly id: string; readonly openedAtS: number }[],
  deployBlock: number,
  newest: Block,
): Promise<Map<string, string>> {
  try {
    const ids = channels.map(({ id }) => id);
    return await openedIn(pool, network, ids, deployBlock, newest.number);
  } catch (error) {
    // The node does not accept so wide a range. The contract's time of the opening shows where to search.
    if (!(error instanceof RpcRefusal)) throw error;
  }
  const found = new Map<string, string>();
  for (const { id, openedAtS } of channels) {
    try {
      const first = await firstBlockAt(pool, openedAtS, deployBlock, newest);
      const last = Math.min(newest.number, first + MAX_SAME_TIME - 1);
      for (const entry of await openedIn(pool, network, [id], first, last)) found.set(...entry);
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error;
    }
  }
  return found;
}

async function openedIn(
  pool: RpcPool,
  address: string,
  ids: readonly string[],
  from: number,
  to: number,
): Promise<Map<string, string>> {
  const range = { fromBlock: hex(from), toBlock: hex(to) };
  const params = [{ address, topics: [[OPENED_TOPIC], ids], ...range }];
  const logs = await pool.ask("eth_getLogs", params, readLogs);
  return new Map(logs.flatMap((log) => {
    const event = channelEventOf(log);
    return event === null ? [] : [[event.channelId, event.blockHash] as const];
  }));
}

/** The height of the first block at or after a time. The search interpolates, because most chains make blocks at even intervals. */
async function firstBlockAt(
  pool: RpcPool,
  timeS: number,
  deployBlock: number,
  newest: Block,
): Promise<number> {
  const block = async (height: number): Promise<Block> =>
    await pool.batch([blockCall(height)], ([answer]) => readKnownBlock(resultOf(answer)));
  let low = await block(deployBlock);
  let high = newest;
  if (low.timestampS >= timeS) return low.number;
  for (let step = 0; high.number - low.number > 1 && step < MAX_STEPS; step += 1) {
    const share = (timeS - low.timestampS) / Math.max(1, high.timestampS - low.timestampS);
    const width = high.number - low.number;
    // Every other step halves the range, so that uneven intervals cost at most logarithmically many steps.
    const guess = step % 2 === 0 ? Math.round(share * width) : Math.floor(width / 2);
    const middle = await block(low.number + Math.min(width - 1, Math.max(1, guess)));
    if (middle.timestampS >= timeS) high = middle;
    else low = middle;
  }
  return high.number;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
