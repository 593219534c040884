import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { deliverResult } from "../../market/deliver_result.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { deliveryOrder } from "../../protocols/nostr/sealed_result.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { SealedRow } from "../../store/sealed_row.ts";
import { BUYER, NOW_S, PROVIDER, request, signed, STRANGER } from "./market.ts";

const verifier = await createVerifier();
const asked = request();
/** Replaces the provider's signer: the key is derived from its inputs. */
const keyOf = (dataSha256: Uint8Array) => sha256(new Uint8Array([9, ...dataSha256]));
const KEY = keyOf(sha256(new TextEncoder().encode(`crosstown delivery key ${asked.id}`)));
const CONDITION = sha256(KEY);
const SALE: SealedRow = {
  eventId: asked.id,
  role: "provider",
  party: BUYER,
  condition: CONDITION.toHex(),
  restUnits: 5_000n,
  result: new Uint8Array(),
  state: "waiting",
  key: null,
  atMs: 1,
  dueAtMs: 2,
};
const order = (author = BUYER, more: Partial<Parameters<typeof deliveryOrder>[0]> = {}) =>
  signed({
    ...deliveryOrder({
      requestId: asked.id,
      provider: PROVIDER,
      condition: CONDITION.toHex(),
      ...more,
    }, NOW_S),
  }, author);
const packet = (event: NostrEvent, more: Partial<Prepare> = {}): Prepare => ({
  amount: 5_000n,
  expiresAtMs: NOW_S * 1_000,
  condition: CONDITION,
  destination: "g.p",
  data: encodeToon(event, "1.4"),
  ...more,
});

function seller(sale: SealedRow | null = SALE) {
  const beneath: Terminal = {
    inspect: () => Promise.resolve({ obligation: "beneath" }),
    effect: () => Promise.resolve({ reject: { code: "F00", message: "beneath" } }),
  };
  return deliverResult(beneath, {
    pubkey: PROVIDER,
    store: {
      sealedOf: (id, role) =>
        Promise.resolve(id === sale?.eventId && role === "provider" ? sale : null),
      getJobByEvent: () => Promise.resolve({ jobId: "job-1", amountUnits: 20_000n } as never),
    },
    signer: {
      packetFulfilments: (packets) =>
        Promise.resolve(packets.map(({ dataSha256 }) => keyOf(dataSha256))),
    },
    verifier,
    clock: () => NOW_S * 1_000,
  });
}

Deno.test("deliverResult() sells the key for the rest of the price, to the buyer, under the quote's condition", async () => {
  const terminal = seller();
  const obligation = `delivery:${asked.id}`;
  assert.deepEqual(await terminal.inspect(packet(order())), { obligation });
  const effect = await terminal.effect(packet(order()), obligation);
  assert.ok("fulfilment" in effect);
  assert.equal(effect.fulfilment.toHex(), KEY.toHex());
  const [settled, patched] = effect.changes ?? [];
  assert.deepEqual(settled, {
    op: "settleSealed",
    eventId: asked.id,
    role: "provider",
    state: "sold",
    key: null,
  });
  assert.ok(patched.op === "patchJob");
  assert.equal(patched.patch.amountUnits, 25_000n);
  // After a crash between effect and commit, and after the commit.
  const again = await seller({ ...SALE, state: "sold" }).effect(packet(order()), obligation);
  assert.ok("fulfilment" in again);
  assert.deepEqual([again.fulfilment.toHex(), again.changes], [KEY.toHex(), []]);
});

Deno.test("deliverResult() gives a sold key again for nothing, to its buyer alone", async () => {
  const sold = seller({ ...SALE, state: "sold" });
  const obligation = `delivery:${asked.id}`;
  const free = packet(order(), { amount: 0n });
  assert.deepEqual(await sold.inspect(free), { obligation });
  const effect = await sold.effect(free, obligation);
  assert.ok("fulfilment" in effect);
  assert.deepEqual([effect.fulfilment.toHex(), effect.changes], [KEY.toHex(), []]);
  const refused: readonly (readonly [prepare: Prepare, code: string])[] = [
    [packet(order(), { amount: 4_999n }), "price_not_met"],
    [packet(order(STRANGER), { amount: 0n }), "nothing_to_deliver"],
    [packet(order(), { amount: 0n, condition: sha256(CONDITION) }), "wrong_condition"],
  ];
  for (const [prepare, code] of refused) {
    const seen = await sold.inspect(prepare);
    assert.ok("reject" in seen && "reject" in await sold.effect(prepare, obligation));
    assert.equal(JSON.parse(new TextDecoder().decode(seen.reject.data)).code, code);
  }
});

Deno.test("deliverResult() gives the key to nobody else, for no less, and under no other condition", async () => {
  const refused = async (prepare: Prepare, sale: SealedRow | null = SALE) => {
    const terminal = seller(sale);
    const seen = await terminal.inspect(prepare);
    const effect = await terminal.effect(prepare, `delivery:${asked.id}`);
    assert.ok("reject" in seen && "reject" in effect);
    return JSON.parse(new TextDecoder().decode(seen.reject.data)).code;
  };
  const forged = { ...order(), tags: order(STRANGER).tags, sig: order(STRANGER).sig };
  assert.equal(await refused(packet(order(STRANGER))), "nothing_to_deliver");
  assert.equal(await refused(packet(order()), null), "nothing_to_deliver");
  assert.equal(await refused(packet(forged)), "bad_signature");
  assert.equal(await refused(packet(order(BUYER, { provider: STRANGER }))), "nothing_to_deliver");
  assert.equal(await refused(packet(order(), { amount: 4_999n })), "price_not_met");
  assert.equal(await refused(packet(order(), { amount: 0n })), "price_not_met");
  const other = sha256(CONDITION);
  assert.equal(await refused(packet(order(), { condition: other })), "wrong_condition");
  const named = order(BUYER, { condition: other.toHex() });
  assert.equal(await refused(packet(named)), "wrong_condition");
});

Deno.test("deliverResult() leaves every other packet to the terminal beneath", async () => {
  const terminal = seller();
  assert.deepEqual(await terminal.inspect(packet(asked)), { obligation: "beneath" });
  for (const data of [new Uint8Array(), new Uint8Array(4_096).fill(0x20)]) {
    assert.deepEqual(await terminal.inspect(packet(asked, { data })), { obligation: "beneath" });
  }
  const effect = await terminal.effect(packet(asked), `job:${asked.id}`);
  assert.ok("reject" in effect && effect.reject.message === "beneath");
});
