import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import { Receiver, trustId } from "../../../money/receiver/receiver.ts";
import type { PayingAccount, ReceiverDeps } from "../../../money/receiver/receiver_options.ts";
import { asAddress } from "../../../protocols/evm/address.ts";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";
import { openWorld } from "../../store/given.ts";
import { receiver as row } from "../../store/store_rows.ts";

const MINE = `0x${"a".repeat(64)}`;
const OTHER = `0x${"b".repeat(64)}`;
const PAYER = asAddress(`0x${"1".repeat(40)}`);

Deno.test("claimState() tells an account's figures to who pays it, and to nobody else", async () => {
  await using world = await openWorld();
  const { store } = world;
  await store.commit([
    { op: "putReceiverChannel", row: row({ channelId: MINE, peer: PAYER, credited: 7n }) },
    { op: "putReceiverChannel", row: row({ channelId: OTHER, peer: "0x2", credited: 9n }) },
    {
      op: "putReceiverChannel",
      row: row({ channelId: trustId("bob"), peer: "bob", credited: 3n }),
    },
  ]);
  const receiver = await Receiver.open(
    { ilpAddress: "test.a", paymentAddress: asAddress(`0x${"2".repeat(40)}`) },
    {
      store,
      lane: new CommitLane(store),
      codec: interledgerWire,
      timers: systemTimers,
      log: () => {},
    } as unknown as ReceiverDeps,
  );
  const credited = async (from: PayingAccount, asked?: string) =>
    (await receiver.claimState(from, asked))?.credited ?? null;
  const channel = (channelId: string | null, payer = PAYER) =>
    ({ kind: "channel", channelId, payer }) as const;
  const trusted = (name: string) => ({ kind: "trust", name, units: 1n }) as const;
  for (
    const [from, asked, expected] of [
      [channel(MINE), undefined, 7n],
      [channel(MINE), MINE, 7n],
      [channel(MINE), OTHER, null],
      [channel(`0x${"c".repeat(64)}`), undefined, 0n],
      [channel(null), undefined, null],
      [channel(null), MINE, 7n],
      [channel(null), OTHER, null],
      [channel(null), `0x${"c".repeat(64)}`, 0n],
      [trusted("bob"), undefined, 3n],
      [trusted("bob"), MINE, 3n],
      [trusted("carol"), undefined, 0n],
    ] as const
  ) assert.equal(await credited(from, asked), expected, JSON.stringify([from.kind, asked]));
  await receiver.close();
});
