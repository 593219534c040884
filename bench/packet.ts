/**
 * Measures paid packets of 1.7 KB, durable on both sides, between a client and the embedded connector over loopback: alone (p50 and
 * p99, where a held-back frame would show at once, DESIGN trap 16), and with 32 and 64 in flight. One process, real stores,
 * signatures and sockets, no Schnorr.
 *
 * @module
 */
import type { ConnectorClient } from "../services/connector/connector_client.ts";
import { connected, payment, rig } from "../tests/network/connector/rig.ts";
import type { Figure } from "./figures.ts";

const ALONE = 300;
const IN_FLIGHT = 2_000;
const AMOUNT = 17n;

/** Runs the measurement, about four seconds, in a folder of its own. */
export async function benches(
  clock: () => number = () => performance.now(),
): Promise<readonly Figure[]> {
  await using net = await rig();
  const client = net.client();
  await connected(client);
  await flight(client, clock, 64, 300);
  const alone = await flight(client, clock, 1, ALONE);
  const some = await flight(client, clock, 32, IN_FLIGHT);
  const many = await flight(client, clock, 64, IN_FLIGHT);
  return [
    { name: "paid packet alone, p50", value: quantile(alone.timesMs, 0.5), unit: "ms" },
    { name: "paid packet alone, p99", value: quantile(alone.timesMs, 0.99), unit: "ms" },
    { name: "paid packets, 32 in flight", value: some.perSecond, unit: "1/s" },
    {
      name: "paid packets, 64 in flight",
      value: many.perSecond,
      unit: "1/s",
      compare: { name: "alone", value: alone.perSecond },
      ratio: many.perSecond / alone.perSecond,
    },
    {
      name: "paid packet, 64 in flight, p99",
      value: quantile(many.timesMs, 0.99),
      unit: "ms",
    },
  ];
}

async function flight(
  client: ConnectorClient,
  clock: () => number,
  width: number,
  count: number,
): Promise<{ readonly timesMs: number[]; readonly perSecond: number }> {
  const timesMs: number[] = [];
  const startMs = clock();
  let left = count;
  await Promise.all(Array.from({ length: width }, async () => {
    while (left-- > 0) {
      const sentMs = clock();
      const outcome = await client.pay(payment(AMOUNT));
      if (outcome.state !== "fulfilled") throw new Error(`a packet was ${outcome.state}`);
      timesMs.push(clock() - sentMs);
    }
  }));
  return { timesMs, perSecond: count * 1_000 / (clock() - startMs) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
