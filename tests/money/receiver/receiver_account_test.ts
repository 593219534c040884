import assert from "node:assert/strict";
import { ReceiverAccount } from "../../../money/receiver/receiver_account.ts";
import type { IncomingPacketRow } from "../../../store/store.ts";
import { receiver } from "../../store/store_rows.ts";

const rowOf = (nonce: number, prepareBytes: number): IncomingPacketRow => ({
  channelId: "c",
  nonce,
  hash: new Uint8Array(32).fill(nonce),
  amount: 1n,
  prepare: new Uint8Array(prepareBytes),
  obligation: null,
  state: "held",
  answer: null,
  next: null,
  receivedAtMs: 0,
});

const admitted = (account: ReceiverAccount, nonce: number, prepareBytes: number) =>
  account.admit(rowOf(nonce, prepareBytes), { nonce, cumulative: BigInt(nonce) });

Deno.test("ReceiverAccount remembers a settled packet by its hash and answer, without its PREPARE", () => {
  const account = new ReceiverAccount("c", "0x1", null, []);
  const packet = admitted(account, 1, 32_000);
  account.refuse(packet, new Uint8Array(9));
  assert.equal(packet.row.prepare.length, 32_000, "its commit has it still");
  account.settled(packet);
  const { prepare, answer, hash } = account.find(1)!.row;
  assert.deepEqual([prepare.length, answer?.length, hash[0]], [0, 9, 1]);
});

Deno.test("ReceiverAccount is full with 1,024 undecided packets, or with 32 MiB of them, until some are decided", () => {
  for (const [packets, bytes] of [[1_024, 9], [43, 786_432]]) {
    const account = new ReceiverAccount("c", "0x1", null, []);
    const first = admitted(account, 1, bytes);
    for (let nonce = 2; nonce < packets; nonce++) admitted(account, nonce, bytes);
    assert.equal(account.full, false);
    const last = admitted(account, packets, bytes);
    assert.equal(account.full, true);
    account.refuse(first, new Uint8Array(9));
    assert.equal(account.full, false);
    admitted(account, packets + 1, bytes);
    assert.equal(account.full, true);
    account.hold(last, "o");
    assert.equal(account.full, false);
    account.settle(last, "refused", new Uint8Array(9));
    assert.equal(account.full, false);
  }
});

Deno.test("ReceiverAccount.available() is what was credited without what was spent and what is held, within a limit", () => {
  const row = receiver({ channelId: "c", credited: 100n, spent: 30n });
  const held = [{ ...rowOf(1, 9), amount: 20n }];
  const account = new ReceiverAccount("c", "0x1", row, held);
  assert.equal(account.available(null), 50n);
  assert.equal(account.available(1_000n), 50n);
  assert.equal(account.available(60n), 10n);
  assert.equal(account.available(40n), -10n);
});
