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
  const get = reader(file);
  const channelId = get.textOrNull("onchain_id");
  if (channelId === null) return null;
  const peerAddress = get.text("settlement_address");
  const row: ChannelRow = {
    ref: get.text("ref"),
    chainId: get.number("chain_id"),
    genesisHash: get.text("genesis_hash"),
    contract: get.text("contract"),
    channelId,
    openedBlockHash: get.textOrNull("opened_block_hash"),
    ownAddress: get.text("own_address"),
    peerAddress,
    peerName: get.textOrNull("peer") ?? peerAddress,
    automatic: file.automatic === true,
    status: get.text("status") as ChannelRow["status"],
    settlementTimeoutS: get.number("settlement_timeout_s"),
    wantedUnits: get.units("deposit_units"),
    depositUnits: get.units("deposit_units"),
    claimedUnits: get.units("claimed_units"),
    // Only the store had them: the day's limit begins anew.
    autoDepositedUnits: 0n,
    autoDepositAtMs: null,
    autoDeposits: 0,
    claimedAtMs: get.timeOrNull("claimed_at"),
    createdAtMs: get.timeOrNull("created_at") ?? 0,
    openedAtMs: get.timeOrNull("opened_at"),
    settleAtMs: get.timeOrNull("settle_at"),
    halted: get.textOrNull("halted"),
    note: null,
  };
  const payer = file.signed_units === undefined ? null : {
    channelId,
    peer: peerAddress,
    signed: get.units("signed_units"),
    nonce: get.number("nonce"),
    spent: get.units("spent_units"),
    forfeit: get.units("forfeit_units"),
  };
  const receiver = file.credited_units === undefined ? null : {
    channelId,
    peer: peerAddress,
    credited: get.units("credited_units"),
    watermark: get.number("watermark"),
    // Only the store had it: the other side's next claim is worth all before it.
    bestClaim: null,
    spent: get.units("earned_units"),
  };
  return { row, payer, receiver };
}

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
  const get = reader(file);
  const role = get.text("role") as JobRow["role"];
  const status = get.text("status") as JobRow["status"];
  const ended = isEnded(status);
  const lost: Pick<JobRow, "status" | "errorCode" | "errorMessage"> = role === "buyer"
    ? {
      status: "unknown",
      errorCode: "state_lost",
      errorMessage: "the store was lost while the job was under way: a result is still taken in",
    }
    : {
      status: "error",
      errorCode: "state_lost",
      errorMessage: "the request was lost with the store",
    };
  const createdAtMs = get.timeOrNull("created_at") ?? 0;
  return {
    jobId: get.text("job_id"),
    role,
    eventId: get.text("event_id"),
    kind: get.number("kind"),
    type: get.text("type"),
    buyer: get.text("buyer"),
    provider: get.textOrNull("provider"),
    callbackSkill: get.textOrNull("callback_skill"),
    createdAtMs,
    updatedAtMs: Math.max(ended && changedAtMs !== null ? changedAtMs : nowMs, createdAtMs),
    timeoutS: get.number("timeout_s"),
    amountUnits: get.units("amount_units"),
    ...money,
    request: new Uint8Array(),
    resultEventId: null,
    result: null,
    exitCode: null,
    attempt: 0,
    ...(ended ? { status, errorCode: null, errorMessage: null } : lost),
  };
}

function reader(file: JournalData) {
  const missing = (key: string) => new TypeError(`${key} is missing or malformed`);
  const textOrNull = (key: string): string | null => {
    const value = file[key] ?? null;
    if (value !== null && typeof value !== "string") throw missing(key);
    return value;
  };
  return {
    textOrNull,
    text(key: string): string {
      const value = textOrNull(key);
      if (value === null) throw missing(key);
      return value;
    },
    number(key: string): number {
      const value = file[key];
      if (typeof value !== "number") throw missing(key);
      return value;
    },
    units(key: string): bigint {
      const value = textOrNull(key);
      if (value === null || !/^\d{1,78}$/.test(value)) throw missing(key);
      return BigInt(value);
    },
    timeOrNull(key: string): number | null {
      const value = textOrNull(key);
      if (value === null) return null;
      const ms = Date.parse(value);
      if (Number.isNaN(ms)) throw missing(key);
      return ms;
    },
  };
}
