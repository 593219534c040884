/** Packets whose claim is that of a later packet, at a peer that answers as the test says. */
import assert from "node:assert/strict";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeCoveredClaim, readCoveredClaim } from "../../../protocols/evm/covered_claim.ts";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { SentPacket } from "../../../money/claims/packet_link.ts";
import type { Linked, PayerDeps } from "../../../money/payer/payer_options.ts";
import { ack, bench, CONDITION, fulfill, NONE } from "./payer_rig.ts";
import { oneByOne } from "./sim/signer.ts";

const REFUSAL = wire.encodeReject({
  code: "F06",
  triggeredBy: "test.peer",
  message: "no",
  data: NONE,
});

const CHANNEL = asChannelId(`0x${"5a".repeat(32)}`);

const numberOf = ({ claim }: SentPacket) =>
  readCoveredClaim(claim)?.nonce ?? Number(new TextDecoder().decode(claim).split(" ")[1]);

/** A payer whose peer fulfils packet 1, does not answer packet 2, and refuses packet 3, whose claim covers 2. */
const payerOf = (known: number, deps: Partial<PayerDeps> = {}) =>
  bench(
    (packet) => {
      const nonce = numberOf(packet);
      if (nonce === 1) return { packet: fulfill, ack: ack({ nonce, covers: 63 }) };
      if (nonce === 2) return null;
      const figures = { nonce: known, reason: "over_deposit" } as const;
      return { packet: REFUSAL, ack: ack({ result: "rejected", ...figures }) };
    },
    { channelId: CHANNEL },
    {
      claims: {
        capacity: () => Promise.resolve({ depositUnits: 10_000n, open: true }),
        lastClaim: () => Promise.resolve(null),
        issue: oneByOne(({ nonce, cumulative, coveredBy }) =>
          Promise.resolve({
            snapshot: null,
            bytes: coveredBy
              ? encodeCoveredClaim({ channelId: CHANNEL, nonce, coveredBy })
              : new TextEncoder().encode(`claim ${nonce} ${cumulative}`),
          })
        ),
      },
      ...deps,
    },
  );

for (
  const { name, known, told } of [
    { name: "closes the packets that a refused claim covers", known: 1, told: "refused" },
    { name: "keeps those that the peer may have accepted before", known: 2, told: "open" },
    { name: "keeps those of which the peer says no figures", known: 0, told: "open" },
  ]
) {
  Deno.test(`Payer ${name}, also without an answer to them`, async () => {
    const { payer, pay, run } = await payerOf(known);
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

Deno.test("Payer keeps a packet open while one that it covers cannot be closed", async () => {
  let isAway = false;
  const linked: Linked = {
    ready: () => isAway ? Promise.reject(new Error("not loaded")) : Promise.resolve(),
    ledgerOf: () => null,
    issueChanges: () => [],
    closeChanges: () => [],
    claimRefused: () => REFUSAL,
    writeOffChanges: () => [],
    committing: () => {},
  };
  const { payer, pay, run } = await payerOf(1, { linked });
  void pay(100n, "write:1");
  await run(100);
  const forwarded = payer.pay({
    amount: 100n,
    obligation: "forward:a:7",
    destination: "test.peer.x",
    data: NONE,
    condition: CONDITION,
    expiresInMs: 10_000,
    incoming: { channelId: "a", nonce: 7 },
  });
  const signed = pay(100n, "write:3");
  await run(3);
  isAway = true;
  await run(500);
  assert.equal(payer.status().openPackets, 2, "both are asked for again");
  isAway = false;
  await run(5_000);
  assert.deepEqual([(await forwarded).state, (await signed).state], ["refused", "refused"]);
  assert.equal(payer.status().openPackets, 0);
});

Deno.test("Payer signs each packet on a new link, until its peer says there that it takes covered ones", async () => {
  const { payer, pay, run, sent, link } = await payerOf(1);
  const isCovered = () => sent.map(({ claim }) => readCoveredClaim(claim) !== null);
  void pay(100n, "write:1");
  await run(100);
  await payer.attach(link());
  for (const at of [2, 3]) void pay(100n, `write:${at}`);
  await run(4);
  assert.deepEqual(isCovered(), [false, false, false], "another program may answer");
});
