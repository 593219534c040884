import assert from "node:assert/strict";
import fc from "fast-check";
import { type Hex, keccak256 as viemKeccak, parseTransaction, toRlp } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type Address, asAddress } from "../../../protocols/evm/address.ts";
import { CALL_SIGNATURES, encodeCall } from "../../../protocols/evm/call_data.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { ChainCall, TransactionFields } from "../../../protocols/evm/contract_call.ts";
import { keccak256, toHex } from "../../../protocols/evm/keccak.ts";
import { encodeRlp, rlpInteger, type RlpItem } from "../../../protocols/evm/rlp.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { encodeTransaction, transactionDigest } from "../../../protocols/evm/transaction.ts";
import { anyCall, viemCall } from "./any_call.ts";

const secp = await loadSecp256k1();
const secret = new Uint8Array(32).fill(0x42);
const account = privateKeyToAccount(toHex(secret) as Hex);
const from = asAddress(account.address);
const token = asAddress(`0x${"22".repeat(20)}`);
const tokenNetwork = asAddress(`0x${"33".repeat(20)}`);
const channelId = asChannelId(`0x${"ab".repeat(32)}`);

const published: Readonly<Record<string, string>> = {
  openChannel: "0x24f453d1",
  setTotalDeposit: "0x36bcdb80",
  claimFromChannel: "0xd246d85a",
  closeChannel: "0x4c2ee09d",
  settleChannel: "0xfd3d3199",
  forceCloseExpiredChannel: "0x2e9637e0",
  approve: "0x095ea7b3",
  transfer: "0xa9059cbb",
};
for (const [call, selector] of Object.entries(published)) {
  Deno.test(`CALL_SIGNATURES of ${call} gives the published selector ${selector}`, () => {
    const signature = CALL_SIGNATURES[call as keyof typeof CALL_SIGNATURES];
    const hash = keccak256(new TextEncoder().encode(signature));
    assert.equal(toHex(hash.subarray(0, 4)), selector);
  });
}

Deno.test("encodeCall() gives receiver, value and data as viem does from the contracts' interfaces", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyCall, (call) => {
      seen.add(call.call);
      const { to, valueWei, data } = encodeCall(call, from);
      const theirs = viemCall(call, from);
      assert.equal(to, theirs.to);
      assert.equal(valueWei, theirs.value);
      assert.equal(toHex(data), theirs.data);
    }),
    { numRuns: 400 },
  );
  assert.deepEqual([...seen].sort(), [...Object.keys(CALL_SIGNATURES), "cancel", "send"].sort());
});

const anyFields = fc.record({
  chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  nonce: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.maxSafeNat()),
  gasLimit: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  maxPriorityFeePerGasWei: fc.bigInt({ min: 0n, max: 2n ** 40n }),
  over: fc.bigInt({ min: 0n, max: 2n ** 80n }),
  call: anyCall,
}).map(({ over, ...fields }): TransactionFields => ({
  ...fields,
  maxFeePerGasWei: fields.maxPriorityFeePerGasWei + over,
}));

Deno.test("encodeTransaction() gives the bytes and the hash that viem's account signs", async () => {
  await fc.assert(
    fc.asyncProperty(anyFields, async (fields) => {
      const signature = secp.sign(transactionDigest(fields, from), secret);
      const { raw, hash } = encodeTransaction(fields, from, signature);
      const { to, value, data } = viemCall(fields.call, from);
      const theirs = await account.signTransaction({
        type: "eip1559",
        chainId: fields.chainId,
        nonce: fields.nonce,
        gas: fields.gasLimit,
        maxFeePerGas: fields.maxFeePerGasWei,
        maxPriorityFeePerGas: fields.maxPriorityFeePerGasWei,
        to,
        value,
        data,
      });
      assert.equal(raw, theirs);
      assert.equal(hash, viemKeccak(theirs));
      assert.equal(parseTransaction(raw as Hex).chainId, fields.chainId);
    }),
    { numRuns: 150 },
  );
});

Deno.test("encodeRlp() writes what viem writes, at every border of its lengths", () => {
  const item: fc.Arbitrary<RlpItem> = fc.letrec<{ item: RlpItem }>((tie) => ({
    item: fc.oneof(
      { depthSize: "small" },
      fc.uint8Array({ maxLength: 70 }),
      fc.array(tie("item"), { maxLength: 4 }),
    ),
  })).item;
  const same = (value: RlpItem) =>
    assert.equal(toHex(encodeRlp(value)), toRlp(value as never, "hex"));
  fc.assert(fc.property(item, same));
  for (const length of [0, 1, 55, 56, 57, 255, 256, 65_535, 65_536]) {
    same(new Uint8Array(length).fill(0x7f));
    same([new Uint8Array(length).fill(0x80)]);
  }
  same(Uint8Array.of(0x7f));
  same(Uint8Array.of(0x80));
  same(Uint8Array.of(0));
});

