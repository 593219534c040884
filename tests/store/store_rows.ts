/** Rows for tests of stores: whole, plain, and easy to change. */
import type {
  ChannelRow,
  IncomingPacketRow,
  OutgoingPacketRow,
  PayerChannelRow,
  ReceiverChannelRow,
  TransactionRow,
} from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";

export const CHANNEL = `0x${"c".repeat(64)}`;
export const MAX_AMOUNT = 2n ** 64n - 1n;

export function eventIdOf(start: string): string {
  return start.padEnd(64, "0");
}

export function job(over: Partial<JobRow> = {}): JobRow {
  const eventId = over.eventId ?? eventIdOf("5abc123");
  return {
    jobId: `job-${eventId.slice(0, 7)}`,
    role: "buyer",
    eventId,
    kind: 5601,
    type: "ci-run",
    status: "created",
    buyer: "b".repeat(64),
    provider: null,
    callbackSkill: "ci-cd-callback",
    createdAtMs: 1_000,
    updatedAtMs: 1_000,
    timeoutS: 300,
    amountUnits: 8_750n,
    jobPaid: false,
    writeUnits: 0n,
    request: new Uint8Array([1, 2, 3]),
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
    ...over,
  };
}

export function payer(over: Partial<PayerChannelRow> = {}): PayerChannelRow {
  return {
    channelId: CHANNEL,
    peer: "0xpeer",
    signed: 0n,
    nonce: 0,
    spent: 0n,
    forfeit: 0n,
    ...over,
  };
}

export function receiver(over: Partial<ReceiverChannelRow> = {}): ReceiverChannelRow {
  return {
    channelId: CHANNEL,
    peer: "0xpeer",
    credited: 0n,
    watermark: 0,
    bestClaim: null,
    spent: 0n,
    ...over,
  };
}

export function outgoing(over: Partial<OutgoingPacketRow> = {}): OutgoingPacketRow {
  return {
    channelId: CHANNEL,
    nonce: 1,
    cumulative: 100n,
    amount: 100n,
    claim: new Uint8Array([1]),
    prepare: new Uint8Array([2]),
    condition: new Uint8Array(32),
    obligation: "write:a",
    state: "open",
    expiresAtMs: 60_000,
    createdAtMs: 1_000,
    incoming: null,
    answer: null,
    about: null,
    writtenOffAtMs: null,
    ...over,
  };
}

export function incoming(over: Partial<IncomingPacketRow> = {}): IncomingPacketRow {
  return {
    channelId: CHANNEL,
    nonce: 1,
    hash: new Uint8Array(32),
    amount: 100n,
    prepare: new Uint8Array([2]),
    obligation: "write:a",
    state: "held",
    answer: null,
    next: null,
    receivedAtMs: 1_000,
    ...over,
  };
}

export const hash = (digit: string): string => `0x${digit.repeat(64)}`;
export const address = (digit: string): string => `0x${digit.repeat(40)}`;

export function chainChannel(over: Partial<ChannelRow> = {}): ChannelRow {
  return {
    ref: hash("1"),
    chainId: 31_337,
    genesisHash: hash("0"),
    contract: address("c"),
    channelId: null,
    openedBlockHash: null,
    ownAddress: address("a"),
    peerAddress: address("b"),
    peerName: "connector",
    automatic: true,
    status: "opening",
    settlementTimeoutS: 86_400,
    wantedUnits: 50_000_000n,
    depositUnits: 0n,
    claimedUnits: 0n,
    autoDepositedUnits: 0n,
    autoDepositAtMs: null,
    autoDeposits: 0,
    claimedAtMs: null,
    createdAtMs: 1_000,
    openedAtMs: null,
    settleAtMs: null,
    halted: null,
    note: null,
    ...over,
  };
}

export function transaction(over: Partial<TransactionRow> = {}): TransactionRow {
  return {
    hash: hash("1"),
    chainId: 31_337,
    genesisHash: hash("0"),
    sender: address("a"),
    nonce: 0,
    channelRef: hash("1"),
    call: '{"call":"cancel"}',
    raw: "0x02f8",
    gasLimit: 21_000n,
    maxFeePerGasWei: 2n ** 70n,
    maxPriorityFeePerGasWei: 1n,
    state: "signed",
    blockNumber: null,
    blockHash: null,
    feeWei: null,
    openedChannelId: null,
    reason: null,
    createdAtMs: 1_000,
    ...over,
  };
}
