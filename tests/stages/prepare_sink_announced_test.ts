/** Which of a provider's announcements are read back. */
import assert from "node:assert/strict";
import { ANNOUNCEMENT_KIND } from "../../protocols/nostr/kinds.ts";
import type { PrepareSinkOptions } from "../../stages/prepare_sink_services.ts";
import { fulfilled, PAID, rig, unknown } from "./prepare_sink_rig.ts";
import { addRow, outgoingItem, surroundings } from "./surroundings.ts";

/** Sends so many paid writes of this kind, one after another. Returns how each was settled, and how often the relay was asked. */
async function settled(kind: number, writes: number, wire: PrepareSinkOptions["wire"]) {
  await using at = await surroundings();
  let looks = 0;
  const { writer } = await rig(at, {
    options: { ...PAID, wire },
    pay({ amount, onFulfill }) {
      onFulfill?.();
      return Promise.resolve(fulfilled(amount));
    },
    shows() {
      looks++;
      return "shown";
    },
  });
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
  return { details, looks };
}

Deno.test("prepareSink() reads back the first announcement and then one in 15, if only the relay can fulfil", async () => {
  const expected = Array.from({ length: 16 }, () => "done fulfilled");
  expected[0] = expected[15] = "done confirmed";
  const { details, looks } = await settled(ANNOUNCEMENT_KIND, 16, "interledger");
  assert.deepEqual([details, looks], [expected, 2]);
});

Deno.test("prepareSink() reads back every announcement that any hop can fulfil, and every other write", async () => {
  const confirmed = { details: ["done confirmed", "done confirmed"], looks: 2 };
  assert.deepEqual(await settled(ANNOUNCEMENT_KIND, 2, "crosstown"), confirmed);
  assert.deepEqual(await settled(7_000, 2, "interledger"), confirmed);
});

Deno.test("prepareSink() counts no announcement whose payment failed: a relay that answers it late hides none of the next ones", async () => {
  await using at = await surroundings();
  const { writer } = await rig(at, {
    pay({ amount, obligation, onFulfill }) {
      onFulfill?.();
      return Promise.resolve(obligation.endsWith("1") ? unknown : fulfilled(amount));
    },
  });
  for (let seq = 1; seq <= 3; seq++) {
    const known = {
      ...{ id: String(seq).padStart(64, "0"), kind: ANNOUNCEMENT_KIND, purpose: "write" },
      ...{ write_price_units: "100", destination: "test.relay", terminal: "a".repeat(64) },
      outbox_id: await addRow(at.store),
    };
    await writer.write([outgoingItem(seq, known)]);
    await at.untilSettled(seq);
  }
  const settled = await at.untilSettled(3);
  assert.deepEqual(settled.slice(1).map(({ detail }) => detail), ["confirmed", "fulfilled"]);
  await writer.close();
});
