/** Rules that are broken on purpose: the invariants must notice each. */
import { interledgerWire } from "../../../../protocols/wires/interledger/wire.ts";
import type { LinkAnswer, SentPacket } from "../../../../money/claims/packet_link.ts";
import type { SimLink } from "./line.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** A rule that is broken on purpose; the invariants must notice. */
export type Mutant =
  | "none"
  | "expiry_before_table"
  | "r00_while_unknown"
  | "payer_clock_closes"
  | "signer_not_asked"
  | "write_offs_without_limit"
  | "write_offs_forgotten";

export function expiryOf(packet: SentPacket): number {
  const prepare = interledgerWire.decodePacket(packet.prepare);
  return prepare.type === "prepare" ? prepare.expiresAtMs : 0;
}

export function timedOut(triggeredBy: string): LinkAnswer {
  return {
    packet: interledgerWire.encodeReject({
      code: "R00",
      triggeredBy,
      message: "timed out",
      data: new Uint8Array(0),
    }),
    ack: { result: "accepted", nonce: 0, credited: 0n, spent: 0n, held: 0n },
  };
}

/** A payer that treats its own clock as an answer. */
export function impatient(link: SimLink, time: VirtualTime): SimLink {
  return {
    get up() {
      return link.up;
    },
    cut: () => link.cut(),
    writable: () => link.writable(),
    claimState: () => link.claimState(),
    send: (packet) =>
      Promise.race([
        link.send(packet),
        new Promise<LinkAnswer>((resolve) => {
          time.after(Math.max(0, expiryOf(packet) - time.nowMs), () => resolve(timedOut("test")));
        }),
      ]),
  };
}
