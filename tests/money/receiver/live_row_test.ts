import assert from "node:assert/strict";
import { ask, liveRow, tell } from "../../../money/receiver/live_row.ts";
import { incoming } from "../../store/store_rows.ts";

const reply = { packet: new Uint8Array([1]), ack: null };

Deno.test("ask() answers only the newest request for a packet, and those after the outcome", async () => {
  const packet = liveRow(incoming(), "deciding");
  const [first, second] = [ask(packet), ask(packet)];
  assert.equal(await first, null);
  const third = ask(packet);
  assert.equal(await second, null);
  tell(packet, reply);
  tell(packet, null);
  assert.equal(await third, reply);
  assert.equal(await ask(packet), reply, "the first outcome stays");
});

Deno.test("ask() of a packet whose account was discarded gets no answer", async () => {
  const packet = liveRow(incoming(), "held");
  const waiting = ask(packet);
  tell(packet, null);
  tell(packet, reply);
  assert.deepEqual([await waiting, await ask(packet)], [null, null]);
});
