import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { decrypt, encrypt, getConversationKey } from "nostr-tools/nip44";
import { getPublicKey, verifyEvent } from "nostr-tools/pure";
import { recoverBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { recoverChallenge } from "../../../protocols/evm/challenge.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import {
  asPubkey,
  type UnsignedEvent,
  type VerifiedEvent,
} from "../../../protocols/nostr/event.ts";
import { createKeySigner } from "../../../money/signer/key_signer.ts";
import { readKeyBinding } from "../../../money/signer/key_binding.ts";
import { SignerError } from "../../../money/signer/signer_error.ts";
import {
  channelId,
  contract,
  firstClaim,
  makeSigner,
  nostrKey,
  paymentKey,
  startMs,
} from "./fixtures.ts";

const secp = await loadSecp256k1();
const pubkey = asPubkey(getPublicKey(nostrKey));
const address = secp.addressOf(paymentKey);
const domain = { chainId: contract.chainId, verifyingContract: contract.tokenNetworkAddress };
const peerKey = new Uint8Array(32).fill(9);
const peer = getPublicKey(peerKey);

function unsigned(changes: Partial<UnsignedEvent> = {}): UnsignedEvent {
  return {
    pubkey,
    kind: 1,
    created_at: 1_700_000_000,
    tags: [["t", "x"]],
    content: "gm",
    ...changes,
  };
}

Deno.test("identity() gives the x-only Nostr key and the payment key's address", async () => {
  assert.deepEqual(await (await makeSigner()).identity(), { pubkey, paymentAddress: address });
});

Deno.test("signEvents() signs what nostr-tools verifies, with the fields unchanged", async () => {
  const signer = await makeSigner();
  const events = [
    unsigned(),
    unsigned({ tags: [], content: "" }),
    unsigned({ content: 'quote " back \\ line\n tab\t 😀 \u2028' }),
    unsigned({ content: "control \u0001 and \u007f" }),
    unsigned({ content: "x".repeat(60_000), tags: [["a", "", "b"]] }),
    unsigned({ content: "x".repeat(200_000) }),
  ];
  const signed = await signer.signEvents(events);
  for (const [at, event] of signed.entries()) {
    assert.ok(verifyEvent({ ...event, tags: event.tags.map((tag) => [...tag]) }), `event ${at}`);
    const { id: _id, sig: _sig, ...rest } = event;
    assert.deepEqual(rest, events[at]);
  }
});

Deno.test("signEvents() uses fresh randomness each time, and the id stays", async () => {
  const signer = await makeSigner();
  const [first, second] = await signer.signEvents([unsigned(), unsigned()]);
  assert.equal(first.id, second.id);
  assert.notEqual(first.sig, second.sig);
});

Deno.test("signEvents() refuses an event of another author, and signs none of the batch", async () => {
  const signer = await makeSigner();
  const foreign = unsigned({ pubkey: asPubkey(peer) });
  await assert.rejects(signer.signEvents([unsigned(), foreign]), {
    name: "SignerError",
    code: "foreign_pubkey",
  });
});

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

const second = { nonce: 2, transferredAmount: 200n, packetAmount: 100n };
const refusedAfterFirst: readonly [string, object, SignerError["code"]][] = [
  ["the last nonce with another amount", { nonce: 1, transferredAmount: 101n }, "nonce"],
  ["an amount that falls", { nonce: 2, transferredAmount: 99n }, "bad_field"],
  ["an amount that rises by more than the packet", { ...second, packetAmount: 99n }, "bad_field"],
  ["a packet above its ceiling", { ...second, packetAmount: 1_001n }, "ceiling"],
  ["a nonce 2^20 + 1 ahead", { ...second, nonce: 2 ** 20 + 2 }, "nonce"],
  ["another chain", { ...second, chainId: 84_532 }, "not_allowed"],
  ["another contract", { ...second, tokenNetworkAddress: `0x${"11".repeat(20)}` }, "not_allowed"],
];
for (const [name, changes, code] of refusedAfterFirst) {
  Deno.test(`signClaim() refuses ${name}, and forgets nothing and counts nothing by it`, async () => {
    const signer = await makeSigner();
    const { snapshot } = await signer.signClaim(firstClaim);
    await assert.rejects(signer.signClaim({ ...firstClaim, ...changes }), {
      name: "SignerError",
      code,
    });
    assert.deepEqual(await signer.snapshot(), snapshot);
    await signer.signClaim({ ...firstClaim, ...second });
  });
}

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

