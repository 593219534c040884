/**
 * Makes rows of a store from the files of its repository: `channels/<channel>.toml` and `jobs/<2 hex>/<job>.toml`. A file is untrusted
 * input; the store checks every value again when the row is stored.
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

/** The rows of a channel's file. */
export interface ChannelFile {
  /** The channel's row, without what only the store had. */
  readonly row: ChannelRow;
  /** Our paying side; null if we never signed on it. */
  readonly payer: PayerChannelRow | null;
  /** The peer's paying side; null if we were never paid through it. */
  readonly receiver: ReceiverChannelRow | null;
}

/** Keys of the file that have another name in an entry's data, or are not in it. */
const OF_THE_FILE = new Set([
  "channel_id",
  "balance_m2m",
  "settlement_chain",
  "settlement_address",
  "connector_btp",
  "relay_url",
]);

/** The flat values of a file. Throws if it is no such file. */
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
 * A channel's rows; null while it was opening, because only the store had its transaction, and the chain has the outcome.
 *
 * @throws if a required value of the channel is missing
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
    // Only the store had the peer's best claim. The peer's next claim includes all earlier ones.
    receiver: file.credited_units === undefined
      ? null
      : RECEIVER_CHANNELS.untell(data, { channelId, peer }),
  };
}

/** Only the store knew the automatic deposits, so the day's limit starts again. */
const DAY_BEGINS = { autoDepositedUnits: 0n, autoDeposits: 0 };

/** What the journal says of a job's money. */
interface JobMoney {
  readonly jobPaid: boolean;
  readonly writeUnits: bigint;
}

/**
 * A job's row. `changedAtMs` is when its status changed last, if known. An unfinished job becomes `unknown` for a buyer. For a provider it is
 * lost, because only the store had its request.
 */
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

/** How an unfinished job is restored. */
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
