import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { openedAnswer, SEALED_WORDS, sealedData } from "../../../market/private/private_packet.ts";
import { privateTerminal } from "../../../market/private/private_terminal.ts";
import type { Terminal } from "../../../money/receiver/terminal.ts";
import { createConversations } from "../../../money/signer/conversations.ts";
import { createEventSigning } from "../../../money/signer/event_signing.ts";
import { createPrivateTexts } from "../../../money/signer/private_texts.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { incrementOrder } from "../../../protocols/nostr/increment_order.ts";
import { readerOf } from "../../../protocols/nostr/private_job.ts";
import { deliveryOrder } from "../../../protocols/nostr/sealed_result.ts";
import { BUYER, NOW_S, PROVIDER, request, signed } from "../market.ts";

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const verifier = await createVerifier();

/** The part of a signer that private jobs need, of the key that market.ts has. */
function signerOf(byte: number) {
  const nostrKey = new Uint8Array(32).fill(byte);
  const { pubkey } = createEventSigning(nostrKey, random);
  const { encrypt, decrypt } = createConversations(nostrKey, random);
  const clock = () => NOW_S * 1_000;
  const texts = createPrivateTexts({ nostrKey, pubkey, decrypt, random, clock });
  const told = <Value>(make: () => Value) => Promise.try(make);
  return {
    pubkey,
    wrapText: (reader: string, text: string) => told(() => texts.wrap(reader, text)),
    openText: (wrap: NostrEvent) => told(() => texts.open(wrap)),
    encrypt: (peer: string, text: string) => told(() => encrypt(peer, text)),
    decrypt: (peer: string, text: string) => told(() => decrypt(peer, text)),
  };
}

const buyer = signerOf(1);
const provider = signerOf(2);

/** Records what the terminal beneath got. */
function beneath(more: Partial<Terminal> = {}) {
  const seen: Prepare[] = [];
  const terminal: Terminal = {
    inspect(prepare) {
      seen.push(prepare);
      const data = new TextEncoder().encode('{"quote":{}}');
      return Promise.resolve({ reject: { code: "F04", message: "the price is 5", data } });
    },
    effect(prepare) {
      seen.push(prepare);
      const fulfilment = sha256(prepare.data);
      return Promise.resolve({ fulfilment, data: new TextEncoder().encode("job-1234567") });
    },
    ...more,
  };
  return { seen, terminal: privateTerminal(terminal, { signer: provider, verifier }) };
}

const packet = (data: Uint8Array, condition = new Uint8Array(32)): Prepare => ({
  amount: 0n,
  expiresAtMs: NOW_S * 1_000 + 30_000,
  condition,
  destination: "g.dev.provider",
  data,
});

const asked = request();
const open = encodeToon(asked, "1.4");

Deno.test("privateTerminal() gives what is in a wrap to the terminal beneath, and seals its refusal for the author", async () => {
  assert.deepEqual([buyer.pubkey, provider.pubkey], [BUYER, PROVIDER]);
  const data = await sealedData(open, PROVIDER, buyer);
  const text = new TextDecoder().decode(data);
  assert.ok(!text.includes(BUYER) && !text.includes(asked.id));
  const { seen, terminal } = beneath();
  const said = await terminal.inspect(packet(data));
  assert.deepEqual(seen[0].data, open);
  assert.ok("reject" in said);
  const { code, message, data: sealed } = said.reject;
  assert.deepEqual([code, message], ["F04", SEALED_WORDS]);
  assert.ok(!new TextDecoder().decode(sealed).includes("quote"));
  const answer = await openedAnswer(sealed!, PROVIDER, buyer);
  assert.equal(answer?.message, "the price is 5");
  assert.equal(new TextDecoder().decode(answer.data), '{"quote":{}}');
  assert.equal(await openedAnswer(sealed!, BUYER, buyer), null);
});

Deno.test("privateTerminal() opens the condition of a wrap's own content, and tells hops nothing of the job", async () => {
  const data = await sealedData(open, PROVIDER, buyer);
  const { terminal } = beneath();
  const effect = await terminal.effect(packet(data, sha256(sha256(data))), "job:1");
  assert.ok("fulfilment" in effect);
  assert.deepEqual(effect.fulfilment, sha256(data));
  assert.equal(effect.data.length, 0);
  // Another condition is checked by the terminal beneath, which knows the content of the wrap.
  const other = await terminal.effect(packet(data, sha256(sha256(open))), "job:1");
  assert.deepEqual("fulfilment" in other && other.fulfilment, sha256(open));
});

Deno.test("privateTerminal() refuses wraps that it cannot open or whose content is not authentic", async () => {
  const forged = encodeToon({ ...asked, content: "forged" }, "1.4");
  const note = encodeToon({ ...asked, kind: 1 }, "1.4");
  const nested = await sealedData(open, PROVIDER, buyer);
  for (
    const data of [
      await sealedData(open, BUYER, buyer),
      await sealedData(forged, PROVIDER, buyer),
      await sealedData(note, PROVIDER, buyer),
      await sealedData(nested, PROVIDER, buyer),
      await sealedData(new TextEncoder().encode("no event"), PROVIDER, buyer),
    ]
  ) {
    const { seen, terminal } = beneath();
    const said = await terminal.inspect(packet(data));
    assert.equal("reject" in said && said.reject.code, "F06");
    const effect = await terminal.effect(packet(data), "job:1");
    assert.equal("reject" in effect && effect.reject.code, "F06");
    assert.equal(seen.length, 0);
  }
});

Deno.test("privateTerminal() leaves every other packet to the terminal beneath", async () => {
  const { seen, terminal } = beneath({ asker: () => "known" });
  const said = await terminal.inspect(packet(open));
  assert.equal("reject" in said && said.reject.message, "the price is 5");
  assert.equal(terminal.asker!(packet(open)), "known");
  assert.equal(terminal.asker!(packet(await sealedData(open, provider.pubkey, buyer))), "wrapped");
  await terminal.effect(packet(open), "job:1");
  assert.equal(seen.length, 2);
});

Deno.test("privateTerminal() opens orders of keys and of increments, and gives the key that its condition asks for", async () => {
  const about = { requestId: asked.id, provider: PROVIDER };
  const key = new Uint8Array(32).fill(7);
  for (
    const order of [
      incrementOrder({ ...about, number: 2 }, NOW_S, true),
      deliveryOrder({ ...about, condition: sha256(key).toHex() }, NOW_S, { isPrivate: true }),
    ]
  ) {
    const plain = encodeToon(signed(order, BUYER), "1.4");
    assert.equal(readerOf(order), PROVIDER);
    const data = await sealedData(plain, PROVIDER, buyer);
    assert.ok(!new TextDecoder().decode(data).includes(asked.id));
    const { seen, terminal } = beneath({
      effect: () => Promise.resolve({ fulfilment: key, data: plain }),
    });
    await terminal.inspect(packet(data));
    assert.deepEqual(seen[0].data, plain);
    const effect = await terminal.effect(packet(data, sha256(key)), "delivery:1");
    assert.deepEqual("fulfilment" in effect && [effect.fulfilment, effect.data.length], [key, 0]);
  }
});
