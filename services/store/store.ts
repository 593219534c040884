/**
 * What a store promises: working state, one writer, durable before `commit` resolves. SQLite is behind it (sqlite_store.ts);
 * stages and services see only this, in process or over a port, so every value survives a structured clone.
 *
 * @module
 */

/** Where a job stands. REQUIREMENTS "contract of the commands". */
export type JobStatus =
  | "created"
  | "posted"
  | "quoted"
  | "paid"
  | "processing"
  | "partial"
  | "success"
  | "error"
  | "refused"
  | "timeout"
  | "cancelled"
  | "unknown";

/** A job as either side of the market keeps it. */
export interface JobRow {
  /** `job-` and the first 7 hex digits of the event id, longer on a collision. */
  readonly jobId: string;
  /** Whose row it is: the buyer that posted it or the provider that runs it. */
  readonly role: "buyer" | "provider";
  /** Id of the request event. Unique together with `role`. */
  readonly eventId: string;
  readonly kind: number;
  /** `echo`, `ci-run`... */
  readonly type: string;
  readonly status: JobStatus;
  /** x-only public keys in hex. */
  readonly buyer: string;
  readonly provider: string | null;
  readonly callbackSkill: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly timeoutS: number;
  /** What the provider is paid, in base units, and whether that packet was fulfilled. */
  readonly amountUnits: bigint;
  readonly jobPaid: boolean;
  /** What relay writes of this job cost so far, fulfilled only. */
  readonly writeUnits: bigint;
  /** The request as it is on the wire, byte for byte (buyer: unsigned JSON until signed). */
  readonly request: Uint8Array;
  readonly resultEventId: string | null;
  /** The result event's raw bytes, as received (buyer) or published (provider). */
  readonly result: Uint8Array | null;
  /** Exit code of the run where the kind has one. */
  readonly exitCode: number | null;
  /** Code and words of what went wrong, for status error, refused, timeout, unknown. */
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** Starts of the skill, beginning with 1: a skill killed mid-run starts again with a higher attempt. */
  readonly attempt: number;
}

/** Something to publish or pay, in order of `outboxId`; drained by jobSource. */
export interface OutboxRow {
  readonly outboxId: number;
  /** The job it belongs to, or null (announcements). */
  readonly jobId: string | null;
  /** `write`: a relay write priced by size. `job`: the payment of a provider, data is the signed request. */
  readonly purpose: "write" | "job";
  /** JSON of an UnsignedEvent, or of a whole signed event. */
  readonly event: Uint8Array;
  /** ILP address of the terminal and its public key (for the condition). */
  readonly destination: string;
  readonly terminalPubkey: string;
  /** For `job`: the price in base units. Null for writes: bytes times price. */
  readonly amountUnits: bigint | null;
  readonly state: "pending" | "done" | "failed";
  readonly detail: string | null;
  readonly createdAtMs: number;
}

/** The payer's side of a channel (MONEY 1). `held` is the sum of open rows and is not stored. */
export interface PayerChannelRow {
  readonly channelId: string;
  readonly peer: string;
  readonly signed: bigint;
  readonly nonce: number;
  readonly spent: bigint;
  readonly forfeit: bigint;
}

/** The payer's row of one packet (MONEY 1, P1-P4). */
export interface OutgoingPacketRow {
  readonly channelId: string;
  readonly nonce: number;
  readonly cumulative: bigint;
  readonly amount: bigint;
  /** The claim's and the PREPARE's bytes as sent: resent byte for byte. */
  readonly claim: Uint8Array;
  readonly prepare: Uint8Array;
  readonly condition: Uint8Array;
  /** What is being paid for: `write:<event id>` or `job:<quote or event id>`; a connector uses `forward:<channel>:<nonce>`. */
  readonly obligation: string;
  readonly state: "open" | "fulfilled" | "refused";
  readonly expiresAtMs: number;
  readonly createdAtMs: number;
  /** The row at the previous hop that this one forwards; null for an endpoint. */
  readonly incoming: { readonly channelId: string; readonly nonce: number } | null;
  /** The answer's ILP packet bytes once known. */
  readonly answer: Uint8Array | null;
}

/** The receiver's side of a channel (MONEY 1). */
export interface ReceiverChannelRow {
  readonly channelId: string;
  readonly peer: string;
  readonly credited: bigint;
  readonly watermark: number;
  readonly bestClaim: Uint8Array | null;
  readonly spent: bigint;
}

/** The receiver's row of one packet (MONEY 1, Q1-Q5). */
export interface IncomingPacketRow {
  readonly channelId: string;
  readonly nonce: number;
  /** SHA-256 of claim bytes and PREPARE bytes. */
  readonly hash: Uint8Array;
  readonly amount: bigint;
  readonly prepare: Uint8Array;
  readonly obligation: string | null;
  readonly state: "held" | "fulfilled" | "refused";
  /** ILP answer packet; null while held. */
  readonly answer: Uint8Array | null;
  /** The own next-hop row it was forwarded into. */
  readonly next: { readonly channelId: string; readonly nonce: number } | null;
  readonly receivedAtMs: number;
}