Deno.test("signChallenge() proves the channel's key for at most 60 seconds", async () => {
  const signer = await makeSigner();
  const challenge = { ...contract, channelId, expiresS: startMs / 1_000 + 60 };
  const { signature, signerAddress } = await signer.signChallenge(challenge);
  assert.equal(signerAddress, address);
  assert.equal(recoverChallenge(secp, domain, challenge, signature), address);
  await signer.signChallenge({ ...challenge, expiresS: challenge.expiresS + 1 });
  await assert.rejects(signer.signChallenge({ ...challenge, expiresS: challenge.expiresS + 2 }), {
    code: "bad_field",
  });
  await assert.rejects(signer.signChallenge({ ...challenge, chainId: 1 }), { code: "not_allowed" });
});

Deno.test("packetFulfilments() is HMAC-SHA256 under the conversation key, at both ends", async () => {
  const signer = await makeSigner();
  const terminal = await makeSigner({ nostrKey: peerKey, paymentKey: peerKey });
  const dataSha256 = createHash("sha256").update("data").digest();
  const [ours] = await signer.packetFulfilments([{ peer, dataSha256 }]);
  const [theirs] = await terminal.packetFulfilments([{ peer: pubkey, dataSha256 }]);
  assert.deepEqual(ours, theirs);
  const key = getConversationKey(nostrKey, peer);
  assert.equal(ours.toHex(), createHmac("sha256", key).update(dataSha256).digest("hex"));
});

Deno.test("encrypt() and decrypt() are NIP-44 as nostr-tools has it", async () => {
  const signer = await makeSigner();
  const key = getConversationKey(peerKey, pubkey);
  assert.equal(decrypt(await signer.encrypt(peer, "to you 😀"), key), "to you 😀");
  assert.equal(await signer.decrypt(peer, encrypt("to me", key)), "to me");
  assert.notEqual(await signer.encrypt(peer, "x"), await signer.encrypt(peer, "x"));
  const sealed = encrypt("to me", key);
  const changed = sealed.slice(0, 60) + (sealed[60] === "A" ? "B" : "A") + sealed.slice(61);
  await assert.rejects(signer.decrypt(peer, changed), { code: "bad_field" });
});

Deno.test("the cache of conversation keys is bounded, and a peer that it dropped is served again", async () => {
  const signer = await makeSigner();
  const dataSha256 = new Uint8Array(32);
  const packets = Array.from({ length: 300 }, (_, at) => ({
    peer: getPublicKey(new Uint8Array(32).fill(0).with(31, at % 255 + 1).with(0, at < 255 ? 0 : 1)),
    dataSha256,
  }));
  const first = await signer.packetFulfilments(packets);
  assert.deepEqual(await signer.packetFulfilments(packets.slice(0, 3)), first.slice(0, 3));
});

Deno.test("bindPaymentKey() is read back as the payment address, and a changed one is not", async () => {
  const signer = await makeSigner();
  const event = await signer.bindPaymentKey() as VerifiedEvent;
  assert.ok(verifyEvent({ ...event, tags: event.tags.map((tag) => [...tag]) }));
  assert.equal(event.kind, 30_078);
  assert.equal(event.created_at, startMs / 1_000);
  assert.equal(readKeyBinding(secp, event), address);
  const { signature } = JSON.parse(event.content);
  const other = JSON.stringify({ address: `0x${"11".repeat(20)}`, signature });
  const broken = [
    { ...event, content: other },
    { ...event, content: "{}" },
    { ...event, content: "not json" },
    { ...event, kind: 1 },
    { ...event, tags: [] },
    { ...event, pubkey: asPubkey(peer) },
  ];
  for (const wrong of broken) assert.equal(readKeyBinding(secp, wrong as VerifiedEvent), null);
});

Deno.test("one key may serve both where the network wants it", async () => {
  const signer = await makeSigner({ paymentKey: nostrKey });
  const { paymentAddress } = await signer.identity();
  assert.equal(paymentAddress, secp.addressOf(nostrKey));
});

