/**
 * Measures paid packets of 1.7 KB, durable on both sides, between a client and the embedded connector over loopback: alone (p50 and
 * p99, where a held-back frame would show at once, DESIGN trap 16), and with 32 and 64 in flight. The client is in a worker, as it
 * is in another process where it is deployed. Real stores, signatures and sockets, no Schnorr.
 *
 * @module
 */
import { rig } from "../tests/network/connector/rig.ts";
import type { Figure } from "./figures.ts";
import type { ClientStart, Flight, Flown } from "./packets/messages.ts";

const ALONE = 300;
const IN_FLIGHT = 3_000;
const DEPOSIT = 1_000_000n;

/** Runs the measurement, about six seconds, in a folder of its own. */
export async function benches(): Promise<readonly Figure[]> {
  return [...await onWire("interledger"), ...await onWire("crosstown")];
}

async function onWire(wire: ClientStart["wire"]): Promise<Figure[]> {
  await using net = await rig();
  await using client = await payingClient({
    url: net.connector.url,
    folder: `${net.root}/client`,
    wire,
    channelId: net.channels.buyer.channelId,
    peerAddress: net.hub.address,
    depositUnits: DEPOSIT,
  });
  await client.fly({ width: 64, count: 500 });
  const alone = await client.fly({ width: 1, count: ALONE });
  const some = await client.fly({ width: 32, count: IN_FLIGHT });
  const many = await client.fly({ width: 64, count: IN_FLIGHT });
  return [
    { name: `paid packet alone, p50, ${wire}`, value: quantile(alone.timesMs, 0.5), unit: "ms" },
    { name: `paid packet alone, p99, ${wire}`, value: quantile(alone.timesMs, 0.99), unit: "ms" },
    { name: `paid packets, 32 in flight, ${wire}`, value: some.perSecond, unit: "1/s" },
    {
      name: `paid packets, 64 in flight, ${wire}`,
      value: many.perSecond,
      unit: "1/s",
      compare: { name: "alone", value: alone.perSecond },
      ratio: many.perSecond / alone.perSecond,
    },
    {
      name: `paid packet, 64 in flight, p99, ${wire}`,
      value: quantile(many.timesMs, 0.99),
      unit: "ms",
    },
  ];
}

/** The client's worker. */
async function payingClient(start: ClientStart) {
  const worker = new Worker(new URL("./packets/paying_client.ts", import.meta.url), {
    type: "module",
  });
  const ask = <Answer>(message: ClientStart | Flight | "close"): Promise<Answer> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(message);
    });
  await ask(start);
  return {
    fly: (flight: Flight) => ask<Flown>(flight),
    async [Symbol.asyncDispose]() {
      await ask("close");
      worker.terminate();
    },
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
