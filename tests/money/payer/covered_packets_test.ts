/** Packets whose claim is that of a later packet, at a peer that answers as the test says. */
import assert from "node:assert/strict";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeCoveredClaim, readCoveredClaim } from "../../../protocols/evm/covered_claim.ts";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { SentPacket } from "../../../money/claims/packet_link.ts";
import { ack, bench, fulfill, NONE } from "./payer_rig.ts";
import { oneByOne } from "./sim/signer.ts";

const REFUSAL = wire.encodeReject({
  code: "F06",
  triggeredBy: "test.peer",
  message: "no",
  data: NONE,
});

for (
  const { name, known, told } of [
    { name: "closes the packets that a refused claim covers", known: 1, told: "refused" },
    { name: "keeps those that the peer may have accepted before", known: 2, told: "open" },
  ]
) {
  Deno.test(`Payer ${name}, also without an answer to them`, async () => {
    const channelId = asChannelId(`0x${"5a".repeat(32)}`);
    const numberOf = ({ claim }: SentPacket) =>
      readCoveredClaim(claim)?.nonce ?? Number(new TextDecoder().decode(claim).split(" ")[1]);
    const { payer, pay, run } = await bench(
      (packet) => {
        const nonce = numberOf(packet);
        if (nonce === 1) return { packet: fulfill, ack: ack({ nonce, covers: 63 }) };
        if (nonce === 2) return null;
        const figures = { nonce: known, reason: "over_deposit" } as const;
        return { packet: REFUSAL, ack: ack({ result: "rejected", ...figures }) };
      },
      { channelId },
      {
        claims: {
          capacity: () => Promise.resolve({ depositUnits: 10_000n, open: true }),
          lastClaim: () => Promise.resolve(null),
          issue: oneByOne(({ nonce, cumulative, coveredBy }) =>
            Promise.resolve({
              snapshot: null,
              bytes: coveredBy
                ? encodeCoveredClaim({ channelId, nonce, coveredBy })
                : new TextEncoder().encode(`claim ${nonce} ${cumulative}`),
            })
          ),
        },
      },
    );
    void pay(100n, "write:1");
    await run(100);
    const [covered, signed] = [pay(100n, "write:2"), pay(100n, "write:3")];
    let state = "open";
    void covered.then((outcome) => state = outcome.state);
    await run(100);
    assert.equal((await signed).state, "refused");
    assert.equal(state, told);
    assert.equal(payer.status().openPackets, told === "open" ? 1 : 0);
    assert.deepEqual([payer.status().signed, payer.status().halted], [300n, null]);
  });
}
