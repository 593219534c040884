/**
 * Measures the kind scan, compared with decoding the same documents completely, in one run (goal: at least 50 times faster).
 *
 * @module
 */
import { decodeDocument } from "../protocols/toon/decode.ts";
import { encodeToon } from "../protocols/toon/encode.ts";
import { scanKind } from "../protocols/toon/kind_scanner.ts";
import type { Figure } from "./figures.ts";

/** Runs the measurement, about a second; returns a figure for TOON and one for JSON. */
export function benches(clock: () => number = () => performance.now()): Figure[] {
  const event = typicalEvent();
  const documents = {
    toon: encodeToon(event, "1.4"),
    json: new TextEncoder().encode(JSON.stringify(event)),
  };
  return Object.entries(documents).map(([encoding, bytes]) => {
    const scan = bestOf(clock, 5, 20_000, () => void scanKind(bytes));
    const decode = bestOf(clock, 5, 500, () => void decodeDocument(bytes));
    return {
      name: `kind scan, ${encoding}, ${bytes.length} bytes`,
      value: scan,
      unit: "us",
      compare: { name: "decode", value: decode },
      ratio: decode / scan,
    };
  });
}

/** The fastest of some rounds, in microseconds per call: the round with the least disturbance. */
function bestOf(clock: () => number, rounds: number, calls: number, action: () => void): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = clock();
    for (let call = 0; call < calls; call++) action();
    best = Math.min(best, (clock() - start) * 1_000 / calls);
  }
  return best;
}

/** A typical job request. */
function typicalEvent(): object {
  return {
    id: "9f".repeat(32),
    pubkey: "3a".repeat(32),
    created_at: 1_754_000_000,
    kind: 5601,
    tags: [
      ["i", "https://git.example.org/project.git", "url"],
      ["param", "command", "deno task test"],
      ["param", "commit", "0123456789abcdef0123456789abcdef01234567"],
      ["output", "application/json"],
      ["bid", "50000", "units"],
      ["relays", "wss://relay.example.org"],
      ["p", "5b".repeat(32)],
      ["t", "ci-run"],
    ],
    content: "Run the test suite of the project at this commit, and say what failed.",
    sig: "c7".repeat(64),
  };
}
