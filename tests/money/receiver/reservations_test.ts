import assert from "node:assert/strict";
import { Reservations } from "../../../money/receiver/reservations.ts";
import { openWorld } from "../../store/given.ts";
import { incoming } from "../../store/store_rows.ts";

import type { IncomingRef } from "../../../money/receiver/delivery.ts";

const reserve = (reserved: Reservations, obligation: string, row: IncomingRef) =>
  reserved.reserve(reserved.look(obligation, row));

const at = (channelId: string, nonce: number) => ({ channelId, nonce });

Deno.test("Reservations gives an obligation to one packet at a time", async () => {
  await using world = await openWorld();
  const reserved = new Reservations(world.store);
  assert.deepEqual(await reserve(reserved, "o", at("a", 1)), { paid: null });
  assert.deepEqual(await reserve(reserved, "o", at("a", 1)), { paid: null }, "it asks again");
  for (const other of [at("a", 2), at("b", 1)]) {
    assert.deepEqual(await reserve(reserved, "o", other), { paid: "held" });
    reserved.release("o", other);
    assert.deepEqual(await reserve(reserved, "o", other), { paid: "held" }, "not its own");
  }
  reserved.release("o", at("a", 1));
  assert.deepEqual(await reserve(reserved, "o", at("b", 1)), { paid: null });
  reserved.forget("a");
  assert.deepEqual(await reserve(reserved, "o", at("a", 1)), { paid: "held" });
  reserved.forget("b");
  assert.deepEqual(await reserve(reserved, "o", at("a", 1)), { paid: null });
});

Deno.test("Reservations reports what the store knows of an obligation", async () => {
  await using world = await openWorld();
  const { store } = world;
  const answer = new Uint8Array([7]);
  const rows = [
    incoming({ nonce: 1, obligation: "paid", state: "fulfilled", answer }),
    incoming({ nonce: 2, obligation: "held" }),
  ];
  for (const row of rows) await store.commit([{ op: "putIncoming", row, expect: "absent" }]);
  const reserved = new Reservations(store);
  const [paid, held] = rows;
  assert.deepEqual(await reserve(reserved, "paid", paid), { paid: null }, "it is the one");
  assert.deepEqual(await reserve(reserved, "held", held), { paid: null });
  const anew = new Reservations(store);
  assert.deepEqual(await reserve(anew, "paid", at(paid.channelId, 9)), { paid: answer });
  assert.deepEqual(await reserve(anew, "held", at("b", 2)), { paid: "held" });
});

Deno.test("Reservations asks the store again if another packet reserved the obligation since it was asked", async () => {
  await using world = await openWorld();
  const { store } = world;
  const reserved = new Reservations(store);
  const answer = new Uint8Array([7]);
  const [first, second] = [incoming({ nonce: 1, obligation: "o" }), at("b", 2)];
  // Both are looked up before either is decided, and the store knows neither.
  const [early, late] = [reserved.look("o", first), reserved.look("o", second)];
  assert.deepEqual(await reserved.reserve(early), { paid: null });
  const row = { ...first, state: "fulfilled" as const, answer };
  await store.commit([{ op: "putIncoming", row: first, expect: "absent" }]);
  const third = reserved.look("o", at("c", 3));
  await store.commit([{ op: "putIncoming", row, expect: "held" }]);
  reserved.release("o", first);
  assert.deepEqual(await reserved.reserve(late), { paid: answer });
  reserved.release("o", second);
  assert.deepEqual(await reserved.reserve(third), { paid: answer });
});

Deno.test("Reservations asks the store nothing for a packet that is forwarded", async () => {
  const reserved = new Reservations({
    incomingByObligation: () => Promise.reject(new Error("asked")),
  });
  assert.deepEqual(await reserve(reserved, "forward:a:1", at("a", 1)), { paid: null });
  assert.deepEqual(await reserve(reserved, "forward:a:1", at("a", 2)), { paid: "held" });
  await assert.rejects(reserve(reserved, "forward:a:2", at("a", 1)), /asked/);
});