Deno.test("rlpInteger() has no leading zeros, nothing for zero, and no negative numbers", () => {
  for (const [value, hex] of [[0n, ""], [1n, "01"], [255n, "ff"], [256n, "0100"]] as const) {
    assert.equal(rlpInteger(value).toHex(), hex);
  }
  assert.throws(() => rlpInteger(-1n), RangeError);
});

const transfer = { call: "transfer", token, to: from, amountRaw: 1n } as const;
const claim = {
  call: "claimFromChannel",
  tokenNetwork,
  channelId,
  nonce: 1,
  transferredAmountRaw: 1n,
  signature: `0x${"11".repeat(64)}1b`,
} as const;
const wrongCalls: readonly [string, unknown][] = [
  ["an unknown call", { call: "mint", token, to: from, amountRaw: 1n }],
  ["a name of Object.prototype", { call: "toString" }],
  ["no call", {}],
  ["a number as amount", { ...transfer, amountRaw: 1 }],
  ["text as amount", { ...transfer, amountRaw: "1" }],
  ["a negative amount", { ...transfer, amountRaw: -1n }],
  ["an amount of 257 bits", { ...transfer, amountRaw: 2n ** 256n }],
  ["a short address", { ...transfer, to: "0x12" }],
  ["an address with a wrong checksum", {
    ...transfer,
    to: "0x5fbDB2315678afecb367f032d93F642f64180aa3",
  }],
  ["a channel id of 31 bytes", {
    call: "closeChannel",
    tokenNetwork,
    channelId: `0x${"ab".repeat(31)}`,
  }],
  ["a nonce that rounds", { ...claim, nonce: 2 ** 53 }],
  ["a fraction as nonce", { ...claim, nonce: 0.5 }],
  ["a signature of 64 bytes", { ...claim, signature: `0x${"11".repeat(64)}` }],
  ["a high s", { ...claim, signature: `0x${"11".repeat(32)}${"ff".repeat(32)}1b` }],
  ["v of 29", { ...claim, signature: `0x${"11".repeat(64)}1d` }],
  ["a timeout that is no whole number", {
    call: "openChannel",
    tokenNetwork,
    participant2: from,
    settlementTimeoutS: 1.5,
  }],
];
for (const [name, call] of wrongCalls) {
  Deno.test(`encodeCall() refuses ${name}`, () => {
    assert.throws(() => encodeCall(call as ChainCall, from), (error: Error) => {
      assert.match(error.name, /^(HexError|AddressError|SignatureError)$/);
      return true;
    });
  });
}

const good: TransactionFields = {
  chainId: 1,
  nonce: 0,
  gasLimit: 21_000n,
  maxFeePerGasWei: 2n,
  maxPriorityFeePerGasWei: 1n,
  call: { call: "cancel" },
};
const wrongFields: readonly [string, Record<string, unknown>][] = [
  ["chain 0", { chainId: 0 }],
  ["a nonce below zero", { nonce: -1 }],
  ["a nonce of text", { nonce: "0" }],
  ["gas of 65 bits", { gasLimit: 2n ** 64n }],
  ["gas as a number", { gasLimit: 21_000 }],
  ["a tip above the fee", { maxPriorityFeePerGasWei: 3n }],
  ["a fee of 129 bits", { maxFeePerGasWei: 2n ** 128n }],
];
for (const [name, change] of wrongFields) {
  Deno.test(`transactionDigest() refuses ${name}`, () => {
    assert.throws(() => transactionDigest({ ...good, ...change } as TransactionFields, from), {
      name: "HexError",
    });
  });
}

Deno.test("encodeTransaction() encodes a cancel as an empty transaction to the account itself", () => {
  const signature = secp.sign(transactionDigest(good, from), secret);
  const parsed = parseTransaction(encodeTransaction(good, from, signature).raw as Hex);
  assert.equal(parsed.to as Address, from);
  assert.equal(parsed.value ?? 0n, 0n);
  assert.equal(parsed.data, undefined);
});

Deno.test("encodeCall() takes a nonce and a timeout of 0", () => {
  const address = asAddress(`0x${"11".repeat(20)}`);
  const word = (at: number, call: ChainCall) => encodeCall(call, address).data.slice(4 + 32 * at);
  const open = { call: "openChannel", tokenNetwork: address, participant2: address } as const;
  assert.deepEqual(word(1, { ...open, settlementTimeoutS: 0 }), new Uint8Array(32));
  assert.throws(() => encodeCall({ ...open, settlementTimeoutS: -1 }, address), {
    name: "HexError",
    message: /settlementTimeoutS must be a safe integer of 0 or more/,
  });
});
