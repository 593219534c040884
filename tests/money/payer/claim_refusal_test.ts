import assert from "node:assert/strict";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeCoveredClaim } from "../../../protocols/evm/covered_claim.ts";
import type { ClaimAck } from "../../../money/claims/claim_ack.ts";
import { type AnswerSubject, subjectOf } from "../../../money/payer/claim_refusal.ts";
import { PayerLedger } from "../../../money/payer/payer_ledger.ts";
import { outgoing } from "../../store/store_rows.ts";

const NOW_MS = 1_770_000_000_000;
const CLAIM = new Uint8Array([1]);
const DAY_MS = 86_400_000;

/** Spent 400 and forfeited nothing; packets 5 (100 units, the one that is answered) and 6 (200 units) are open. */
const PACKET = outgoing({ nonce: 5, amount: 100n, claim: CLAIM, createdAtMs: NOW_MS - 1_000 });
const LEDGER = new PayerLedger(
  PACKET.channelId,
  "peer",
  { channelId: PACKET.channelId, peer: "peer", signed: 700n, nonce: 6, spent: 400n, forfeit: 0n },
  [PACKET, outgoing({ nonce: 6, amount: 200n, claim: CLAIM })],
);

const COVERED = {
  ...PACKET,
  claim: encodeCoveredClaim({ channelId: asChannelId(PACKET.channelId), nonce: 5, coveredBy: 6 }),
};

/** The peer accepted packet 6 and holds it; it never saw packet 5. */
const OVERTAKEN: ClaimAck = {
  result: "rejected",
  reason: "nonce_not_advancing",
  nonce: 6,
  credited: 700n,
  spent: 400n,
  held: 200n,
};

const CASES: readonly {
  readonly name: string;
  readonly ack: ClaimAck | null;
  readonly packet?: typeof PACKET;
  readonly nowMs?: number;
  readonly expected: AnswerSubject;
}[] = [
  { name: "a later packet overtook it", ack: OVERTAKEN, expected: "renew" },
  {
    name: "the later packet is refused there already",
    ack: { ...OVERTAKEN, held: 0n },
    expected: "renew",
  },
  {
    name: "the peer has counted one unit more than all other packets",
    ack: { ...OVERTAKEN, held: 201n },
    expected: "nothing",
  },
  {
    name: "the peer has counted this packet as spent",
    ack: { ...OVERTAKEN, spent: 500n },
    expected: "nothing",
  },
  {
    name: "the peer's highest nonce is below it, so it lost its rows",
    ack: { ...OVERTAKEN, nonce: 4, spent: 0n, held: 0n },
    expected: "nothing",
  },
  {
    name: "it is as old as the rows that a peer removes",
    ack: OVERTAKEN,
    nowMs: PACKET.createdAtMs + 30 * DAY_MS,
    expected: "nothing",
  },
  {
    name: "it is a little younger",
    ack: OVERTAKEN,
    nowMs: PACKET.createdAtMs + 30 * DAY_MS - 1,
    expected: "renew",
  },
  { name: "the peer is busy", ack: { ...OVERTAKEN, reason: "rate_limited" }, expected: "renew" },
  {
    name: "the peer does not see the deposit yet",
    ack: { ...OVERTAKEN, reason: "over_deposit" },
    expected: "renew",
  },
  {
    name: "the signature is wrong",
    ack: { ...OVERTAKEN, reason: "signature_invalid" },
    expected: "final",
  },
  { name: "another program's reason", ack: { ...OVERTAKEN, reason: "no" }, expected: "final" },
  {
    name: "the program cannot read a covered claim",
    ack: { ...OVERTAKEN, reason: "claim_malformed" },
    packet: COVERED,
    expected: "nothing",
  },
  {
    name: "the program sees no claim in a covered one",
    ack: { ...OVERTAKEN, reason: "claim_missing" },
    packet: COVERED,
    expected: "nothing",
  },
  {
    name: "the program cannot read a signed claim",
    ack: { ...OVERTAKEN, reason: "claim_malformed" },
    expected: "final",
  },
  { name: "a covered packet was overtaken", ack: OVERTAKEN, packet: COVERED, expected: "renew" },
  { name: "no reason", ack: { ...OVERTAKEN, reason: undefined }, expected: "final" },
  { name: "the claim was accepted", ack: { ...OVERTAKEN, result: "accepted" }, expected: "packet" },
  { name: "the peer keeps no credit", ack: null, expected: "packet" },
  {
    name: "the packet had no claim",
    ack: OVERTAKEN,
    packet: { ...PACKET, claim: new Uint8Array() },
    expected: "packet",
  },
];

for (const { name, ack, packet = PACKET, nowMs = NOW_MS, expected } of CASES) {
  Deno.test(`subjectOf() says ${expected} where ${name}`, () => {
    assert.equal(subjectOf(ack, packet, LEDGER, nowMs), expected);
  });
}
