import assert from "node:assert/strict";
import { type Hex, parseTransaction, recoverTransactionAddress } from "viem";
import type { ChainCall, TransactionFields } from "../../../protocols/evm/contract_call.ts";
import { parseTransactionFields } from "../../../money/signer/transaction_fields.ts";
import { contract } from "./fixtures.ts";
import {
  addressOf,
  channelId,
  channels,
  close,
  deposit,
  makePayer,
  own,
  peer,
  recipient,
  send,
  token,
  tokenNetwork,
  transfer,
  tx,
} from "./transactions.ts";

const stranger = addressOf("99");

const allowed: readonly ChainCall[] = [
  { call: "approve", token, spender: tokenNetwork, amountRaw: 100n },
  { call: "openChannel", tokenNetwork, participant2: peer, settlementTimeoutS: 86_400 },
  deposit(100n),
  {
    call: "claimFromChannel",
    tokenNetwork,
    channelId,
    nonce: 3,
    transferredAmountRaw: 10n ** 18n,
    signature: `0x${"11".repeat(64)}1c`,
  },
  close,
  { call: "settleChannel", tokenNetwork, channelId },
  { call: "forceCloseExpiredChannel", tokenNetwork, channelId },
  { call: "collectOwed", tokenNetwork, participant: own },
  transfer,
  { call: "faucet", token, to: own, amountRaw: 10n ** 12n },
  send,
  { call: "send", to: own, valueWei: 1n },
  { call: "cancel" },
];

Deno.test("signTransaction() signs every call on the list, as its own account, in rising nonces", async () => {
  const signer = await makePayer();
  for (const [nonce, call] of allowed.entries()) {
    const signed = await signer.signTransaction(tx(call, nonce));
    const raw = signed.raw as `0x02${string}`;
    const sender = await recoverTransactionAddress({ serializedTransaction: raw });
    assert.equal(sender.toLowerCase(), own);
    assert.equal(signed.from, own);
    const parsed = parseTransaction(raw as Hex);
    assert.deepEqual([parsed.nonce ?? 0, parsed.chainId], [nonce, contract.chainId]);
    assert.equal(signed.snapshot.counter, nonce + 1);
  }
});

type Refused = readonly [string, Partial<TransactionFields> & { readonly call?: unknown }];

const notAllowed: readonly Refused[] = [
  ["another chain", { chainId: 1 }],
  ["another token network", { call: { ...close, tokenNetwork: stranger } as ChainCall }],
  ["the token as token network", { call: { ...close, tokenNetwork: token } as ChainCall }],
  ["a claim at a stranger's contract", {
    call: { ...allowed[3], tokenNetwork: stranger } as ChainCall,
  }],
  ["another token", { call: { ...transfer, token: stranger } as ChainCall }],
  ["the token network as token", { call: { ...transfer, token: tokenNetwork } as ChainCall }],
  ["a transfer to a stranger", { call: { ...transfer, to: stranger } as ChainCall }],
  ["a transfer to the token network", { call: { ...transfer, to: tokenNetwork } as ChainCall }],
  ["currency to a stranger", { call: { ...send, to: stranger } as ChainCall }],
  ["currency to the token", { call: { ...send, to: token } as ChainCall }],
  ["an approval for a stranger", { call: { ...allowed[0], spender: stranger } as ChainCall }],
  ["an approval for a recipient", { call: { ...allowed[0], spender: recipient } as ChainCall }],
  ["an approval for oneself", { call: { ...allowed[0], spender: own } as ChainCall }],
  ["a channel with a stranger", { call: { ...allowed[1], participant2: stranger } as ChainCall }],
  ["a channel with oneself", { call: { ...allowed[1], participant2: own } as ChainCall }],
  ["a deposit for somebody else", { call: { ...deposit(1n), participant: peer } as ChainCall }],
  ["collecting for somebody else", { call: { ...allowed[7], participant: peer } as ChainCall }],
  ["a faucet for a stranger", { call: { ...allowed[9], to: stranger } as ChainCall }],
  ["a call of another name", { call: { call: "transferFrom", token, to: own } as never }],
  ["a call named by Object.prototype", { call: { call: "constructor" } as never }],
  ["a selector instead of a call", { call: { call: "0xa9059cbb", data: "0x" } as never }],
];

