/**
 * `crosstown wallet history`: the transactions of this home's account, the newest first. Packets and claims are off the chain: see
 * `crosstown payments history`.
 *
 * @module
 */
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { callOfText } from "../../money/channels/call_text.ts";
import type { Profile } from "../../config/profile.ts";
import type { TransactionRow } from "../../store/store.ts";
import type { Invocation } from "../shell/command.ts";
import { decimalWei } from "../shell/gas_amount.ts";
import { configOf } from "../home/load_config.ts";
import { alignedText, type Row } from "../shell/output.ts";
import { readStore, storeIsThere } from "../home/read_store.ts";

const MAX_ROWS = 10_000;

/** Prints them, also beside a daemon. */
export async function walletHistory(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const limit = options.integer("limit", { min: 1, max: MAX_ROWS }) ?? 20;
  const config = await configOf(invocation);
  const found = await storeIsThere(config) ? await transactionsOf() : [];
  const newest = found.toSorted((a, b) => b.createdAtMs - a.createdAtMs).slice(0, limit);
  const rows = newest.map(rowOf);
  await output.document(
    { transactions: rows },
    () => rows.length === 0 ? "No transactions" : tableOf(newest, config.profile),
    rows,
  );
  return 0;

  async function transactionsOf() {
    await using store = await readStore(config);
    return await store.listTransactions({ ended: true, limit: MAX_ROWS });
  }
}

function rowOf(row: TransactionRow): Row {
  const call = callOfText(row.call);
  const { units, wei, to } = amountsOf(call);
  return {
    time: new Date(row.createdAtMs).toISOString(),
    chain_id: row.chainId,
    what: call.call,
    amount_units: units,
    amount_wei: wei,
    to,
    channel: row.channelRef,
    state: row.state,
    fee_wei: row.feeWei,
    block: row.blockNumber,
    hash: row.hash,
    reason: row.reason,
  };
}

/** What a call moves, and to whom; null where it moves nothing. */
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

function tableOf(rows: readonly TransactionRow[], { asset, chain }: Profile): string {
  return alignedText([
    ["TIME", "CHAIN", "WHAT", "AMOUNT", "TO", "STATE", "FEE", "TX"],
    ...rows.map((row) => {
      const call = callOfText(row.call);
      const { units, wei, to } = amountsOf(call);
      // Another chain's token may have another scale.
      const isHere = row.chainId === chain.chainId;
      const amount = units !== null
        ? isHere ? formatUnits(units, asset) : `${units} units`
        : wei !== null
        ? `${decimalWei(wei)} ETH`
        : "-";
      return [
        `${new Date(row.createdAtMs).toISOString().slice(0, 19)}Z`,
        String(row.chainId),
        call.call,
        amount,
        to ?? row.channelRef ?? "-",
        row.state,
        row.feeWei === null ? "-" : `${decimalWei(row.feeWei)} ETH`,
        row.hash,
      ];
    }),
  ]);
}
