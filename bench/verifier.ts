/**
 * Measures verification of events of 0.8 KB, id and signature: one verifier beside npm `nostr-wasm` and `nostr-tools`, the
 * verifier of the network, with its helpers, beside one verifier, and events that come again beside fresh ones.
 *
 * @module
 */
import { initNostrWasm } from "nostr-wasm";
import { verifyEvent } from "nostr-tools/pure";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../protocols/nostr/sign.ts";
import { createVerifier } from "../protocols/nostr/verifier.ts";
import type { Figure } from "./figures.ts";
import { startVerifying } from "./verifying.ts";

const EVENTS = 1_000;
const SLOW = 250;

/** Runs the measurement, about four seconds. */
export async function benches(
  clock: () => number = () => performance.now(),
): Promise<readonly Figure[]> {
  const events = signed(EVENTS);
  const wasm = await initNostrWasm();
  const { verify } = await createVerifier();
  const remembering = await createVerifier({ remember: 2 * EVENTS });
  const rate = (count: number, work: (event: NostrEvent) => unknown): number => {
    const start = clock();
    for (const event of events.slice(0, count)) work(event);
    return count * 1_000 / (clock() - start);
  };
  type WasmEvent = Parameters<typeof wasm.verifyEvent>[0];
  const plain = events.map((event) => ({ ...event, tags: event.tags.map((tag) => [...tag]) }));
  rate(50, verify);
  const ours = rate(EVENTS, verify);
  const nostrWasm = rate(EVENTS, (event) => wasm.verifyEvent(event as unknown as WasmEvent));
  let at = 0;
  const tools = rate(SLOW, () => verifyEvent(plain[at++]));
  rate(EVENTS, remembering.verify);
  const again = rate(EVENTS, remembering.verify);
  const pooled = await throughService(clock, events);
  const beside = (name: string, value: number, other: string, compared: number): Figure => ({
    name,
    value,
    unit: "events/s",
    compare: { name: other, value: compared },
    ratio: value / compared,
  });
  return [
    beside("events verified, one core", ours, "nostr-wasm", nostrWasm),
    beside("events verified, one core, beside nostr-tools", ours, "nostr-tools", tools),
    beside("events verified, by the network's verifier", pooled, "one core", ours),
    beside("events verified that came before", again, "fresh ones", ours),
  ];
}

async function throughService(clock: () => number, events: readonly NostrEvent[]): Promise<number> {
  await using verifier = await startVerifying({ remember: 0 });
  // So much waits that helpers come; afterwards they are there.
  await verifier.verify(events);
  const start = clock();
  const verdicts = await verifier.verify(events);
  if (!verdicts.every((verdict) => verdict === "ok")) throw new Error("a good event was refused");
  return events.length * 1_000 / (clock() - start);
}

function signed(count: number): NostrEvent[] {
  const key = new Uint8Array(32).fill(7);
  const pubkey = publicKeyOf(key);
  return Array.from({ length: count }, (_, at) => {
    const content = "x".repeat(600);
    const unsigned = { kind: 5050, created_at: at, tags: [["t", "bench"]], content, pubkey };
    return signEvent(unsigned, key, new Uint8Array(32));
  });
}