for (const [name, changes] of notAllowed) {
  Deno.test(`signTransaction() refuses ${name}, and the ledger stands still`, async () => {
    const signer = await makePayer();
    const before = await signer.snapshot();
    await assert.rejects(signer.signTransaction(tx(close, 0, changes as never)), {
      name: "SignerError",
      code: "not_allowed",
    });
    assert.deepEqual(await signer.snapshot(), before);
  });
}

Deno.test("signTransaction() signs nothing for a contract whose token was not named", async () => {
  const signer = await makePayer({ allow: [contract] });
  for (const call of allowed.filter((call) => "token" in call)) {
    await assert.rejects(signer.signTransaction(tx(call)), { code: "not_allowed" });
  }
});

Deno.test("signTransaction() gives the same bytes for the same fields, and counts them once", async () => {
  const signer = await makePayer();
  const first = await signer.signTransaction(tx(deposit(90n)));
  for (let again = 0; again < 10; again++) {
    assert.deepEqual(await signer.signTransaction(tx(deposit(90n))), first);
  }
});

Deno.test("a policy takes 1,024 recipients and peers, and not one more", async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => `0x${(at + 1).toString(16).padStart(40, "0")}`);
  await makePayer({ parties: { recipients: many(1_024), peers: many(1_024) } });
  for (const parties of [{ recipients: many(1_025) }, { peers: many(1_025) }]) {
    await assert.rejects(async () => await makePayer({ parties }), { code: "bad_field" });
  }
});

const steps: readonly [string, readonly ChainCall[], ChainCall][] = [
  ["a deposit above the channel's ceiling", [], deposit(101n)],
  ["a deposit that reaches it in small steps", [deposit(60n), deposit(100n)], deposit(101n)],
  [
    "deposits that lock too much together",
    [deposit(100n, channels[0]), deposit(100n, channels[1])],
    deposit(51n, channels[2]),
  ],
  ["an approval above the deposit's ceiling", [], {
    call: "approve",
    token,
    spender: tokenNetwork,
    amountRaw: 101n,
  }],
  ["an approval of everything", [], {
    call: "approve",
    token,
    spender: tokenNetwork,
    amountRaw: 2n ** 256n - 1n,
  }],
  ["a transfer above the hour's ceiling", [], { ...transfer, amountRaw: 5_001n }],
  [
    "transfers that reach it in steps",
    [{ ...transfer, amountRaw: 3_000n }, { ...transfer, amountRaw: 2_000n }],
    { ...transfer, amountRaw: 1n },
  ],
  ["currency above the day's ceiling", [send, send], { ...send, valueWei: 1n }],
];

for (const [name, before, call] of steps) {
  Deno.test(`signTransaction() refuses ${name}`, async () => {
    const signer = await makePayer();
    for (const [nonce, step] of before.entries()) await signer.signTransaction(tx(step, nonce));
    await assert.rejects(signer.signTransaction(tx(call, before.length)), {
      name: "SignerError",
      code: "ceiling",
    });
  });
}

const huge: readonly [string, Partial<TransactionFields>][] = [
  ["a huge gas limit", { gasLimit: 2n ** 64n - 1n }],
  ["a huge fee", { maxFeePerGasWei: 2n ** 100n }],
  ["a little more than allowed", { gasLimit: 250_001n }],
];

for (const [name, changes] of huge) {
  Deno.test(`signTransaction() refuses ${name}`, async () => {
    const signer = await makePayer();
    await assert.rejects(signer.signTransaction(tx(close, 0, changes)), { code: "ceiling" });
  });
}

