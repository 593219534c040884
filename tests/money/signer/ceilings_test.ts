import assert from "node:assert/strict";
import { asAddress } from "../../../protocols/evm/address.ts";
import { startSignerService } from "../../../money/signer/signer_service.ts";
import { SIGNER_METHODS } from "../../../money/signer/signer_definition.ts";
import { sealWallet } from "../../../money/wallet/wallet_keys.ts";
import { contract, firstClaim, makeSigner, nostrKey, paymentKey, startMs } from "./fixtures.ts";

const passphrase = "correct horse battery staple";
const ceilings = {
  perPacketUnits: 1_000n,
  perChannelUnits: 10_000n,
  perHourUnits: 5_000n,
  perDayUnits: 8_000n,
};
const big = { ...firstClaim, transferredAmount: 1_500n, packetAmount: 1_500n };

async function service() {
  const blob = await sealWallet({ nostrKey, paymentKey }, passphrase);
  const options = { ceilings, allow: [contract], snapshot: "first" } as const;
  return await startSignerService({ blob, passphrase }, options, {}, { clock: () => startMs });
}

Deno.test("changeCeilings() raises with the passphrase, permanently, and records the change", async () => {
  const signer = await service();
  await assert.rejects(signer.signClaim(big), { code: "ceiling" });
  const snapshot = await signer.changeCeilings({
    passphrase,
    ceilings: { perPacketUnits: 2_000n },
  });
  await signer.signClaim(big);
  const after = await makeSigner({ ceilings, snapshot });
  await after.signClaim(big);
  const { effective, changes } = await after.ceilings();
  assert.equal(effective.perPacketUnits, 2_000n);
  assert.deepEqual(changes, [{ atMs: startMs, ceilings: { perPacketUnits: 2_000n } }]);
});

Deno.test("changeCeilings() refuses a wrong passphrase, and everything after five of them", async () => {
  const signer = await service();
  const before = await signer.snapshot();
  const raise = { perPacketUnits: 2_000n };
  for (let tries = 0; tries < 5; tries++) {
    await assert.rejects(signer.changeCeilings({ passphrase: `wrong ${tries}`, ceilings: raise }), {
      name: "SignerError",
      code: "locked",
      message: "the passphrase is wrong",
    });
  }
  await assert.rejects(signer.changeCeilings({ passphrase, ceilings: raise }), {
    message: /too many wrong passphrases/,
  });
  assert.deepEqual(await signer.snapshot(), before);
  await assert.rejects(signer.signClaim(big), { code: "ceiling" });
});

Deno.test("flags, environment and file lower also what was raised, and raise nothing", async () => {
  const signer = await makeSigner({ ceilings });
  const snapshot = await signer.setCeilings({ perPacketUnits: 2_000n });
  const cases = [[1_400n, "ceiling"], [1_500n, null], [10n ** 20n, null]] as const;
  for (const [wish, code] of cases) {
    const lowered = { ...ceilings, lowered: { perPacketUnits: wish } };
    const next = await makeSigner({ ceilings: lowered, snapshot });
    if (code === null) await next.signClaim(big);
    else await assert.rejects(next.signClaim(big), { code });
  }
  const unraised = await makeSigner({
    ceilings: { ...ceilings, lowered: { perPacketUnits: 10n ** 20n } },
  });
  await assert.rejects(unraised.signClaim(big), { code: "ceiling" });
});

Deno.test("lowerCeilings() lowers what is signed from now on, and no caller raises with it", async () => {
  const signer = await makeSigner({ ceilings });
  const before = (await signer.ceilings()).effective.perPacketUnits;
  const waiting = signer.ceilingsAfter(0, 60_000);
  const lower = await signer.lowerCeilings({ perPacketUnits: before - 1n });
  assert.equal(lower.effective.perPacketUnits, before - 1n);
  assert.equal(lower.hard.perPacketUnits, before);
  const { changes, effective } = await waiting;
  assert.deepEqual([changes, effective.perPacketUnits], [1, before - 1n]);
  await signer.lowerCeilings({ perPacketUnits: before * 100n, perHourUnits: 10n ** 30n });
  assert.deepEqual((await signer.ceilings()).effective, lower.effective);
  const claim = { ...big, packetAmount: before, transferredAmount: before };
  await assert.rejects(signer.signClaim(claim), { code: "ceiling" });
  await signer.signClaim({ ...claim, packetAmount: before - 1n, transferredAmount: before - 1n });
  await assert.rejects(signer.lowerCeilings({ perPacketUnits: -1n }), { code: "bad_field" });
  await assert.rejects(signer.lowerCeilings({ all: 1n } as never), { code: "bad_field" });
  assert.deepEqual(lower.changes, [], "the ledger keeps only what the passphrase changed");
});

const recipient = `0x${"ab".repeat(20)}`;
const gas = { gasLimit: 21_000n, maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 1n };
const sending = (valueWei: bigint) => ({
  ...gas,
  chainId: contract.chainId,
  nonce: 0,
  call: { call: "send" as const, to: asAddress(recipient), valueWei },
});

Deno.test("allowRecipient() lets money go to one more address with the passphrase, and not without", async () => {
  const signer = await service();
  const wrong = { passphrase: "wrong horse battery staple", recipient };
  await assert.rejects(signer.allowRecipient(wrong), { message: "the passphrase is wrong" });
  await assert.rejects(signer.signTransaction(sending(1n)), { code: "not_allowed" });
  await signer.allowRecipient({ passphrase, recipient });
  await signer.signTransaction(sending(1n));
  assert.ok(!SIGNER_METHODS.includes("addRecipient"));
});

Deno.test("checkTransaction() names the ceiling that forbids a transaction, and signs and counts nothing", async () => {
  const signer = await service();
  const before = await signer.snapshot();
  await signer.checkTransaction(sending(10n ** 17n));
  await signer.checkTransaction(sending(10n ** 17n));
  await assert.rejects(signer.checkTransaction(sending(10n ** 17n + 1n)), { code: "ceiling" });
  const elsewhere = { ...sending(1n), chainId: contract.chainId + 1 };
  await assert.rejects(signer.checkTransaction(elsewhere), { code: "not_allowed" });
  assert.deepEqual(await signer.snapshot(), before);
});

Deno.test("ceilings() lists every change in its order, however many there were", async () => {
  const signer = await makeSigner({ ceilings });
  for (let at = 1n; at <= 12n; at++) await signer.setCeilings({ perPacketUnits: 1_000n + at });
  const after = await makeSigner({ ceilings, snapshot: await signer.snapshot() });
  for (const each of [signer, after]) {
    const { changes } = await each.ceilings();
    assert.deepEqual(
      changes.map((change) => change.ceilings.perPacketUnits),
      Array.from({ length: 12 }, (_, at) => 1_001n + BigInt(at)),
    );
  }
});

Deno.test("the service has no method setCeilings(), and no other method that raises a ceiling", () => {
  assert.ok(!SIGNER_METHODS.includes("setCeilings"));
  assert.ok(SIGNER_METHODS.includes("changeCeilings"));
});

Deno.test("setCeilings() refuses names and amounts that are none", async () => {
  const signer = await makeSigner();
  for (
    const wrong of [
      null,
      "perPacketUnits",
      { lowered: {} },
      { perPacketUnits: 5 },
      { perPacketUnits: "5" },
      { perPacketUnits: -1n },
      { perPacketUnits: 2n ** 256n },
      { toString: 5n },
      { counter: 5n },
    ]
  ) {
    await assert.rejects(signer.setCeilings(wrong as never), { code: "bad_field" });
  }
  assert.equal((await signer.snapshot()).counter, 0);
});
