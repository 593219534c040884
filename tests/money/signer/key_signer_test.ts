import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { decrypt, encrypt, getConversationKey } from "nostr-tools/nip44";
import { getPublicKey, verifyEvent } from "nostr-tools/pure";
import { recoverChallenge } from "../../../protocols/evm/challenge.ts";
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
import { address, domain, second, secp } from "./signing.ts";

const pubkey = asPubkey(getPublicKey(nostrKey));

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
    await assert.rejects(makeSigner(wrong), { name: "SignerError", code: "wallet_format" });
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
