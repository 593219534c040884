/** A compromised caller: whatever it sends, it gets a SignerError and no signature, and the ledger does not change. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { getPublicKey } from "nostr-tools/pure";
import type { KeySigner } from "../../../money/signer/key_signer.ts";
import type { Signer } from "../../../money/signer/signer.ts";
import { channelId, contract, firstClaim, makeSigner, nostrKey, startMs } from "./fixtures.ts";

const pubkey = getPublicKey(nostrKey);
const event = { pubkey, kind: 1, created_at: 1, tags: [], content: "" };
const challenge = { ...contract, channelId, expiresS: startMs / 1_000 + 30 };
const peer = getPublicKey(new Uint8Array(32).fill(9));

/** Values of every type that a field is not. */
const wrong: readonly unknown[] = [
  undefined,
  null,
  true,
  NaN,
  Infinity,
  -1,
  0.5,
  2 ** 53,
  -1n,
  2n ** 4096n,
  "",
  "0x",
  "7",
  "é".repeat(40),
  "x".repeat(1_000_000),
  `0x${"g".repeat(64)}`,
  `${channelId}\n`,
  [],
  [channelId],
  {},
  new Uint8Array(32).buffer,
  new Date(0),
  new Map([["nonce", 1]]),
  Object.create(null),
  { toString: () => channelId, valueOf: () => 1n },
  Symbol("nonce"),
  () => channelId,
];

type Call = (signer: Signer, value: never) => Promise<unknown>;
const signClaim: Call = (signer, value) => signer.signClaim(value);
const signChallenge: Call = (signer, value) => signer.signChallenge(value);
const signTransaction: Call = (signer, value) => (signer as KeySigner).signTransaction(value);
const transaction = {
  chainId: contract.chainId,
  nonce: 0,
  gasLimit: 1n,
  maxFeePerGasWei: 1n,
  maxPriorityFeePerGasWei: 1n,
  call: { call: "cancel" },
};
const signEvent: Call = (signer, value) => signer.signEvents([value]);
const fulfil: Call = (signer, value) => signer.packetFulfilments([value]);

const targets: readonly [string, Call, Record<string, unknown>][] = [
  ["signClaim()", signClaim, { ...firstClaim }],
  ["signChallenge()", signChallenge, challenge],
  ["signTransaction()", signTransaction, transaction],
  ["signEvents()", signEvent, event],
  ["packetFulfilments()", fulfil, { peer, dataSha256: new Uint8Array(32) }],
];

async function refuses(call: Promise<unknown>, what: string) {
  const error = await call.then(() => null, (thrown) => thrown);
  assert.ok(error !== null, `${what} was accepted`);
  assert.equal(error.name, "SignerError", what);
  assert.ok(error.message.length < 400, `${what}: message of ${error.message.length} characters`);
}

for (const [name, call, good] of targets) {
  Deno.test(`${name} refuses every field of every wrong type, and signs nothing`, async () => {
    const signer = await makeSigner();
    const before = await signer.snapshot();
    for (const field of Object.keys(good)) {
      for (const [at, value] of wrong.entries()) {
        // Some are right for some field.
        if (field === "content" && typeof value === "string") continue;
        if (field === "tags" && Array.isArray(value) && value.length === 0) continue;
        if (field === "expiresS" && value === -1) continue;
        await refuses(
          call(signer, { ...good, [field]: value } as never),
          `${field} = wrong[${at}]`,
        );
      }
      const { [field]: _missing, ...rest } = good;
      await refuses(call(signer, rest as never), `no ${field}`);
    }
    for (const value of wrong) {
      if (typeof value === "object" && value !== null) continue;
      await refuses(call(signer, value as never), `${name} of ${typeof value}`);
    }
    assert.deepEqual(await signer.snapshot(), before);
    await call(signer, good as never);
  });

  Deno.test(`${name} refuses getters that throw, proxies, and fields on the prototype of nothing`, async () => {
    const signer = await makeSigner();
    const throwing = Object.defineProperties({}, {
      chainId: { get: () => assert.fail("getter"), enumerable: true },
      pubkey: { get: () => assert.fail("getter"), enumerable: true },
      peer: { get: () => assert.fail("getter"), enumerable: true },
    });
    const proxy = new Proxy({}, { get: () => assert.fail("trap") });
    await refuses(call(signer, throwing as never), "getter");
    await refuses(call(signer, proxy as never), "proxy");
    await refuses(call(signer, Object.create(null) as never), "null prototype");
  });
}

