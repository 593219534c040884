import assert from "node:assert/strict";
import { Reservations } from "../../../money/receiver/reservations.ts";
import { openWorld } from "../../store/given.ts";
import { incoming } from "../../store/store_rows.ts";

const at = (channelId: string, nonce: number) => ({ channelId, nonce });

Deno.test("Reservations gives an obligation to one packet at a time", async () => {
  await using world = await openWorld();
  const reserved = new Reservations(world.store);
  assert.deepEqual(await reserved.reserve("o", at("a", 1)), { paid: null });
  assert.deepEqual(await reserved.reserve("o", at("a", 1)), { paid: null }, "it asks again");
  for (const other of [at("a", 2), at("b", 1)]) {
    assert.deepEqual(await reserved.reserve("o", other), { paid: "held" });
    reserved.release("o", other);
    assert.deepEqual(await reserved.reserve("o", other), { paid: "held" }, "not its own");
  }
  reserved.release("o", at("a", 1));
  assert.deepEqual(await reserved.reserve("o", at("b", 1)), { paid: null });
  reserved.forget("a");
  assert.deepEqual(await reserved.reserve("o", at("a", 1)), { paid: "held" });
  reserved.forget("b");
  assert.deepEqual(await reserved.reserve("o", at("a", 1)), { paid: null });
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
  assert.deepEqual(await reserved.reserve("paid", paid), { paid: null }, "it is the one");
  assert.deepEqual(await reserved.reserve("held", held), { paid: null });
  const anew = new Reservations(store);
  assert.deepEqual(await anew.reserve("paid", at(paid.channelId, 9)), { paid: answer });
  assert.deepEqual(await anew.reserve("held", at("b", 2)), { paid: "held" });
});
