/**
 * `crosstown wallet history`: the transactions of this home's account, newest first. Packets and claims are not on the chain: see
 * `crosstown payments history`.
 *
 * @module
 */
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { callOfText } from "../../money/channels/call_text.ts";
import { nameOf } from "../../money/channels/views.ts";
import type { ChannelRow, TransactionRow } from "../../store/store.ts";
import type { Invocation } from "../../shell/command.ts";
import { decimalWei } from "../../shell/gas_amount.ts";
import { configOf } from "../../shell/home/load_config.ts";
import {
  bannerOf,
  type KnownNetworks,
  networkNamed,
  networkOfChain,
} from "../../shell/home/money_banner.ts";
import { alignedText, type Row } from "../../shell/output.ts";
import { readStore, refuseMissingHome, storeIsThere } from "../../shell/home/read_store.ts";

const MAX_ROWS = 10_000;

/** Prints the transactions. It works beside a daemon. */
export async function walletHistory(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const limit = options.integer("limit", { min: 1, max: MAX_ROWS }) ?? 20;
  const config = await configOf(invocation);
  const isThere = await storeIsThere(config);
  if (!isThere) await refuseMissingHome(config);
  const { transactions, channels } = isThere
    ? await readAll()
    : { transactions: [], channels: new Map<string, ChannelRow>() };
  const newest = transactions.toSorted((a, b) => b.createdAtMs - a.createdAtMs).slice(0, limit);
  const rows = newest.map((row) =>
    rowOf(row, channels.get(row.channelRef ?? ""), networkOfChain(config, row.chainId))
  );
  const banner = bannerOf(config, newest.map(({ chainId }) => networkOfChain(config, chainId)));
  await output.document(
    "wallet-history",
    { transactions: rows },
    () => `${banner}\n${rows.length === 0 ? "No transactions" : tableOf(rows, config)}`,
    rows,
  );
  return 0;

  async function readAll() {
    await using store = await readStore(config);
    const transactions = await store.listTransactions({ ended: true, limit: MAX_ROWS });
    const rows = await store.listChainChannels({ ended: true });
    return { transactions, channels: new Map(rows.map((row) => [row.ref, row])) };
  }
}

/** A transaction in JSON and CSV. A channel has its name of `channel list`; both ids are null until the chain has assigned them. */
function rowOf(row: TransactionRow, channel: ChannelRow | undefined, network: string) {
  const call = callOfText(row.call);
  const { units, wei, to } = amountsOf(call);
  return {
    time: new Date(row.createdAtMs).toISOString(),
    network,
    chain_id: row.chainId,
    what: call.call,
    amount_units: units,
    amount_wei: wei,
    to,
    channel_id: channel === undefined ? null : nameOf(channel),
    onchain_id: channel?.channelId ?? null,
    state: row.state,
    fee_wei: row.feeWei,
    block: row.blockNumber,
    hash: row.hash,
    reason: row.reason,
  } satisfies Row;
}

/** The amount and the recipient of a call; null if the call moves nothing. */
function amountsOf(call: ChainCall) {
  const units = "amountRaw" in call
    ? call.amountRaw
    : "totalDepositRaw" in call
    ? call.totalDepositRaw
    : null;
  return {
    units,
    wei: "valueWei" in call ? call.valueWei : null,
    to: "to" in call ? call.to : "participant2" in call ? call.participant2 : null,
  };
}

function tableOf(rows: readonly ReturnType<typeof rowOf>[], known: KnownNetworks): string {
  return alignedText([
    ["TIME", "NETWORK", "WHAT", "AMOUNT", "TO", "STATE", "FEE", "TX"],
    ...rows.map((row) => [
      `${row.time.slice(0, 19)}Z`,
      row.network,
      row.what,
      row.amount_units !== null
        ? formatUnits(row.amount_units, networkNamed(known, row.network).asset)
        : row.amount_wei !== null
        ? `${decimalWei(row.amount_wei)} ETH`
        : "-",
      row.to ?? row.channel_id ?? "-",
      row.state,
      row.fee_wei === null ? "-" : `${decimalWei(row.fee_wei)} ETH`,
      row.hash,
    ]),
  ]);
}
