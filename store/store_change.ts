/**
 * What a commit is made of: every way in which a store's rows change.
 *
 * @module
 */
import type { QuarantineChange } from "./quarantine_row.ts";
import type { RecordAnswer } from "./answer_row.ts";
import type { CallbackChange } from "./callback_row.ts";
import type { ChannelRow, TransactionRow } from "./chain_row.ts";
import type { SequenceChange } from "./sequence_row.ts";
import type { PassJobOn, PlanFailover } from "./job_attempt_row.ts";
import type { ClaimJobKey } from "./job_key_row.ts";
import type { AddJobLog } from "./job_log_row.ts";
import type { AddJobUsage } from "./job_usage_row.ts";
import type { MeterChange } from "./meter_row.ts";
import type { PutQuote } from "./quote_row.ts";
import type { PutSealed, SettleSealed } from "./sealed_row.ts";
import type { CancelJob, JobRow, OutboxRow } from "./job_row.ts";
import type {
  IncomingPacketRow,
  LatePacket,
  OutgoingPacketRow,
  PayerChannelRow,
  ReceiverChannelRow,
} from "./packet_row.ts";
import type { CheckpointRow, NotedEntry } from "./journal_row.ts";
import type { PutVerification } from "./verification_row.ts";

/** One atomic piece of a commit. `expect: "absent"` makes the whole commit fail with StoreConflict when the row exists. */
export type Change =
  | { readonly op: "putJob"; readonly row: JobRow; readonly expect?: "absent" | "present" }
  | {
    readonly op: "patchJob";
    readonly jobId: string;
    readonly role: JobRow["role"];
    readonly patch: Partial<JobRow>;
  }
  | ClaimJobKey
  | PutQuote
  | PutVerification
  | PutSealed
  | SettleSealed
  | MeterChange
  | PlanFailover
  | PassJobOn
  | CancelJob
  | { readonly op: "addOutbox"; readonly row: Omit<OutboxRow, "outboxId" | "state" | "detail"> }
  | {
    readonly op: "settleOutbox";
    readonly outboxId: number;
    readonly state: "done" | "failed";
    readonly detail: string | null;
    /** Of a payment that is given up and of which nothing was booked on its job: whatever it comes to is booked there. */
    readonly late?: LatePacket;
  }
  | { readonly op: "putPayerChannel"; readonly row: PayerChannelRow }
  | { readonly op: "putReceiverChannel"; readonly row: ReceiverChannelRow }
  | {
    readonly op: "putOutgoing";
    readonly row: OutgoingPacketRow;
    readonly expect?: "absent" | "open";
    /** A refusal that cost its amount (P3). */
    readonly forfeit?: boolean;
  }
  | {
    readonly op: "putIncoming";
    readonly row: IncomingPacketRow;
    readonly expect?: "absent" | "held";
  }
  /** A forwarded packet's sender was told that it is lost, while the next hop may still answer; once a packet. */
  | {
    readonly op: "writeOff";
    readonly channelId: string;
    readonly nonce: number;
    readonly atMs: number;
  }
  | {
    readonly op: "putChannel";
    readonly row: ChannelRow;
    readonly expect?: "absent" | "present";
  }
  | {
    readonly op: "putTransaction";
    readonly row: TransactionRow;
    readonly expect?: "absent" | "present";
  }
  /** Seen event ids with what became of them; putting one again is no error and changes nothing. */
  | {
    readonly op: "markSeen";
    readonly eventId: string;
    readonly outcome: string;
    readonly atMs: number;
  }
  | RecordAnswer
  | { readonly op: "setCursor"; readonly name: string; readonly value: string }
  | {
    readonly op: "putSnapshot";
    readonly name: string;
    readonly counter: number;
    readonly sealed: Uint8Array;
  }
  | QuarantineChange
  | SequenceChange
  | CallbackChange
  | AddJobLog
  | AddJobUsage
  /** A journal entry of what no row shows; every other entry is made by the change that it tells of. */
  | { readonly op: "journal"; readonly entry: NotedEntry }
  /** A signature over a place in the journal; refused unless that entry has this hash. */
  | { readonly op: "putCheckpoint"; readonly row: CheckpointRow };
