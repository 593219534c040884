/**
 * Measures verification (id and signature) of events of 0.8 KB by 64 authors, 64 at once: one verifier compared with
 * npm `nostr-wasm` and `nostr-tools`, the network's verifier with its helpers compared with one verifier, and repeated
 * events compared with new ones. The verifier keeps the keys of the 64 authors, so events of as many authors that sign
 * once are measured too.
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
/** The largest batch of a helper in the network's verifier. There are as many authors, so that no two events of a batch share one. */
const BATCH = 64;

/** Runs the measurement, about four seconds. */
export async function benches(
  clock: () => number = () => performance.now(),
): Promise<readonly Figure[]> {
  const events = signed(EVENTS, BATCH);
  const wasm = await initNostrWasm();
  const { verify, verifyAll } = await createVerifier();
  const remembering = await createVerifier({ remember: 2 * EVENTS });
  const rate = (count: number, work: (event: NostrEvent) => unknown): number => {
    const start = clock();
    for (const event of events.slice(0, count)) work(event);
    return count * 1_000 / (clock() - start);
  };
  type WasmEvent = Parameters<typeof wasm.verifyEvent>[0];
  const plain = events.map((event) => ({ ...event, tags: event.tags.map((tag) => [...tag]) }));
  const batches = (of: readonly NostrEvent[]): number => {
    const start = clock();
    for (let from = 0; from < EVENTS; from += BATCH) {
      const verdicts = verifyAll(of.slice(from, from + BATCH));
      if (verdicts.some((verdict) => verdict !== "ok")) throw new Error("a good event was refused");
    }
    return EVENTS * 1_000 / (clock() - start);
  };
  const [oneAuthor, newAuthors] = [signed(EVENTS, 1), signed(EVENTS, EVENTS)];
  rate(50, verify);
  batches(events);
  const alone = rate(EVENTS, verify);
  const ours = batches(events);
  const ofOne = batches(oneAuthor);
  const ofNew = batches(newAuthors);
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
    beside("events verified, one core, 64 at once of one author", ofOne, "of 64 authors", ours),
    beside("events verified, one core, 64 at once of new authors", ofNew, "of 64 authors", ours),
    beside("events verified, one core, each alone", alone, "64 at once", ours),
    beside("events verified, by the network's verifier", pooled, "one core", ours),
    beside("events verified that came before", again, "fresh ones", ours),
  ];
}

async function throughService(clock: () => number, events: readonly NostrEvent[]): Promise<number> {
  await using verifier = await startVerifying({ remember: 0 });
  // So many events wait that helpers are started; they stay afterwards.
  await verifier.verify(events);
  const start = clock();
  const verdicts = await verifier.verify(events);
  if (!verdicts.every((verdict) => verdict === "ok")) throw new Error("a good event was refused");
  return events.length * 1_000 / (clock() - start);
}

/** Events by authors with new keys, since a verifier keeps keys from one run to the next. */
function signed(count: number, authors: number): NostrEvent[] {
  const keys = Array.from({ length: authors }, () => crypto.getRandomValues(new Uint8Array(32)));
  const pubkeys = keys.map(publicKeyOf);
  return Array.from({ length: count }, (_, at) => {
    const [key, pubkey] = [keys[at % authors], pubkeys[at % authors]];
    const content = "x".repeat(600);
    const unsigned = { kind: 5050, created_at: at, tags: [["t", "bench"]], content, pubkey };
    return signEvent(unsigned, key, new Uint8Array(32));
  });
}
