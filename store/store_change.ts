/**
 * The changes of a commit: every way in which a store's rows change.
 *
 * @module
 */
import type { QuarantineChange } from "./quarantine_row.ts";
import type { RecordAnswer } from "./answer_row.ts";
import type { CallbackChange } from "./callback_row.ts";
import type { ChannelRow, TransactionRow } from "./chain_row.ts";
import type { SequenceChange } from "./sequence_row.ts";
import type {
  PassJobOn,
  PaymentAnswered,
  PlanFailover,
  QuoteSuccessor,
  ReplaceSilent,
} from "./job_attempt_row.ts";
import type { ClaimJobKey } from "./job_key_row.ts";
import type { AddJobLog } from "./job_log_row.ts";
import type { AddJobUsage } from "./job_usage_row.ts";
import type { InvoiceChange } from "./invoice_row.ts";
import type { MeterChange } from "./meter_row.ts";
import type { PayQuote, PutQuote } from "./quote_row.ts";
import type { PutRequirements } from "./job_requirement_row.ts";
import type { PutJudgement } from "./judgement_row.ts";
import type { DenyResult, PutResultSchemas } from "./result_schema_row.ts";
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
import type { Pause } from "./pause_row.ts";
import type { UndeliveredChange } from "./undelivered_row.ts";
import type { AcceptAnswers, JoinVerification, PutVerification } from "./verification_row.ts";

/** One change of a commit. With `expect: "absent"` the whole commit fails with StoreError `conflict` if the row exists. */
export type Change =
  | { readonly op: "putJob"; readonly row: JobRow; readonly expect?: "absent" | "present" }
  | {
    readonly op: "patchJob";
    readonly jobId: string;
    readonly role: JobRow["role"];
    readonly patch: Partial<JobRow>;
    /** `conflict` if the job's `updatedAtMs` is another. */
    readonly unchangedSinceMs?: number;
  }
  | ClaimJobKey
  | PutQuote
  | PayQuote
  | PutVerification
  | JoinVerification
  | AcceptAnswers
  | PutJudgement
  | PutResultSchemas
  | PutRequirements
  | DenyResult
  | PutSealed
  | SettleSealed
  | MeterChange
  | InvoiceChange
  | PlanFailover
  | PassJobOn
  | ReplaceSilent
  | PaymentAnswered
  | UndeliveredChange
  | QuoteSuccessor
  | CancelJob
  | { readonly op: "addOutbox"; readonly row: Omit<OutboxRow, "outboxId" | "state" | "detail"> }
  | {
    readonly op: "settleOutbox";
    readonly outboxId: number;
    readonly state: "done" | "failed";
    readonly detail: string | null;
    /** Set if the payment is given up and nothing of it was booked on its job. Its later outcome is then booked there. */
    readonly late?: LatePacket;
  }
  | { readonly op: "putPayerChannel"; readonly row: PayerChannelRow }
  | { readonly op: "putReceiverChannel"; readonly row: ReceiverChannelRow }
  | {
    readonly op: "putOutgoing";
    readonly row: OutgoingPacketRow;
    readonly expect?: "absent" | "open";
    /** The refusal cost its amount (P3). */
    readonly forfeit?: boolean;
  }
  | {
    readonly op: "putIncoming";
    readonly row: IncomingPacketRow;
    readonly expect?: "absent" | "held";
  }
  /** The sender of a forwarded packet was told that it is lost, while the next hop may still answer. Once for each packet. */
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
  /** Marks an event id as seen, with its outcome. Marking it again changes nothing. */
  | {
    readonly op: "markSeen";
    readonly eventId: string;
    readonly outcome: string;
    readonly atMs: number;
  }
  | RecordAnswer
  | Pause
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
  /** A journal entry that does not come from a row. Every other entry is made by the change that it describes. */
  | { readonly op: "journal"; readonly entry: NotedEntry }
  /** A checkpoint; refused unless its journal entry has this hash. */
  | { readonly op: "putCheckpoint"; readonly row: CheckpointRow };
