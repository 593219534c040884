/**
 * Measures paid packets of 1.7 KB, durable on both sides, between a client and the embedded connector over loopback:
 * alone (p50 and p99, which would show a delayed frame at once), and with 32 and 64 in flight, on both wires. Then each
 * packet carries an event that a relay verifies, stores and serves to a subscriber. Then the same client uses npm
 * `ilp-connector`, without claims. The client is in a worker, because in practice it is in another process;
 * `ilp-connector` is in its own process.
 *
 * @module
 */
import { WIRE_NAMES } from "../protocols/wires/names.ts";
import { paidTerminal } from "../network/relay/paid_terminal.ts";
import { startRelayServer } from "../network/relay/relay_server.ts";
import { startVerifying } from "./verifying.ts";
import {
  ForeignConnector,
  missingConnector,
  PluginClient,
} from "../tests/interop/connector/foreign_connector.ts";
import { party, type Rig, rig } from "../tests/network/connector/rig.ts";
import type { Figure } from "./figures.ts";
import type { ClientStart, Flight, Flown } from "./packets/messages.ts";

const ALONE = 300;
/** Some seconds of packets, so that the code of both connectors is compiled for most of them. */
const IN_FLIGHT = 10_000;
const WARM_UP = 2_000;
const DEPOSIT = 1_000_000n;

/** Results of one client: one packet at a time, 32 and 64. */
interface Flights {
  readonly alone: Flown;
  readonly some: Flown;
  readonly many: Flown;
}

/** Runs the measurement, about a minute, in its own folders. */
export async function benches(): Promise<readonly Figure[]> {
  const foreign = await throughForeign();
  const figures: Figure[] = [];
  for (const wire of WIRE_NAMES) {
    await using net = await rig();
    figures.push(...figuresOf(`paid packet, ${wire}`, await throughOurs(net, wire, null), foreign));
  }
  return [
    ...figures,
    ...figuresOf("paid event, verified, stored and served", await withEvents(), null),
  ];
}

function figuresOf(name: string, flights: Flights, foreign: Flights | null): Figure[] {
  const latency = (label: string, pick: (of: Flights) => Flown, share: number): Figure =>
    beside(`${name}, ${label}`, "ms", (of) => quantile(pick(of).timesMs, share), true);
  const rate = (label: string, pick: (of: Flights) => Flown): Figure =>
    beside(`${name}, ${label}`, "1/s", (of) => pick(of).perSecond, false);
  const beside = (
    name: string,
    unit: string,
    read: (of: Flights) => number,
    lessIsBetter: boolean,
  ): Figure => {
    const value = read(flights);
    if (foreign === null) return { name, value, unit };
    const other = read(foreign);
    return {
      name,
      value,
      unit,
      compare: { name: "ilp-connector, no claims", value: other },
      ratio: lessIsBetter ? other / value : value / other,
    };
  };
  return [
    latency("alone, p50", ({ alone }) => alone, 0.5),
    latency("alone, p99", ({ alone }) => alone, 0.99),
    rate("32 in flight", ({ some }) => some),
    rate("64 in flight", ({ many }) => many),
    latency("64 in flight, p99", ({ many }) => many, 0.99),
  ];
}

async function throughOurs(
  net: Rig,
  wire: ClientStart["wire"],
  relayUrl: string | null,
): Promise<Flights> {
  return await measure({
    url: net.connector.url,
    username: "buyer",
    token: "buyer token",
    folder: `${net.root}/client`,
    wire,
    channel: {
      channelId: net.channels.buyer.channelId,
      peerAddress: net.hub.address,
      depositUnits: DEPOSIT,
    },
    destination: "test.hub.relay",
    relayUrl,
  });
}

/** The relay runs in the connector's process, its verifier in a worker. */
async function withEvents(): Promise<Flights> {
  const folder = await Deno.makeTempDir({ prefix: "crosstown-bench-" });
  try {
    await using verifier = await startVerifying();
    const { signer, store } = await party("relay", folder);
    const { pubkey } = await signer.identity();
    const identity = {
      name: "bench",
      description: "",
      pubkey,
      ilpAddress: "test.hub.relay",
      priceUnitsPerByte: 0n,
      asset: { code: "M2M", scale: 6 },
      version: "0",
    };
    await using relay = await startRelayServer({
      file: `${folder}/relay.db`,
      identity,
      write: "ilp",
      verify: verifier.verifySignatures,
    });
    const terminals = { relay: paidTerminal({ relay, signer, priceUnitsPerByte: 0n }) };
    await using net = await rig({}, undefined, DEPOSIT, { terminals });
    const flights = await throughOurs(net, "interledger", `ws://127.0.0.1:${relay.port}`);
    await store.close();
    return flights;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Null if it cannot be installed. Each packet goes on to a client that fulfils it, because this connector has no terminal. */
async function throughForeign(): Promise<Flights | null> {
  const missing = await missingConnector();
  if (missing !== null) {
    console.error(`packet: without ilp-connector: ${missing}`);
    return null;
  }
  const folder = await Deno.makeTempDir({ prefix: "crosstown-bench-" });
  try {
    await using hub = await ForeignConnector.start(10_000_000n, 1_000_000);
    await using dave = new PluginClient(`btp+ws://dave:pw@127.0.0.1:${hub.port}`);
    await dave.connected;
    return await measure({
      url: `btp+ws://127.0.0.1:${hub.port}`,
      username: "carol",
      token: "pw",
      folder,
      wire: "interledger",
      channel: null,
      destination: "test.hub.mini.dave",
      relayUrl: null,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(start: ClientStart): Promise<Flights> {
  await using client = await payingClient(start);
  await client.fly({ width: 64, count: WARM_UP });
  const alone = await client.fly({ width: 1, count: ALONE });
  const some = await client.fly({ width: 32, count: IN_FLIGHT });
  const many = await client.fly({ width: 64, count: IN_FLIGHT });
  return { alone, some, many };
}

/** The client's worker. */
async function payingClient(start: ClientStart) {
  const worker = new Worker(new URL("./packets/paying_client.ts", import.meta.url), {
    type: "module",
  });
  let failed = false;
  const ask = <Answer>(message: ClientStart | Flight | "close"): Promise<Answer> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        failed = true;
        reject(new Error(event.message));
      };
      worker.postMessage(message);
    });
  await ask(start);
  return {
    fly: (flight: Flight) => ask<Flown>(flight),
    async [Symbol.asyncDispose]() {
      if (!failed) await ask("close");
      worker.terminate();
    },
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
