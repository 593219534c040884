/** Packets for the tests of their codec. */
import fc from "fast-check";
import { encodePrepare, type Prepare } from "../../../protocols/ilp/packet.ts";

export const prepare: Prepare = {
  amount: 250_000n,
  expiresAtMs: Date.parse("2030-01-01T00:01:00.007Z"),
  condition: new Uint8Array(32).fill(7),
  destination: "g.dev.relay",
  data: new TextEncoder().encode("data"),
};

export const bytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });

export const segment = fc.stringMatching(/^[a-zA-Z0-9_~-]{1,12}$/);

export const address = fc.tuple(
  fc.constantFrom("g", "private", "example", "peer", "self", "test", "test1", "test3", "local"),
  fc.array(segment, { minLength: 1, maxLength: 6 }),
).map(([scheme, names]) => [scheme, ...names].join("."));

/** A PREPARE with some of its bytes replaced. Contents begin at offset 2 (short) with the amount. */
export function changed(at: number, ...replacement: number[]): Uint8Array {
  const packet = encodePrepare(prepare);
  packet.set(replacement, at);
  return packet;
}
