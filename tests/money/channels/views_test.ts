import assert from "node:assert/strict";
import { isLow, receiptOf, viewOf } from "../../../money/channels/views.ts";
import type {
  ChannelRow,
  PayerChannelRow,
  ReceiverChannelRow,
  TransactionRow,
} from "../../../store/store.ts";

const OWN = `0x${"1".repeat(40)}`;
const PEER = `0x${"2".repeat(40)}`;
const ID = `0x${"a".repeat(64)}`;

const ROW = {
  ref: ID,
  channelId: ID,
  ownAddress: OWN,
  peerAddress: PEER,
  peerName: "hub",
  status: "open",
  settlementTimeoutS: 86_400,
  depositUnits: 0n,
  claimedUnits: 0n,
  autoDepositedUnits: 0n,
  autoDepositAtMs: null,
  autoDeposits: 0,
  openedAtMs: 1,
  settleAtMs: null,
  halted: null,
  note: null,
} as unknown as ChannelRow;

const payer = (more: Partial<PayerChannelRow>): PayerChannelRow => ({
  channelId: ID,
  peer: "hub",
  signed: 0n,
  nonce: 0,
  spent: 0n,
  forfeit: 0n,
  ...more,
});

const receiver = (credited: bigint): ReceiverChannelRow =>
  ({ channelId: ID, peer: "hub", credited, watermark: 0, spent: 0n }) as ReceiverChannelRow;

const view = (more: Partial<Parameters<typeof viewOf>[0]> = {}) =>
  viewOf({
    row: ROW,
    facts: null,
    payer: null,
    receiver: null,
    lowBalancePercent: 10,
    nowMs: 2,
    ...more,
  });

Deno.test("viewOf() of a channel that nobody paid through and whose chain is away is all zeros", () => {
  const { payer, receiver, note } = view();
  assert.deepEqual(payer, {
    depositUnits: 0n,
    nonce: 0,
    signedUnits: 0n,
    spentUnits: 0n,
    claimedUnits: 0n,
    exposureUnits: 0n,
  });
  assert.deepEqual(receiver, {
    depositUnits: 0n,
    creditedUnits: 0n,
    claimedUnits: 0n,
    exposureUnits: 0n,
  });
  assert.equal(note, null);
});

Deno.test("viewOf() counts as at risk what was signed and not spent, and what was credited and not claimed, never below zero", () => {
  const risk = (signed: bigint, spent: bigint) =>
    view({ payer: payer({ signed, spent }) }).payer.exposureUnits;
  assert.deepEqual([risk(5n, 2n), risk(5n, 5n), risk(5n, 6n)], [3n, 0n, 0n]);
  const owed = (credited: bigint, claimedUnits: bigint) =>
    view({ receiver: receiver(credited), row: { ...ROW, claimedUnits } }).receiver.exposureUnits;
  assert.deepEqual([owed(5n, 2n), owed(5n, 5n), owed(5n, 6n)], [3n, 0n, 0n]);
});

Deno.test("viewOf() uses the chain's figures if it answers, and the higher of two claims", () => {
  const facts = {
    participants: [
      { address: OWN.toUpperCase().replace("0X", "0x"), depositUnits: 70n, claimedUnits: 7n },
      { address: PEER, depositUnits: 30n, claimedUnits: 4n },
    ],
  } as unknown as NonNullable<Parameters<typeof viewOf>[0]["facts"]>;
  const row = { ...ROW, depositUnits: 50n, claimedUnits: 3n };
  const found = view({ row, facts, receiver: receiver(9n) });
  assert.deepEqual([found.payer.depositUnits, found.payer.claimedUnits], [70n, 7n]);
  assert.deepEqual(found.receiver, {
    depositUnits: 30n,
    creditedUnits: 9n,
    claimedUnits: 4n,
    exposureUnits: 5n,
  });
  const higher = view({ row: { ...row, claimedUnits: 6n }, facts, receiver: receiver(9n) });
  assert.equal(higher.receiver.claimedUnits, 6n);
  assert.equal(view({ row }).payer.depositUnits, 50n);
});

Deno.test("receiptOf() has a fee of zero for a transaction that has not paid one yet", () => {
  const row = { call: JSON.stringify({ call: "settleChannel", args: {} }), hash: "0x1" };
  const rows = [{ ...row, feeWei: null }, { ...row, feeWei: 9n }] as unknown as TransactionRow[];
  const { transactions, elapsedMs } = receiptOf(view(), rows, 5);
  assert.deepEqual(transactions.map(({ feeWei }) => feeWei), [0n, 9n]);
  assert.equal(elapsedMs, 5);
});

Deno.test("isLow() is true below the percentage, not at it, and never for a channel without a deposit", () => {
  assert.equal(isLow(100n, 90n, 10), false);
  assert.equal(isLow(100n, 91n, 10), true);
  assert.equal(isLow(100n, 200n, 10), true);
  assert.equal(isLow(1n, 1n, 10), true);
  assert.equal(isLow(0n, 5n, 10), false);
  assert.equal(isLow(100n, 100n, 0), false);
});
