/** A signer whose ledger was lost continues only above a claim that it signed itself. */
import assert from "node:assert/strict";
import { signBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { createKeySigner } from "../../../money/signer/key_signer.ts";

const secp = await loadSecp256k1();
const KEY = new Uint8Array(32).fill(7);
const CONTRACT = `0x${"c".repeat(40)}`;
const CHANNEL = `0x${"d".repeat(64)}`;
const FIELDS = { chainId: 31_337, tokenNetworkAddress: CONTRACT, channelId: CHANNEL } as const;

const signer = () =>
  createKeySigner({
    nostrKey: KEY,
    paymentKey: KEY,
    ceilings: {
      perPacketUnits: 10n,
      perChannelUnits: 1_000n,
      perHourUnits: 20n,
      perDayUnits: 20n,
    },
    allow: [{ chainId: FIELDS.chainId, tokenNetworkAddress: CONTRACT }],
    snapshot: "first",
    clock: () => 1_000_000,
  });

const claim = (nonce: number, transferredAmount: bigint, key = KEY) => ({
  ...FIELDS,
  nonce,
  transferredAmount,
  signature: signBalanceProof(
    secp,
    { chainId: FIELDS.chainId, verifyingContract: CONTRACT },
    { channelId: CHANNEL, nonce, transferredAmount },
    key,
  ),
});

Deno.test("adoptClaim() lets a signer continue above its own claim, whatever a packet may add", async () => {
  const keys = await signer();
  const { counter } = await keys.adoptClaim(claim(7, 640n));
  assert.ok(counter > 0);
  assert.equal((await keys.lastClaim(FIELDS))?.nonce, 7);
  const next = { ...FIELDS, nonce: 8, transferredAmount: 650n, packetAmount: 10n };
  assert.ok((await keys.signClaim(next)).signature);
  await assert.rejects(keys.signClaim({ ...next, nonce: 7 }), { code: "nonce" });
});

Deno.test("adoptClaim() never goes back", async () => {
  const keys = await signer();
  const { counter } = await keys.adoptClaim(claim(7, 640n));
  for (const older of [claim(7, 640n), claim(7, 900n), claim(3, 900n)]) {
    assert.equal((await keys.adoptClaim(older)).counter, counter);
  }
  assert.equal((await keys.lastClaim(FIELDS))?.transferredAmount, 640n);
});

Deno.test("adoptClaim() refuses what this key did not sign for exactly that channel", async () => {
  const keys = await signer();
  const own = claim(7, 640n);
  const cases = [
    { name: "another key", fields: claim(7, 640n, new Uint8Array(32).fill(8)), code: "bad_field" },
    { name: "another amount", fields: { ...own, transferredAmount: 641n }, code: "bad_field" },
    { name: "another nonce", fields: { ...own, nonce: 8 }, code: "bad_field" },
    {
      name: "another channel",
      fields: { ...own, channelId: `0x${"e".repeat(64)}` },
      code: "bad_field",
    },
    { name: "no signature", fields: { ...own, signature: "0x" }, code: "bad_field" },
    { name: "another chain", fields: { ...own, chainId: 1 }, code: "not_allowed" },
  ];
  for (const { name, fields, code } of cases) {
    await assert.rejects(keys.adoptClaim(fields), { code }, name);
  }
  assert.equal(await keys.lastClaim(FIELDS), null);
});