/** One atomic piece of a commit. `expect: "absent"` makes the whole commit fail with StoreConflict when the row exists. */
export type Change =
  | { readonly op: "putJob"; readonly row: JobRow; readonly expect?: "absent" | "present" }
  | {
    readonly op: "patchJob";
    readonly jobId: string;
    readonly role: JobRow["role"];
    readonly patch: Partial<JobRow>;
  }
  | { readonly op: "addOutbox"; readonly row: Omit<OutboxRow, "outboxId" | "state" | "detail"> }
  | {
    readonly op: "settleOutbox";
    readonly outboxId: number;
    readonly state: "done" | "failed";
    readonly detail: string | null;
  }
  | { readonly op: "putPayerChannel"; readonly row: PayerChannelRow }
  | { readonly op: "putReceiverChannel"; readonly row: ReceiverChannelRow }
  | {
    readonly op: "putOutgoing";
    readonly row: OutgoingPacketRow;
    readonly expect?: "absent" | "open";
  }
  | {
    readonly op: "putIncoming";
    readonly row: IncomingPacketRow;
    readonly expect?: "absent" | "held";
  }
  /** Seen event ids with what became of them; putting one again is no error and changes nothing. */
  | {
    readonly op: "markSeen";
    readonly eventId: string;
    readonly outcome: string;
    readonly atMs: number;
  }
  | { readonly op: "setCursor"; readonly name: string; readonly value: string }
  | {
    readonly op: "putSnapshot";
    readonly name: string;
    readonly counter: number;
    readonly sealed: Uint8Array;
  }
  /** A poisoned or refused document kept for a person to look at. */
  | {
    readonly op: "quarantine";
    readonly bytes: Uint8Array;
    readonly reason: string;
    readonly atMs: number;
  };

/** Which jobs a list shows; newest first. */
export interface JobFilter {
  readonly role?: JobRow["role"];
  readonly status?: readonly JobStatus[];
  readonly callbackSkill?: string;
  readonly limit?: number;
}

/** Totals that commands show; asked, never computed by a demo. */
export interface StoreTotals {
  readonly jobs: Readonly<Record<string, number>>;
  /** Sum of fulfilled amounts, as payer and as receiver. */
  readonly spentUnits: bigint;
  readonly earnedUnits: bigint;
  readonly openOutgoing: number;
  readonly heldIncoming: number;
  readonly quarantined: number;
}

/** The store. Every read sees every commit that resolved before it was asked. */
export interface Store {
  /** All changes or none; resolves once durable. Throws StoreError with code `conflict`, `invalid`, `full`, `closed`, `io`, `corrupt`. */
  commit(changes: readonly Change[]): Promise<void>;

  /** By full id, or by a unique prefix of job id or event id; null when unknown, StoreError `ambiguous` when not unique. */
  getJob(idOrPrefix: string, role?: JobRow["role"]): Promise<JobRow | null>;
  getJobByEvent(eventId: string, role: JobRow["role"]): Promise<JobRow | null>;
  listJobs(filter: JobFilter): Promise<JobRow[]>;
  /** The shortest free `job-` id of this event (7 hex digits, more on a collision). */
  freeJobId(eventId: string): Promise<string>;

  /** Pending rows after `afterOutboxId`, in order, at most `limit`; waits up to `waitMs` for one. */
  pendingOutbox(afterOutboxId: number, limit: number, waitMs: number): Promise<OutboxRow[]>;
  /** Provider jobs that are paid (or free) and not finished, oldest first; waits up to `waitMs` for one not in `except`. */
  runnableJobs(except: readonly string[], limit: number, waitMs: number): Promise<JobRow[]>;
  /** Resolves when the job's row was changed after `sinceMs`, or after `waitMs`; gives the row. */
  watchJob(
    jobId: string,
    role: JobRow["role"],
    sinceMs: number,
    waitMs: number,
  ): Promise<JobRow | null>;

  payerChannel(channelId: string): Promise<PayerChannelRow | null>;
  receiverChannel(channelId: string): Promise<ReceiverChannelRow | null>;
  listPayerChannels(): Promise<PayerChannelRow[]>;
  listReceiverChannels(): Promise<ReceiverChannelRow[]>;
  openOutgoing(channelId: string): Promise<OutgoingPacketRow[]>;
  outgoing(channelId: string, nonce: number): Promise<OutgoingPacketRow | null>;
  /** Rows that pay for one obligation, oldest first. */
  outgoingByObligation(obligation: string): Promise<OutgoingPacketRow[]>;
  incoming(channelId: string, nonce: number): Promise<IncomingPacketRow | null>;
  heldIncoming(channelId?: string): Promise<IncomingPacketRow[]>;
  /** The fulfilled or held row that pays this obligation, if there is one. */
  incomingByObligation(obligation: string): Promise<IncomingPacketRow | null>;

  /** Which of these event ids were seen, with their outcome. */
  seen(eventIds: readonly string[]): Promise<Readonly<Record<string, string>>>;
  cursor(name: string): Promise<string | null>;
  snapshot(name: string): Promise<{ readonly counter: number; readonly sealed: Uint8Array } | null>;
  totals(): Promise<StoreTotals>;
  /** Flushes and closes; later calls throw StoreError `closed`. */
  close(): Promise<void>;
}

/** A store's refusal. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /**
   * A stable code. `conflict`: a guard or `expect` refused the commit. `ambiguous`: a prefix fits several jobs.
   * `full`: disk or queue. `closed`. `corrupt`: the file is damaged. `locked`: another process writes here.
   * `invalid`: a value or change that no caller should send. `io`: the disk failed, the store is stopped.
   * `version`: the file is of another version of the program.
   */
  readonly code:
    | "conflict"
    | "ambiguous"
    | "full"
    | "closed"
    | "corrupt"
    | "locked"
    | "invalid"
    | "io"
    | "version";
  /** Makes a refusal with its code; `message` says what, why and where. */
  constructor(code: StoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
