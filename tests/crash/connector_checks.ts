/** Checks of connectors, and of a buyer that has two of them. */
import assert from "node:assert/strict";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { dayOf } from "../../money/payer/payer_ledger.ts";
import type { OpenStore, OutgoingPacketRow } from "../../store/store.ts";
import type { Leg } from "./legs.ts";
import { type ChannelName, channelsOf, WINDOW } from "./plan.ts";

/**
 * A buyer with two connectors pays an obligation over the second one only after the first one refused it for good. So nobody refuses the
 * second packet because the first one was paid.
 */
export async function checkOnce(store: OpenStore, legs: readonly Leg[]): Promise<void> {
  const channels = channelsOf(await loadSecp256k1());
  const sent: { readonly leg: Leg; readonly row: OutgoingPacketRow }[] = [];
  for (const leg of legs.filter(({ from }) => from === "buyer")) {
    const { channelId } = channels[leg.channel];
    const { nonce: last = 0 } = await store.payerChannel(channelId) ?? {};
    for (let nonce = 1; nonce <= last; nonce++) {
      const row = await store.outgoing(channelId, nonce);
      if (row !== null) sent.push({ leg, row });
    }
  }
  for (const [obligation, each] of Map.groupBy(sent, ({ row }) => row.obligation)) {
    if (new Set(each.map(({ leg }) => leg)).size < 2) continue;
    const paid = each.filter(({ row }) => row.state === "fulfilled");
    assert.ok(paid.length < 2, `${obligation} was paid over both connectors`);
    for (const { row: { answer } } of each) {
      const packet = answer === null ? null : innerPackets.decodePacket(answer);
      const isSecond = packet?.type === "reject" && packet.message === "already paid";
      assert.ok(!isSecond, `${obligation} was sent over both connectors at the same time`);
    }
  }
}

/**
 * The connector forwarded what it received: it takes no fee here. Of written-off amounts it may lose its limit, which
 * is one window for each day.
 */
export async function checkConnector(
  store: OpenStore,
  from: readonly ChannelName[],
  to: ChannelName,
): Promise<void> {
  const channels = channelsOf(await loadSecp256k1());
  const out = (await store.payerChannel(channels[to].channelId))?.spent ?? 0n;
  let on = 0n;
  for (const { channelId } of from.map((name) => channels[name])) {
    const came = await store.receiverChannel(channelId);
    for (let nonce = 1; nonce <= (came?.watermark ?? 0); nonce++) {
      const row = await store.incoming(channelId, nonce);
      if (row?.state === "fulfilled" && row.next !== null) on += row.amount;
    }
  }
  assert.ok(out >= on, "the connector won");
  const days = await daysOfLosses(store, channels[to].channelId);
  const limit = WINDOW * BigInt(days);
  assert.ok(out - on <= limit, `the connector lost ${out - on} in ${days} days`);
}

/** On how many days something was written off. */
async function daysOfLosses(store: OpenStore, channelId: string): Promise<number> {
  const days = new Set<number>();
  const last = (await store.payerChannel(channelId))?.nonce ?? 0;
  for (let nonce = 1; nonce <= last; nonce++) {
    const row = await store.outgoing(channelId, nonce);
    if (row !== null && row.writtenOffAtMs !== null) days.add(dayOf(row.writtenOffAtMs));
  }
  return days.size;
}
