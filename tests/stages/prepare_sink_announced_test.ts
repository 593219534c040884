/** Which of a provider's announcements are read back. */
import assert from "node:assert/strict";
import { ANNOUNCEMENT_KIND } from "../../protocols/nostr/kinds.ts";
import type { PrepareSinkOptions } from "../../stages/prepare_sink_services.ts";
import { PAID, rig } from "./prepare_sink_rig.ts";
import { addRow, outgoingItem, surroundings } from "./surroundings.ts";

/** Sends so many paid writes of this kind, one after another. Returns how each was settled. */
async function settled(kind: number, writes: number, wire: PrepareSinkOptions["wire"]) {
  await using at = await surroundings();
  const { writer } = await rig(at, { options: { ...PAID, wire } });
  for (let seq = 1; seq <= writes; seq++) {
    const known = {
      ...{ id: String(seq).padStart(64, "0"), kind, purpose: "write", write_price_units: "100" },
      ...{ destination: "test.relay", terminal: "a".repeat(64), outbox_id: await addRow(at.store) },
    };
    await writer.write([outgoingItem(seq, known)]);
    await at.untilSettled(seq);
  }
  const details = (await at.untilSettled(writes)).map(({ outcome, detail }) =>
    `${outcome} ${detail}`
  );
  await writer.close();
  return details;
}

Deno.test("prepareSink() reads back the first announcement and then one in 15, if only the relay can fulfil", async () => {
  const expected = Array.from({ length: 16 }, () => "done fulfilled");
  expected[0] = expected[15] = "done confirmed";
  assert.deepEqual(await settled(ANNOUNCEMENT_KIND, 16, "interledger"), expected);
});

Deno.test("prepareSink() reads back every announcement that any hop can fulfil, and every other write", async () => {
  const confirmed = ["done confirmed", "done confirmed"];
  assert.deepEqual(await settled(ANNOUNCEMENT_KIND, 2, "crosstown"), confirmed);
  assert.deepEqual(await settled(7_000, 2, "interledger"), confirmed);
});
