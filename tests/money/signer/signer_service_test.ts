import assert from "node:assert/strict";
import { getPublicKey, verifyEvent } from "nostr-tools/pure";
import { recoverBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { type RpcClient, rpcClient } from "../../../base/ports/rpc.ts";
import { type Signer, snapshotName } from "../../../money/signer/signer.ts";
import {
  definition,
  SIGNER_METHODS,
  storelessDefinition,
} from "../../../money/signer/signer_definition.ts";
import {
  type SignerServiceOptions,
  startSignerService,
} from "../../../money/signer/signer_service.ts";
import { workerPermissions } from "../../../runtime/permissions.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { SealedKeys } from "../../../money/wallet/key_reader.ts";
import { sealWallet } from "../../../money/wallet/wallet_keys.ts";
import { channelId, contract, firstClaim, nostrKey, paymentKey, startMs } from "./fixtures.ts";

const secp = await loadSecp256k1();
const passphrase = "correct horse battery staple";
const blob = await sealWallet({ nostrKey, paymentKey }, passphrase);
const ceilings = {
  perPacketUnits: 1_000n,
  perChannelUnits: 10_000n,
  perHourUnits: 5_000n,
  perDayUnits: 8_000n,
};
const keys: SealedKeys = { blob, passphrase };
const options = { ceilings, allow: [contract], snapshot: "first" } as const;
const context = { clock: () => startMs };

const unopened: readonly [string, string, SealedKeys][] = [
  ["a wrong passphrase", "wrong_passphrase", { blob, passphrase: "wrong horse" }],
  ["a blob that is none", "wallet_format", { blob: "x", passphrase }],
];
for (const [name, code, wrong] of unopened) {
  Deno.test(`startSignerService() refuses ${name}, and says nothing of the wallet or the passphrase`, async () => {
    await assert.rejects(
      startSignerService(wrong, options, {}, context),
      (error: Error & { code?: string }) => {
        assert.equal(error.name, "SignerError");
        assert.equal(error.code, code);
        const text = Deno.inspect(error, { depth: 10, showHidden: true });
        for (const secret of [blob, passphrase, "wrong horse"]) assert.ok(!text.includes(secret));
        return true;
      },
    );
  });
}

Deno.test("startSignerService() does not blame the wallet if the machine cannot open it now", async () => {
  // A fake: a machine cannot be made to lack memory at this point.
  const lacksMemory = () => Promise.reject(new DOMException("out of memory", "OperationError"));
  Object.defineProperty(crypto.subtle, "deriveKey", { value: lacksMemory, configurable: true });
  try {
    await assert.rejects(startSignerService(keys, options, {}, context), {
      name: "SignerError",
      code: "unopened",
    });
  } finally {
    Reflect.deleteProperty(crypto.subtle, "deriveKey");
  }
  const signer = await startSignerService(keys, options, {}, context);
  assert.equal((await signer.identity()).paymentAddress, secp.addressOf(paymentKey));
});

Deno.test("startSignerService() asks the store for this wallet's newest snapshot, and for no other", async () => {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: context.clock });
  try {
    const first = await startSignerService(keys, options, {}, context);
    const { snapshot } = await first.signClaim(firstClaim);
    const foreign = { counter: 9, sealed: new Uint8Array(40) };
    const own = snapshotName(secp.addressOf(paymentKey));
    await store.commit([
      { op: "putSnapshot", name: own, ...snapshot },
      { op: "putSnapshot", name: snapshotName(`0x${"11".repeat(20)}`), ...foreign },
      { op: "putSnapshot", name: `${snapshotName(`0x${"11".repeat(20)}`)}:x`, ...foreign },
    ]);
    const stored = { ...options, snapshot: "stored" } as const;
    const next = await startSignerService(keys, stored, { store }, context);
    assert.deepEqual(await next.snapshot(), snapshot);
    await assert.rejects(startSignerService(keys, stored, {}, context), { code: "snapshot" });
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("startSignerService() starts an empty ledger if the store has none", async () => {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: context.clock });
  try {
    const signer = await startSignerService(
      keys,
      { ...options, snapshot: "stored" },
      { store },
      context,
    );
    assert.equal((await signer.snapshot()).counter, 0);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the definitions may read the wallet, and offer no method that ends or replaces the keys", () => {
  for (const each of [storelessDefinition, definition]) {
    const wallet = { identityFile: "/a", passphrase: { file: "/b" } };
    const holds = { read: ["/a", "/b"], sys: ["uid"] };
    assert.deepEqual(each.permissions({ ...options, wallet }), holds);
    assert.deepEqual(each.methods, SIGNER_METHODS);
  }
  assert.ok(!SIGNER_METHODS.includes("destroy"));
});

/** A signer in a worker that may read its wallet, as in the product, asked over a port. */
async function inWorker(
  changes: Partial<SignerServiceOptions> = {},
  { passphraseText = passphrase, mode = 0o600 } = {},
) {
  const folder = await Deno.makeTempDir();
  const wallet = {
    identityFile: `${folder}/identity.enc`,
    passphrase: { file: `${folder}/passphrase` },
  };
  await Deno.writeTextFile(wallet.identityFile, blob, { mode: 0o600 });
  await Deno.writeTextFile(wallet.passphrase.file, passphraseText, { mode });
  const start: SignerServiceOptions = { ...options, ...changes, wallet };
  const worker = new Worker(new URL("./signer_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: workerPermissions(storelessDefinition.permissions(start)) },
  });
  const { port1, port2 } = new MessageChannel();
  const ready = Promise.withResolvers<{ before: string[]; denied: string[] }>();
  worker.onerror = (event) => ready.reject(new Error(event.message));
  worker.onmessage = ({ data }) =>
    data.error === undefined
      ? ready.resolve(data)
      : ready.reject(Object.assign(new Error(data.error.message), data.error));
  worker.postMessage({ options: start, port: port2, nowMs: startMs }, [port2]);
  const stop = () => {
    port1.close();
    worker.terminate();
  };
  try {
    const { before, denied } = await ready.promise;
    const signer: RpcClient<Signer> = rpcClient<Signer>(port1);
    return { signer, before, denied, [Symbol.dispose]: stop };
  } catch (error) {
    stop();
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const NO_DOOR = [
  ...["its wallet", "its passphrase"],
  ...["read", "write", "net", "env", "run", "sys", "import"],
];

Deno.test("signer works without any permission once it has its wallet, cut off from disk, network and other workers", async () => {
  using running = await inWorker();
  const { signer, before, denied } = running;
  assert.deepEqual(before, ["read", "write", "net", "env", "run", "import"]);
  assert.deepEqual(denied, [...NO_DOOR, "caches", "BroadcastChannel"]);
  const { pubkey, paymentAddress } = await signer.identity();
  assert.equal(pubkey, getPublicKey(nostrKey));
  assert.equal(paymentAddress, secp.addressOf(paymentKey));

  const unsigned = { pubkey, kind: 1, created_at: 1, tags: [["t", "x"]], content: "gm" };
  const [event] = await signer.signEvents([unsigned as unknown as NostrEvent]);
  assert.ok(verifyEvent({ ...event, tags: event.tags.map((tag) => [...tag]) }));

  const claim = await signer.signClaim(firstClaim);
  const domain = { chainId: contract.chainId, verifyingContract: contract.tokenNetworkAddress };
  assert.equal(recoverBalanceProof(secp, domain, firstClaim, claim.signature), paymentAddress);
  assert.equal(claim.snapshot.counter, 1);

  const peer = getPublicKey(new Uint8Array(32).fill(9));
  const [fulfilment] = await signer.packetFulfilments([{ peer, dataSha256: new Uint8Array(32) }]);
  assert.equal(fulfilment.length, 32);
  const challenge = { ...contract, channelId, expiresS: startMs / 1_000 + 60 };
  assert.equal((await signer.signChallenge(challenge)).signerAddress, paymentAddress);

  await assert.rejects(signer.signClaim({ ...firstClaim, transferredAmount: 101n }), {
    name: "SignerError",
    code: "nonce",
  });
  const raw = signer as unknown as Record<string, () => Promise<unknown>>;
  await assert.rejects(raw.destroy(), { code: "no_method" });
  await assert.rejects(raw.constructor(), { code: "no_method" });

  using again = await inWorker({ snapshot: claim.snapshot });
  await assert.rejects(again.signer.signClaim({ ...firstClaim, transferredAmount: 101n }), {
    code: "nonce",
  });
});

Deno.test("signer's worker gives its rights up also if it cannot read its wallet", async () => {
  await assert.rejects(inWorker({}, { mode: 0o644 }), { code: "mode", denied: NO_DOOR });
});

Deno.test("signer's worker does not start on a wrong passphrase or another wallet's snapshot", async () => {
  await assert.rejects(inWorker({}, { passphraseText: "wrong horse battery" }), {
    code: "wrong_passphrase",
    message: "Cannot open the wallet: wrong passphrase or changed file",
  });
  const snapshot = { counter: 1, sealed: new Uint8Array(64) };
  await assert.rejects(inWorker({ snapshot }), { code: "snapshot" });
});
