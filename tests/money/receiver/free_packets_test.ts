import assert from "node:assert/strict";
import { FreePackets } from "../../../money/receiver/free_packets.ts";
import { Refusals } from "../../../money/receiver/refusals.ts";
import type { Asker } from "../../../money/receiver/terminal.ts";
import { RateLimit } from "../../../base/rate_limit.ts";
import { innerPackets } from "../../../protocols/ilp/inner_packets.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";

/** A receiver of packets whose data names their asker. Returns the code of each answer. */
function receiver() {
  const now = { ms: 0 };
  const packets = new FreePackets(
    { freePackets: [2, 1] },
    {
      delivery: {
        inspect: () => Promise.resolve({ reject: { code: "F04", message: "a quote" } }),
        deliver: () => Promise.reject(new Error("nothing is paid")),
        asker: ({ data }) => new TextDecoder().decode(data) as Asker,
        pass: () => Promise.reject(new Error("nothing passes")),
      },
      store: { commit: () => Promise.reject(new Error("nothing is written")) } as never,
      timers: { now: () => now.ms } as never,
    },
    { faultOf: () => null },
    new Refusals("g.p", innerPackets),
  );
  const ask = async (asker: Asker, limit?: RateLimit) => {
    const prepare: Prepare = {
      amount: 0n,
      expiresAtMs: 30_000,
      condition: new Uint8Array(32),
      destination: "g.p",
      data: new TextEncoder().encode(asker),
    };
    const reply = await packets.answer(prepare, limit);
    assert.ok(reply !== null);
    const answer = innerPackets.decodePacket(reply.packet);
    assert.ok(answer.type === "reject");
    return answer.code;
  };
  return { now, ask };
}

Deno.test("FreePackets limits each sort of askers, so that none delays another", async () => {
  const { now, ask } = receiver();
  assert.deepEqual([await ask("stranger"), await ask("stranger")], ["F04", "F04"]);
  for (const asker of ["known", "job", "wrapped"] as const) {
    assert.equal(await ask("stranger"), "T05");
    assert.deepEqual([await ask(asker), await ask(asker), await ask(asker)], ["F04", "F04", "T05"]);
  }
  now.ms = 1_000;
  assert.deepEqual([await ask("stranger"), await ask("stranger")], ["F04", "T05"]);
  assert.deepEqual([await ask("job"), await ask("job")], ["F04", "T05"]);
});

Deno.test("FreePackets counts a packet against its session's limit where it has one", async () => {
  const { ask } = receiver();
  const limit = new RateLimit(1, 0);
  assert.deepEqual([await ask("job", limit), await ask("job", limit)], ["F04", "T05"]);
  assert.equal(await ask("job"), "F04");
});
