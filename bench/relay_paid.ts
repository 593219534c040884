/**
 * Paid writes for the relay bench: each event goes as the data of a packet with a claim, durable on both sides, through the connector
 * to the relay, which verifies and stores it. Client, connector and relay share one process; signatures are checked by the verifier of the network, in its worker.
 *
 * @module
 */
import { startRelayServer } from "../network/relay/relay_server.ts";
import { paidTerminal } from "../network/relay/paid_terminal.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import { conditionOf, contentFulfilment } from "../protocols/ilp/condition.ts";
import { encodeToon } from "../protocols/toon/encode.ts";
import { startVerifying } from "./verifying.ts";
import { connected, rig } from "../tests/network/connector/rig.ts";
import { countingTerminal } from "../tests/network/connector/counting_terminal.ts";

const WIDTH = 64;
const COUNT = 1_500;
const WARM_UP = 200;
/** Low enough for the rig's deposit to cover the run. */
const UNITS_PER_BYTE = 1n;

/** Paid, verified and stored events per second, 64 at once. */
export async function paidWrites(
  events: string,
  folder: string,
  clock: () => number,
): Promise<number> {
  await using verifier = await startVerifying();
  await using relay = await startRelayServer({
    file: `${folder}/paid.db`,
    identity: {
      name: "bench",
      description: "",
      pubkey: "a".repeat(64),
      ilpAddress: "test.hub.relay",
      priceUnitsPerByte: UNITS_PER_BYTE,
      asset: { code: "M2M", scale: 6 },
      version: "0",
    },
    write: "ilp",
    verify: verifier.verifySignatures,
  });
  // The condition of every packet here comes from its content, so no key is needed.
  const signer = { packetFulfilments: () => Promise.reject(new Error("no key")) };
  const terminal = paidTerminal({ relay, signer, priceUnitsPerByte: UNITS_PER_BYTE });
  await using net = await rig({}, { ...countingTerminal(), ...terminal });
  const client = net.client();
  await connected(client);
  const lines = (await Deno.readTextFile(events)).split("\n").slice(0, WARM_UP + COUNT);
  const payments = lines.map((line) => {
    const event = parseEvent(JSON.parse(line));
    const data = encodeToon(event, "1.4");
    return {
      destination: "test.hub.relay",
      amount: BigInt(data.byteLength) * UNITS_PER_BYTE,
      data,
      condition: conditionOf(contentFulfilment(data)),
      obligation: `write:${event.id}`,
    };
  });
  const fly = async (from: number, to: number) => {
    let at = from;
    await Promise.all(Array.from({ length: WIDTH }, async () => {
      while (at < to) {
        const outcome = await client.pay(payments[at++]!);
        if (outcome.state !== "fulfilled") throw new Error(JSON.stringify(outcome.state));
      }
    }));
  };
  await fly(0, WARM_UP);
  const startMs = clock();
  await fly(WARM_UP, payments.length);
  const perSecond = COUNT * 1_000 / (clock() - startMs);
  if (relay.status().events !== payments.length) throw new Error("events are missing");
  return perSecond;
}
