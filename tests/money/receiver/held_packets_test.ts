import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import { terminalDelivery } from "../../../money/receiver/delivery.ts";
import { Refusals } from "../../../money/receiver/refusals.ts";
import { innerPackets } from "../../../protocols/ilp/inner_packets.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import { ask } from "../../../money/receiver/live_row.ts";
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

for (
  const [name, isPure, turns, expected] of [
    // The outcome is there before the turn ends, so it shares the commit.
    ["a pure delivery before", true, 0, ["effect", "commit", "answer"]],
    ["a pure delivery that takes a while before", true, 3, [
      "effect",
      "commit",
      "commit",
      "answer",
    ]],
    ["any other delivery after", false, 0, ["commit", "effect", "commit", "answer"]],
  ] as const
) {
  Deno.test(`HeldPackets starts ${name} the packet is durable, and answers after its outcome is`, async () => {
    await using world = await openWorld();
    const done: string[] = [];
    const gate = Promise.withResolvers<void>();
    const lane = new CommitLane({
      async commit(changes) {
        await gate.promise;
        await world.store.commit(changes);
        done.push("commit");
      },
    });
    const fulfilment = new Uint8Array(32).fill(7);
    const delivery = terminalDelivery({
      isPure,
      inspect: () => Promise.reject(new Error("not asked")),
      effect: async () => {
        done.push("effect");
        for (let at = 0; at < turns; at++) await new Promise((resolve) => setImmediate(resolve));
        const changes = [{ op: "setCursor" as const, name: "effect", value: "1" }];
        return { fulfilment, data: new Uint8Array(0), changes };
      },
    });
    const held = new HeldPackets(
      { store: world.store, lane, delivery, log: () => {} } as never,
      new Refusals("g.us", innerPackets),
    );
    const account = await held.account("c", "p");
    const packet = account.admit(incoming({ channelId: "c", nonce: 1 }), {
      nonce: 1,
      cumulative: 5n,
    });
    const condition = sha256(fulfilment);
    held.hold(account, packet, { condition } as Prepare, "o");
    const reply = ask(packet).then(() => done.push("answer"));
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(done, isPure ? ["effect"] : []);
    gate.resolve();
    await reply;
    assert.deepEqual(done, expected);
    assert.equal((await world.store.incoming("c", 1))?.state, "fulfilled");
    assert.equal(await world.store.cursor("effect"), "1");
  });
}
