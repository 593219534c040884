/** What a process that works on a home is asked over its socket to move. */
import assert from "node:assert/strict";
import type { MoneyCall } from "../../../money/channels/money_mover.ts";
import { moneyCallOf } from "../../../money/channels/money_work.ts";
import { asAddress } from "../../../protocols/evm/address.ts";

const to = asAddress(`0x${"ab".repeat(20)}`);
const token = asAddress(`0x${"cd".repeat(20)}`);

Deno.test("moneyCallOf() returns each call unchanged, without other fields", () => {
  const calls: readonly MoneyCall[] = [
    { call: "transfer", token, to, amountRaw: 2n ** 70n },
    { call: "faucet", token, to, amountRaw: 1n },
    { call: "send", to, valueWei: 10n ** 18n },
  ];
  for (const call of calls) assert.deepEqual(moneyCallOf({ ...call, more: 1 }), call);
});

const sound = { call: "transfer", to, token, amountRaw: 1n };
const bad: readonly (readonly [string, unknown])[] = [
  ["nothing", null],
  ["another call", { ...sound, call: "cancel" }],
  ["a call of channels", { ...sound, call: "openChannel" }],
  ["a short address", { ...sound, to: "0x12" }],
  ["no token", { ...sound, token: undefined }],
  ["an amount below zero", { ...sound, amountRaw: -1n }],
  ["an amount that no contract can hold", { ...sound, amountRaw: 2n ** 256n }],
  ["an amount that is a number", { ...sound, amountRaw: 1 }],
  ["an amount in digits", { ...sound, amountRaw: "1" }],
];
for (const [name, request] of bad) {
  Deno.test(`moneyCallOf() refuses ${name}`, () => {
    assert.throws(() => moneyCallOf(request), { code: "bad_request" });
  });
}
