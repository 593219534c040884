import assert from "node:assert/strict";
import { HeldPackets } from "../../../money/receiver/held_packets.ts";
import { openWorld } from "../../store/given.ts";
import { incoming, receiver } from "../../store/store_rows.ts";

Deno.test("HeldPackets keeps one account of a channel, however often and however soon it is asked for", async () => {
  await using world = await openWorld();
  const { store } = world;
  const held = new HeldPackets({ store } as never, null as never);
  assert.equal(await held.existing("c"), null, "it has not paid yet");
  const [first, second] = await Promise.all([held.account("c", "p"), held.account("c", "p")]);
  assert.equal(first, second);
  assert.equal(await held.account("c", "p"), first);
  assert.equal(await held.existing("c"), first);
  assert.deepEqual([...held.accounts()], [first]);

  await store.commit([{ op: "putReceiverChannel", row: receiver({ channelId: "d" }) }]);
  await store.commit([{
    op: "putIncoming",
    row: incoming({ channelId: "e", nonce: 3 }),
    expect: "absent",
  }]);
  assert.equal((await held.existing("d"))?.channelId, "d");
  await held.load();
  assert.deepEqual([...held.accounts()].map(({ channelId }) => channelId), ["c", "d", "e"]);
});