Deno.test("createKeySigner() continues from a snapshot: nonces, deposits, gas and what was sent", async () => {
  const before = await makePayer();
  await before.signTransaction(tx(deposit(100n, channels[0]), 0));
  await before.signTransaction(tx(deposit(100n, channels[1]), 1));
  await before.signTransaction(tx(send, 2));
  const { snapshot } = await before.signTransaction(tx(send, 3));
  const after = await makePayer({ snapshot });
  assert.deepEqual(await after.snapshot(), snapshot);
  for (const call of [deposit(51n, channels[2]), { ...send, valueWei: 1n } as const]) {
    await assert.rejects(after.signTransaction(tx(call, 4)), { code: "ceiling" });
  }
  await assert.rejects(after.signTransaction(tx(close, 3)), { code: "nonce" });
});

Deno.test("signTransaction() reads each field once: what is checked is what is signed", async () => {
  const signer = await makePayer();
  const shifting = <T extends object>(target: T, later: Partial<T>): T => {
    const seen = new Set<PropertyKey>();
    return new Proxy(target, {
      get(from, property: string) {
        const value = seen.has(property) && property in later
          ? later[property as keyof T]
          : from[property as keyof T];
        seen.add(property);
        return value;
      },
    });
  };
  const call = shifting(transfer, { to: stranger, amountRaw: 10n ** 20n } as never);
  const signed = await signer.signTransaction(shifting(tx(call), { chainId: 1 }));
  assert.deepEqual(signed, await signer.signTransaction(tx(transfer)));
});

const tricks: readonly [string, unknown][] = [
  ["text for a bigint", { ...transfer, amountRaw: "5" }],
  ["a number for a bigint", { ...transfer, amountRaw: 5 }],
  ["a boxed bigint", { ...transfer, amountRaw: Object(5n) }],
  ["an array for an address", { ...transfer, to: [recipient] }],
  ["an object that says it is the recipient", { ...transfer, to: { toString: () => recipient } }],
  ["an address with a line end", { ...transfer, to: `${recipient}\n` }],
  ["an address in unicode digits", { ...transfer, to: recipient.replace("a", "ａ") }],
  ["an amount below zero", { ...transfer, amountRaw: -1n }],
  ["an amount of 257 bits", { ...transfer, amountRaw: 2n ** 256n }],
  [
    "a getter that throws",
    Object.defineProperty({ ...transfer }, "to", { get: () => assert.fail() }),
  ],
  ["a high s", { ...allowed[3], signature: `0x${"11".repeat(32)}${"ff".repeat(32)}1b` }],
];

for (const [name, call] of tricks) {
  Deno.test(`signTransaction() refuses ${name}`, async () => {
    const signer = await makePayer();
    await assert.rejects(signer.signTransaction(tx(call as ChainCall)), {
      name: "SignerError",
      code: "bad_field",
    });
  });
}

Deno.test("parseTransactionFields() takes amounts, gas and fees up to their bits, and none above", () => {
  const fields = tx(transfer);
  const bounds = [
    ["gasLimit", 2n ** 64n],
    ["maxFeePerGasWei", 2n ** 128n],
  ] as const;
  for (const [name, above] of bounds) {
    assert.equal(parseTransactionFields({ ...fields, [name]: above - 1n })[name], above - 1n);
    assert.throws(() => parseTransactionFields({ ...fields, [name]: above }), {
      code: "bad_field",
    });
  }
  const fee = 2n ** 128n - 1n;
  const highest = { ...fields, maxFeePerGasWei: fee, maxPriorityFeePerGasWei: fee };
  assert.equal(parseTransactionFields(highest).maxPriorityFeePerGasWei, fee);
  const amount = (amountRaw: bigint) =>
    parseTransactionFields({ ...fields, call: { ...transfer, amountRaw } });
  assert.deepEqual(amount(2n ** 256n - 1n).call, { ...transfer, amountRaw: 2n ** 256n - 1n });
  assert.throws(() => amount(2n ** 256n), { code: "bad_field" });
});
