import assert from "node:assert/strict";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeCoveredClaim } from "../../../protocols/evm/covered_claim.ts";
import { foreignSigner, haltReason } from "../../../money/payer/foreign_signer.ts";
import type { ClaimAck } from "../../../money/claims/claim_ack.ts";
import type { OutgoingPacketRow } from "../../../store/store.ts";

const OWN = { nonce: 9, signed: 900n };
const packet = (nonce: number, cumulative: bigint, claim: Uint8Array = new Uint8Array([1])) =>
  ({ nonce, cumulative, claim }) as OutgoingPacketRow;
/** Packet 6 of 550 units in all, which the claim of packet 7 covers. */
const covered = packet(
  6,
  550n,
  encodeCoveredClaim({ channelId: asChannelId(`0x${"5a".repeat(32)}`), nonce: 6, coveredBy: 7 }),
);
const ack = (more: Partial<ClaimAck> = {}): ClaimAck => ({
  result: "rejected",
  reason: "nonce_not_advancing",
  nonce: 6,
  credited: 600n,
  spent: 0n,
  held: 0n,
  ...more,
});

Deno.test("foreignSigner() takes figures up to our own highest, and names what is above", () => {
  const figures = { nonce: 9, credited: 900n, spent: 0n, held: 0n };
  assert.equal(foreignSigner(figures, OWN), null);
  assert.match(foreignSigner({ ...figures, nonce: 10 }, OWN)!, /knows nonce 10.*issued is 9/);
  assert.match(foreignSigner({ ...figures, credited: 901n }, OWN)!, /credited 901.*signed is 900/);
});

/** Our packet has nonce 5; under the peer's nonce we hold `watermark`. */
const cases: readonly {
  readonly name: string;
  readonly ack: ClaimAck;
  readonly watermark: OutgoingPacketRow | null;
  readonly halts: boolean;
}[] = [
  {
    name: "its watermark is a later packet of ours with that amount",
    ack: ack(),
    watermark: packet(6, 600n),
    halts: false,
  },
  {
    name: "its watermark is this very packet",
    ack: ack({ nonce: 5, credited: 500n }),
    watermark: packet(5, 500n),
    halts: true,
  },
  {
    name: "its watermark is an earlier packet",
    ack: ack({ nonce: 4, credited: 400n }),
    watermark: packet(4, 400n),
    halts: true,
  },
  {
    name: "it was credited another amount under a later nonce",
    ack: ack({ credited: 599n }),
    watermark: packet(6, 600n),
    halts: true,
  },
  { name: "we have no packet under its nonce", ack: ack(), watermark: null, halts: true },
  {
    name: "what we hold has another nonce",
    ack: ack(),
    watermark: packet(7, 600n),
    halts: true,
  },
  {
    name: "it rejected for another reason",
    ack: ack({ reason: "rate_limited" }),
    watermark: null,
    halts: false,
  },
  {
    name: "it accepted the claim",
    ack: ack({ result: "accepted" }),
    watermark: null,
    halts: false,
  },
  {
    name: "it rejected for another reason and knows a nonce that we never issued",
    ack: ack({ reason: "rate_limited", nonce: 10 }),
    watermark: null,
    halts: true,
  },
  {
    name: "it accepted a claim and knows a nonce that we never issued",
    ack: ack({ result: "accepted", nonce: 10 }),
    watermark: packet(10, 600n),
    halts: true,
  },
];

for (const { name, ack, watermark, halts } of cases) {
  Deno.test(`haltReason() ${halts ? "halts" : "goes on"} where ${name}`, async () => {
    const asked: number[] = [];
    const reason = await haltReason(ack, packet(5, 500n), OWN, (nonce) => {
      asked.push(nonce);
      return Promise.resolve(watermark);
    });
    assert.equal(reason !== null, halts, String(reason));
    assert.ok(asked.every((nonce) => nonce === ack.nonce));
  });
}

for (
  const { name, ack: answer, signed, halts } of [
    {
      name: "its watermark brought the claim of a later packet",
      ack: ack(),
      signed: 600n,
      halts: false,
    },
    { name: "that claim has another amount", ack: ack(), signed: 601n, halts: true },
    {
      name: "it credits only the watermark's amount",
      ack: ack({ credited: 550n }),
      signed: 600n,
      halts: true,
    },
  ]
) {
  Deno.test(`haltReason() ${halts ? "halts" : "goes on"} where ${name}`, async () => {
    const rows = new Map([[6, covered], [7, packet(7, signed)]]);
    const reason = await haltReason(
      answer,
      packet(5, 500n),
      OWN,
      (nonce) => Promise.resolve(rows.get(nonce) ?? null),
    );
    assert.equal(reason !== null, halts, String(reason));
  });
}

Deno.test("haltReason() halts where the packet under the peer's nonce cannot be read", async () => {
  const reason = await haltReason(ack(), packet(5, 500n), OWN, () => Promise.reject(new Error()));
  assert.match(reason!, /another packet with nonce 5 or above it/);
});