Deno.test("destroy() ends every service of the signer", async () => {
  const signer = await makeSigner();
  signer.destroy();
  const calls = [
    signer.identity(),
    signer.signEvents([unsigned()]),
    signer.signClaim(firstClaim),
    signer.signChallenge({ ...contract, channelId, expiresS: 1 }),
    signer.packetFulfilments([]),
    signer.encrypt(peer, "x"),
    signer.decrypt(peer, "x"),
    signer.bindPaymentKey(),
    signer.snapshot(),
  ];
  for (const call of calls) {
    await assert.rejects(call, { name: "SignerError", code: "locked" });
  }
});

Deno.test("destroy() overwrites the signer's copies of both keys with zeros", async () => {
  const copies: Uint8Array<ArrayBuffer>[] = [];
  const watched = (key: Uint8Array<ArrayBuffer>) =>
    Object.assign(key.slice(), {
      slice() {
        const copy = key.slice();
        copies.push(copy);
        return copy;
      },
    });
  const signer = await makeSigner({
    nostrKey: watched(nostrKey),
    paymentKey: watched(paymentKey),
  });
  assert.deepEqual(copies, [nostrKey, paymentKey]);
  signer.destroy();
  assert.deepEqual(copies, [new Uint8Array(32), new Uint8Array(32)]);
});

Deno.test("createKeySigner() copies the keys, so that the caller can overwrite its own", async () => {
  const own = { nostrKey: nostrKey.slice(), paymentKey: paymentKey.slice() };
  const signer = await makeSigner(own);
  own.nostrKey.fill(0);
  own.paymentKey.fill(0);
  assert.equal((await signer.signClaim(firstClaim)).signerAddress, address);
  await signer.signEvents([unsigned()]);
});

Deno.test("createKeySigner() refuses what is not a key, and options that break their rule", async () => {
  const zero = new Uint8Array(32);
  for (
    const wrong of [{ nostrKey: zero }, { paymentKey: zero }, { nostrKey: new Uint8Array(31) }]
  ) {
    await assert.rejects(makeSigner(wrong), { name: "SignerError", code: "locked" });
  }
  const ceilings = { perPacketUnits: 1n, perChannelUnits: 1n, perHourUnits: 1n, perDayUnits: -1n };
  await assert.rejects(makeSigner({ ceilings }), { code: "bad_field" });
  const allow = [{ chainId: 0, tokenNetworkAddress: contract.tokenNetworkAddress }];
  await assert.rejects(makeSigner({ allow }), { code: "bad_field" });
});

/** Every form in which these bytes could show up in text. */
function traces(key: Uint8Array): readonly string[] {
  return [
    key.toHex(),
    key.toHex().toUpperCase(),
    key.toBase64().slice(0, 40),
    [...key].join(","),
    [...key].join(", "),
  ]
    .flatMap((text) => [text, text.slice(0, 24)]);
}

Deno.test("neither inspection nor JSON of signer, answers and errors shows a key", async () => {
  const signer = await makeSigner();
  const seen: unknown[] = [
    signer,
    await signer.signClaim(firstClaim),
    await signer.signEvents([unsigned()]),
    await signer.bindPaymentKey(),
    await signer.identity(),
    new TextDecoder().decode((await signer.snapshot()).sealed),
  ];
  const provoked = [
    signer.signClaim(firstClaim),
    signer.signClaim({ ...firstClaim, nonce: 0 }),
    signer.signClaim(null as never),
    signer.signEvents([unsigned({ pubkey: asPubkey(peer) })]),
    signer.encrypt("00".repeat(32), "x"),
    signer.decrypt(peer, "not a payload"),
    createKeySigner({ nostrKey, paymentKey: new Uint8Array(3) } as never),
    makeSigner({ snapshot: { counter: 0, sealed: new Uint8Array(50) } }),
  ];
  for (const call of provoked) seen.push(await call.catch((error) => error));
  const show = (value: unknown) =>
    Deno.inspect(value, {
      depth: 20,
      showHidden: true,
      iterableLimit: 1e6,
      strAbbreviateSize: 1e6,
    }) +
    JSON.stringify(value) + (value instanceof Error ? `${value.stack}${value.cause}` : "");
  const text = seen.map(show).join("\n");
  for (const trace of [...traces(nostrKey), ...traces(paymentKey)]) {
    assert.ok(!text.includes(trace), trace);
  }
  assert.ok(text.includes(address));
});