Deno.test("signClaim() reads each field once: what is checked is what is signed", async () => {
  const signer = await makeSigner();
  const reads: Record<string, number> = {};
  const shifting = new Proxy(firstClaim, {
    get(target, property: keyof typeof firstClaim) {
      reads[property] = (reads[property] ?? 0) + 1;
      return reads[property] === 1 ? target[property] : 10n ** 30n;
    },
  });
  const signed = await signer.signClaim(shifting);
  assert.deepEqual(signed, await signer.signClaim(firstClaim));
  assert.deepEqual(Object.values(reads), [1, 1, 1, 1, 1, 1, 1]);
});

Deno.test("signClaim() reads each covered amount once, and refuses lists that are none or too long", async () => {
  const signer = await makeSigner();
  const before = await signer.snapshot();
  const claim = { ...firstClaim, transferredAmount: 300n };
  for (
    const covers of [
      1n,
      "100",
      {},
      { length: 2, 0: 100n, 1: 100n },
      [100],
      [100n, , 100n],
      [-1n],
      [2n ** 64n],
      Array(64).fill(100n),
      null,
    ]
  ) {
    await refuses(signer.signClaim({ ...claim, covers: covers as bigint[] }), String(covers));
  }
  assert.deepEqual(await signer.snapshot(), before);
  let reads = 0;
  const shifting = new Proxy([100n, 100n], {
    get: (target, property) =>
      property === "0" && reads++ > 0 ? 10n ** 30n : target[property as unknown as number],
  });
  await signer.signClaim({ ...claim, covers: shifting });
  assert.equal(reads, 1);
});

Deno.test("calls refuse invalid lists, and batches that are too long", async () => {
  const signer = await makeSigner();
  for (const value of [...wrong, { length: 2 ** 32 }].filter((value) => !Array.isArray(value))) {
    await refuses(signer.signEvents(value as never), "signEvents");
    await refuses(signer.packetFulfilments(value as never), "packetFulfilments");
  }
  await refuses(signer.signEvents(new Array(1_025).fill(event)), "1,025 events");
  await refuses(signer.signEvents(new Array(3) as never), "holes");
});

Deno.test("encrypt() and decrypt() refuse peers and texts that are none", async () => {
  const signer = await makeSigner();
  for (const value of wrong) {
    await refuses(signer.encrypt(value as never, "x"), "encrypt peer");
    await refuses(signer.decrypt(value as never, "x"), "decrypt peer");
    await refuses(signer.decrypt(peer, value as never), "decrypt payload");
    if (typeof value === "string" && value !== "" && value.length < 65_536) continue;
    await refuses(signer.encrypt(peer, value as never), "encrypt plaintext");
  }
  await refuses(signer.encrypt("f".repeat(64), "x"), "a peer that is no point");
  await refuses(signer.encrypt(peer, "é".repeat(32_768)), "65,536 bytes");
});

Deno.test("signClaim() in any order of any claims: nonce and amount never fall, ceilings hold", async () => {
  const claim = fc.record({
    nonce: fc.integer({ min: -1, max: 12 }),
    transferredAmount: fc.bigInt({ min: -1n, max: 3_000n }),
    packetAmount: fc.bigInt({ min: 0n, max: 1_200n }),
    channel: fc.integer({ min: 1, max: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(claim, { maxLength: 30 }), async (claims) => {
      const signer = await makeSigner();
      const last = new Map<number, { nonce: number; amount: bigint }>();
      let spent = 0n;
      for (const { channel, nonce, transferredAmount, packetAmount } of claims) {
        const fields = {
          ...contract,
          channelId: `0x${channel.toString(16).padStart(64, "0")}`,
          nonce,
          transferredAmount,
          packetAmount,
        };
        const known = last.get(channel) ?? { nonce: 0, amount: 0n };
        const repeats = nonce === known.nonce && transferredAmount === known.amount && nonce > 0;
        const signed = await signer.signClaim(fields).then(() => true, (error) => {
          assert.equal(error.name, "SignerError");
          return false;
        });
        if (!signed || repeats) continue;
        const rise = transferredAmount - known.amount;
        assert.ok(nonce > known.nonce && rise >= 0n && rise <= packetAmount);
        assert.ok(packetAmount <= 1_000n);
        spent += rise;
        assert.ok(spent <= 5_000n);
        last.set(channel, { nonce, amount: transferredAmount });
      }
    }),
    { numRuns: 40 },
  );
});
