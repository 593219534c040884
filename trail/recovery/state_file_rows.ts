/**
 * Rows of a store from the files of its repository: `channels/<channel>.toml` and `jobs/<2 hex>/<job>.toml`. A file is as foreign as any
 * input: the store checks every value once more when the row is put.
 *
 * @module
 */
import { parse } from "smol-toml";
import type { ChannelRow, PayerChannelRow, ReceiverChannelRow } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { JournalData } from "../../store/journal_row.ts";
import { CHANNELS } from "../../store/chain_tables.ts";
import { JOBS } from "../../store/job_tables.ts";
import { PAYER_CHANNELS, RECEIVER_CHANNELS } from "../../store/packet_tables.ts";

/** What a channel's file tells. */
export interface ChannelFile {
  /** As the chain knows it, without what only the store had. */
  readonly row: ChannelRow;
  /** Our side; null where we never signed on it. */
  readonly payer: PayerChannelRow | null;
  /** The other side's; null where we were never paid through it. */
  readonly receiver: ReceiverChannelRow | null;
}

/** Names in the file of what an entry's data calls otherwise, and what data does not have. */
const OF_THE_FILE = new Set([
  "channel_id",
  "balance_m2m",
  "settlement_chain",
  "settlement_address",
  "connector_btp",
  "relay_url",
]);

/** The flat values of a file. Throws where it is no such file. */
export function readStateFile(text: string): JournalData {
  const table: Record<string, string | number | boolean | null> = {};
  for (const [key, value] of Object.entries(parse(text))) {
    if (!["string", "number", "boolean"].includes(typeof value)) {
      throw new TypeError(`${key.slice(0, 40)} is no plain value`);
    }
    table[key] = value as string | number | boolean;
  }
  return table;
}

/** The data of the entry that wrote a channel's file. */
export function dataOfChannelFile(file: JournalData): JournalData {
  const data = Object.fromEntries(Object.entries(file).filter(([key]) => !OF_THE_FILE.has(key)));
  return { ...data, peer_address: file.settlement_address ?? null };
}

/**
 * A channel's rows; null while it was opening: its transaction was in the store alone, and the chain tells what became of it.
 *
 * @throws where something that a channel needs is not there
 */
export function channelOfFile(file: JournalData): ChannelFile | null {
  const data = dataOfChannelFile(file);
  const { onchain_id: channelId = null, peer_address: peer = null } = data;
  if (channelId === null) return null;
  if (typeof channelId !== "string") throw new TypeError("onchain_id is malformed");
  if (typeof peer !== "string") throw new TypeError("settlement_address is missing or malformed");
  const told = { ...data, peer: data.peer ?? peer, wanted_units: data.deposit_units ?? null };
  return {
    row: CHANNELS.untell(told, DAY_BEGINS),
    payer: file.signed_units === undefined
      ? null
      : PAYER_CHANNELS.untell(data, { channelId, peer }),
    // The other side's best claim was in the store alone: its next one is worth all before it.
    receiver: file.credited_units === undefined
      ? null
      : RECEIVER_CHANNELS.untell(data, { channelId, peer }),
  };
}

/** Only the store had what was deposited by itself: the day's limit begins anew. */
const DAY_BEGINS = { autoDepositedUnits: 0n, autoDeposits: 0 };

/** What is known of a job's money from the journal. */
interface JobMoney {
  readonly jobPaid: boolean;
  readonly writeUnits: bigint;
}

/** A job's row; `changedAtMs` is when its status changed last, where that is known. One that was not over is `unknown` for a buyer, and lost for a provider, whose request was in the store alone. */
export function jobOfFile(
  file: JournalData,
  money: JobMoney,
  nowMs: number,
  changedAtMs: number | null,
): JobRow {
  const { jobPaid, writeUnits } = money;
  const row = JOBS.untell(file, {
    jobPaid,
    writeUnits,
    updatedAtMs: nowMs,
    request: new Uint8Array(),
    attempt: 0,
  });
  const { createdAtMs } = row;
  if (!isEnded(row.status)) {
    return { ...row, updatedAtMs: Math.max(nowMs, createdAtMs), ...LOST[row.role] };
  }
  return { ...row, updatedAtMs: Math.max(changedAtMs ?? nowMs, createdAtMs) };
}

/** How a job that was not over is put back. */
const LOST: Readonly<
  Record<JobRow["role"], Pick<JobRow, "status" | "errorCode" | "errorMessage">>
> = {
  buyer: {
    status: "unknown",
    errorCode: "state_lost",
    errorMessage: "the store was lost while the job was running: a result is still accepted",
  },
  provider: {
    status: "error",
    errorCode: "state_lost",
    errorMessage: "the request was lost with the store",
  },
};
