/** What a daemon is asked over its socket to move. */
import assert from "node:assert/strict";
import type { MoneyMover } from "../../../money/channels/money_mover.ts";
import {
  doMoneyWork,
  moneyRequest,
  type MoneyWork,
  movedOf,
  quoteOf,
} from "../../../money/channels/money_work.ts";
import { asAddress } from "../../../protocols/evm/address.ts";

const to = asAddress(`0x${"ab".repeat(20)}`);
const token = asAddress(`0x${"cd".repeat(20)}`);

/** Notes what it was asked. */
function noting() {
  const asked: unknown[] = [];
  const mover: MoneyMover = {
    move(call, passphrase) {
      asked.push({ move: call, passphrase });
      return Promise.resolve({ hash: "0x1", blockNumber: 7, feeWei: 9n });
    },
    price(call) {
      asked.push({ price: call });
      const fees = { maxFeePerGasWei: 1n, maxPriorityFeePerGasWei: 1n };
      return Promise.resolve({ gasLimit: 21_000n, maxFeeWei: 5n, ...fees });
    },
  };
  return { asked, mover };
}

const overTheSocket = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (_, v) => typeof v === "bigint" ? String(v) : v));

Deno.test("doMoneyWork() moves and prices what moneyRequest() asks, through JSON", async () => {
  const calls: readonly MoneyWork["call"][] = [
    { call: "transfer", token, to, amountRaw: 2n ** 70n },
    { call: "faucet", token, to, amountRaw: 1n },
    { call: "send", to, valueWei: 10n ** 18n },
  ];
  for (const call of calls) {
    const { asked, mover } = noting();
    const move = moneyRequest({ call, dryRun: false, passphrase: "a passphrase" });
    const moved = movedOf(overTheSocket(await doMoneyWork(mover, overTheSocket(move))));
    assert.deepEqual(moved, { hash: "0x1", blockNumber: 7, feeWei: 9n });
    const price = moneyRequest({ call, dryRun: true, passphrase: null });
    const quote = quoteOf(overTheSocket(await doMoneyWork(mover, overTheSocket(price))));
    assert.deepEqual(quote, { gasLimit: 21_000n, maxFeeWei: 5n });
    assert.deepEqual(asked, [{ move: call, passphrase: "a passphrase" }, { price: call }]);
  }
});

const sound = { call: "transfer", to, token, amountRaw: "1", dryRun: false, passphrase: null };
const bad: readonly (readonly [string, unknown])[] = [
  ["nothing", null],
  ["another call", { ...sound, call: "cancel" }],
  ["a call of channels", { ...sound, call: "openChannel" }],
  ["a short address", { ...sound, to: "0x12" }],
  ["no token", { ...sound, token: undefined }],
  ["an amount below zero", { ...sound, amountRaw: "-1" }],
  ["an amount that is a number", { ...sound, amountRaw: 1 }],
  ["a passphrase that is none", { ...sound, passphrase: 7 }],
];
for (const [name, request] of bad) {
  Deno.test(`doMoneyWork() refuses ${name} and moves nothing`, async () => {
    const { asked, mover } = noting();
    await assert.rejects(doMoneyWork(mover, request), { code: "bad_request" });
    assert.deepEqual(asked, []);
  });
}
