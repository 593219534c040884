/// <reference lib="deno.worker" />
/**
 * The paying side of the packet bench: key, signer, store and session of one buyer. It receives the address to pay, reports that it is
 * connected, and then answers each flight with its result.
 *
 * @module
 */
import { systemTimers } from "../../base/timers.ts";
import { type ConnectorClient, connectorClient } from "../../peers/connector/connector_client.ts";
import {
  CHAIN_ID,
  connected,
  party,
  payment,
  TOKEN,
  TOKEN_NETWORK,
} from "../../tests/network/connector/rig.ts";
import { eventPayments, LiveReader } from "./event_payments.ts";
import type { ClientStart, Flight, Flown } from "./messages.ts";

const AMOUNT = 17n;
const scope = self as unknown as DedicatedWorkerGlobalScope;
let client: ConnectorClient;
let destination: string;
let reader: LiveReader | null = null;
let close: () => Promise<void>;

scope.onmessage = async ({ data }: MessageEvent<ClientStart | Flight | "close">) => {
  if (data === "close") {
    await close();
    return scope.postMessage("closed");
  }
  scope.postMessage("url" in data ? await start(data) : await fly(data));
};

async function start(options: ClientStart): Promise<"connected"> {
  const buyer = await party("buyer", options.folder);
  const { channel } = options;
  const side = (address: string) => ({
    address,
    depositUnits: channel?.depositUnits ?? 0n,
    claimedUnits: 0n,
    claimedNonce: 0,
  });
  destination = options.destination;
  reader = options.relayUrl === null ? null : await LiveReader.open(options.relayUrl);
  client = connectorClient({
    url: options.url,
    auth: { username: options.username, token: options.token },
    wire: options.wire,
    peerRule: channel === null ? "strict" : "credit",
    channel,
    chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
    senderId: "buyer",
  }, {
    store: buyer.store,
    signer: buyer.signer,
    chain: {
      channel: (channelId: string) =>
        Promise.resolve({
          channelId,
          chainId: CHAIN_ID,
          tokenNetworkAddress: TOKEN_NETWORK,
          participants: [side(buyer.address), side(channel?.peerAddress ?? "0x")],
          state: "open",
          settlementTimeoutS: 3_600,
        }),
    },
    timers: systemTimers,
    random: () => 0,
    log: () => {},
  });
  close = async () => {
    reader?.close();
    await client.close();
    await buyer.store.close();
  };
  await connected(client);
  return "connected";
}

async function fly({ width, count }: Flight): Promise<Flown> {
  const timesMs: number[] = [];
  const payments = reader === null ? null : eventPayments(count, destination, AMOUNT);
  const seen = reader?.seen(count);
  const startMs = performance.now();
  let left = count;
  await Promise.all(Array.from({ length: width }, async () => {
    while (left-- > 0) {
      const sentMs = performance.now();
      const outcome = await client.pay(payments?.pop() ?? payment(AMOUNT, destination));
      if (outcome.state !== "fulfilled") {
        throw new Error(
          `a packet was ${outcome.state}: ${
            JSON.stringify(outcome, (_, value) => typeof value === "bigint" ? String(value) : value)
          }`,
        );
      }
      timesMs.push(performance.now() - sentMs);
    }
  }));
  await seen;
  return { timesMs, perSecond: count * 1_000 / (performance.now() - startMs) };
}
