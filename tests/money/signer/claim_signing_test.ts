import assert from "node:assert/strict";
import { recoverBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { channelId, contract, firstClaim, makeSigner, startMs } from "./fixtures.ts";
import { address, domain, second, secp } from "./signing.ts";

Deno.test("signClaim() signs the BalanceProof, and seals a ledger with each claim", async () => {
  const signer = await makeSigner();
  for (
    const [nonce, transferredAmount] of [[1, 100n], [2, 150n], [5, 150n], [6, 1_150n]] as const
  ) {
    const claim = { ...firstClaim, nonce, transferredAmount, packetAmount: 1_000n };
    const signed = await signer.signClaim(claim);
    assert.match(signed.signature, /^0x[0-9a-f]{128}(1b|1c)$/);
    assert.equal(signed.signerAddress, address);
    assert.equal(recoverBalanceProof(secp, domain, claim, signed.signature), address);
  }
  assert.equal((await signer.snapshot()).counter, 4);
});

Deno.test("signClaim() takes addresses and ids in any case as the same channel", async () => {
  const signer = await makeSigner();
  await signer.signClaim(firstClaim);
  const upper = {
    ...firstClaim,
    channelId: `0x${channelId.slice(2).toUpperCase()}`,
    tokenNetworkAddress: `0x${contract.tokenNetworkAddress.slice(2).toUpperCase()}`,
    transferredAmount: 150n,
  };
  await assert.rejects(signer.signClaim(upper), { code: "nonce" });
});

Deno.test("signClaim() gives the same signature for the same bytes, and counts nothing twice", async () => {
  const signer = await makeSigner();
  const first = await signer.signClaim(firstClaim);
  assert.deepEqual(await signer.signClaim({ ...firstClaim }), first);
  assert.equal((await signer.snapshot()).counter, 1);
});

Deno.test("signClaim() refuses a nonce below the last", async () => {
  const signer = await makeSigner();
  await signer.signClaim({ ...firstClaim, nonce: 5 });
  for (const nonce of [4, 1]) {
    await assert.rejects(signer.signClaim({ ...firstClaim, nonce, transferredAmount: 101n }), {
      code: "nonce",
    });
  }
});

/** Pays `units` in packets of at most 1,000 over fresh channels, so that only hour and day can refuse. */
async function pay(signer: Awaited<ReturnType<typeof makeSigner>>, channel: number, units: bigint) {
  const id = `0x${channel.toString(16).padStart(64, "0")}`;
  const claim = { ...firstClaim, channelId: id, transferredAmount: units, packetAmount: units };
  await signer.signClaim(claim);
}

Deno.test("signClaim() keeps to the ceiling of a channel", async () => {
  const ceilings = {
    perPacketUnits: 1_000n,
    perChannelUnits: 1_500n,
    perHourUnits: 9_999n,
    perDayUnits: 9_999n,
  };
  const signer = await makeSigner({ ceilings });
  const claim = { ...firstClaim, packetAmount: 1_000n };
  await signer.signClaim({ ...claim, nonce: 1, transferredAmount: 1_000n });
  await assert.rejects(signer.signClaim({ ...claim, nonce: 2, transferredAmount: 1_501n }), {
    code: "ceiling",
    message: "the channel's total would be 1501 units, above the ceiling of 1500 units",
    above: { what: "the channel's total", amount: 1_501n, ceiling: 1_500n, unit: "units" },
  });
  await signer.signClaim({ ...claim, nonce: 2, transferredAmount: 1_500n });
});

Deno.test("signClaim() keeps to the ceilings of an hour and a day as the clock moves", async () => {
  let now = startMs;
  const signer = await makeSigner({ clock: () => now });
  let channel = 1;
  for (; channel <= 5; channel++) await pay(signer, channel, 1_000n);
  await assert.rejects(pay(signer, 6, 1n), {
    code: "ceiling",
    message: /the hour's total would be 5001 units, above/,
  });
  now += 60 * 60_000;
  await assert.rejects(pay(signer, 6, 1n), { code: "ceiling" });
  now += 5 * 60_000;
  for (; channel <= 8; channel++) await pay(signer, channel, 1_000n);
  await assert.rejects(pay(signer, 9, 1n), {
    code: "ceiling",
    message: /the day's total would be 8001 units, above/,
  });
  now += 25 * 3_600_000;
  await pay(signer, 9, 1_000n);
});

Deno.test("signClaim() frees nothing when the clock is set back", async () => {
  let now = startMs;
  const signer = await makeSigner({ clock: () => now });
  for (let channel = 1; channel <= 5; channel++) await pay(signer, channel, 1_000n);
  now -= 7 * 86_400_000;
  await assert.rejects(pay(signer, 6, 1n), { code: "ceiling" });
});

Deno.test("createKeySigner() continues from a snapshot: nonce, amounts, ceilings and counter", async () => {
  const before = await makeSigner();
  await before.signClaim(firstClaim);
  const { snapshot } = await before.signClaim({ ...firstClaim, ...second });
  const after = await makeSigner({ snapshot });
  assert.deepEqual(await after.snapshot(), snapshot);
  await assert.rejects(after.signClaim(firstClaim), { code: "nonce" });
  const again = await after.signClaim({ ...firstClaim, ...second });
  assert.deepEqual(again, await before.signClaim({ ...firstClaim, ...second }));
  const third = await after.signClaim({ ...firstClaim, nonce: 3, transferredAmount: 201n });
  assert.equal(third.snapshot.counter, 3);
});

Deno.test("createKeySigner() counts the hour's spending before a restart", async () => {
  const before = await makeSigner();
  for (let channel = 1; channel <= 5; channel++) await pay(before, channel, 1_000n);
  const after = await makeSigner({ snapshot: await before.snapshot() });
  await assert.rejects(pay(after, 6, 1n), { code: "ceiling" });
});

Deno.test("createKeySigner() refuses a snapshot that is changed, another wallet's, or missing", async () => {
  const signer = await makeSigner();
  const { snapshot } = await signer.signClaim(firstClaim);
  const flipped = (at: number) => {
    const sealed = snapshot.sealed.slice();
    sealed[at] ^= 1;
    return { counter: snapshot.counter, sealed };
  };
  const text = new TextDecoder().decode(snapshot.sealed.subarray(32));
  const bad: readonly unknown[] = [
    flipped(0),
    flipped(31),
    flipped(32),
    flipped(snapshot.sealed.length - 1),
    { counter: 2, sealed: snapshot.sealed },
    { counter: 1, sealed: snapshot.sealed.subarray(0, 40) },
    { counter: 1, sealed: new Uint8Array() },
    { counter: 1, sealed: text },
    { counter: 1 },
    null,
    undefined,
    "",
    "last",
  ];
  for (const wrong of bad) {
    await assert.rejects(makeSigner({ snapshot: wrong as typeof snapshot }), {
      name: "SignerError",
      code: "snapshot",
    });
  }
  const foreign = makeSigner({ paymentKey: new Uint8Array(32).fill(3), snapshot });
  await assert.rejects(foreign, { code: "snapshot" });
});
