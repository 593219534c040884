import assert from "node:assert/strict";
import type { Change, Store } from "../../store/store.ts";
import { openWorld } from "./given.ts";
import { address, chainChannel, hash, outgoing, payer } from "./store_rows.ts";

const idOf = (start: string) => `0x${start.padEnd(64, "0")}`;
const opened = (ref: string, channelId: string, over: object = {}): Change => ({
  op: "putChannel",
  row: chainChannel({
    ref: hash(ref),
    channelId,
    peerAddress: address(ref),
    status: "open",
    wantedUnits: 1_000n,
    depositUnits: 1_000n,
    ...over,
  }),
});

const entriesOf = async (store: Store) => await store.journalAfter(0, 100, 0);

Deno.test("a channel's name has eight digits, and more where an earlier channel begins alike", async () => {
  await using world = await openWorld();
  const { store } = world;
  const ids = ["12345678a1", "12345678a2", "12345678a2b", "2"].map(idOf);
  for (const [at, id] of ids.entries()) {
    await store.commit([opened(String(at + 1), id, { createdAtMs: 1_000 + at })]);
  }
  const names = (await entriesOf(store)).map(({ channelId }) => channelId);
  assert.deepEqual(names, ["ch_12345678", "ch_12345678a2", "ch_12345678a2b", "ch_20000000"]);
});

Deno.test("an entry tells the channel's deposit as it is then, also when it rose in between", async () => {
  await using world = await openWorld();
  const { store } = world;
  const channelId = idOf("7");
  let nonce = 0;
  const refusedPacket = async () => {
    nonce += 1;
    const row = outgoing({ channelId, nonce, obligation: `write:${nonce}`, state: "refused" });
    await store.commit([{ op: "putOutgoing", row, expect: "absent" }]);
    return (await entriesOf(store)).at(-1)!;
  };
  await store.commit([
    { op: "putPayerChannel", row: payer({ channelId, signed: 100n, nonce: 1 }) },
    opened("1", channelId),
  ]);
  const before = await refusedPacket();
  assert.equal(before.type, "payment");
  await store.commit([opened("1", channelId, { depositUnits: 1_500n, wantedUnits: 1_500n })]);
  const after = await refusedPacket();
  assert.equal(after.balanceUnits! - before.balanceUnits!, 500n);
});
