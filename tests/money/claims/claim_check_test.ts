import assert from "node:assert/strict";
import { asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { Claim } from "../../../protocols/evm/claim.ts";
import type { ChannelFacts } from "../../../money/evm/chain.ts";
import { decodeClaimAck, decodeClaimState } from "../../../money/claims/claim_ack.ts";
import { ChannelFactsCache } from "../../../money/claims/channel_facts.ts";
import { checkClaim } from "../../../money/claims/claim_check.ts";
import { MAX_NONCE_AHEAD } from "../../../protocols/evm/claim.ts";

const PAYER = asAddress(`0x${"11".repeat(20)}`);
const OWN = asAddress(`0x${"22".repeat(20)}`);
const OTHER = asAddress(`0x${"33".repeat(20)}`);
const NETWORK = asAddress(`0x${"c1".repeat(20)}`);
const CHANNEL = asChannelId(`0x${"aa".repeat(32)}`);

const FACTS: ChannelFacts = {
  channelId: CHANNEL,
  chainId: 31337,
  tokenNetworkAddress: NETWORK,
  participants: [
    { address: PAYER, depositUnits: 1_000n, claimedUnits: 100n, claimedNonce: 5 },
    { address: OWN, depositUnits: 0n, claimedUnits: 0n, claimedNonce: 0 },
  ],
  state: "open",
  settlementTimeoutS: 86_400,
};
const CLAIM: Claim = {
  messageId: "m",
  timestamp: "2030-01-01T00:00:00.000Z",
  senderId: "s",
  channelId: CHANNEL,
  nonce: 8,
  transferredAmount: 300n,
  signature: `0x${"00".repeat(65)}`,
  signerAddress: PAYER,
  chainId: 31337,
  tokenNetworkAddress: NETWORK,
};
const TIP = { nonce: 7, cumulative: 200n };

const CASES: readonly {
  readonly name: string;
  readonly claim?: Partial<Claim>;
  readonly facts?: Partial<ChannelFacts>;
  readonly recovers?: string | Error;
  readonly minDeposit?: bigint;
  readonly expected: string | null;
}[] = [
  { name: "a good claim", expected: null },
  { name: "one that adds nothing", claim: { transferredAmount: 200n }, expected: null },
  { name: "the whole deposit", claim: { transferredAmount: 1_000n }, expected: null },
  { name: "another chain", claim: { chainId: 1 }, expected: "wrong_domain" },
  { name: "another contract", claim: { tokenNetworkAddress: OTHER }, expected: "wrong_domain" },
  { name: "a closed channel", facts: { state: "closed" }, expected: "channel_closed" },
  {
    name: "a short settlement",
    facts: { settlementTimeoutS: 86_399 },
    expected: "settlement_timeout",
  },
  {
    name: "a channel of others",
    facts: { participants: [FACTS.participants[0], { ...FACTS.participants[1], address: OTHER }] },
    expected: "unknown_channel",
  },
  { name: "another name", claim: { signerAddress: OTHER }, expected: "wrong_signer" },
  { name: "our own name", claim: { signerAddress: OWN }, expected: "wrong_signer" },
  { name: "another key", recovers: OTHER, expected: "wrong_signer" },
  { name: "no signature", recovers: new Error("high_s"), expected: "signature_invalid" },
  { name: "the same nonce", claim: { nonce: 7 }, expected: "nonce_not_advancing" },
  {
    name: "a nonce as on chain",
    claim: { nonce: 9 },
    facts: { participants: [{ ...FACTS.participants[0], claimedNonce: 9 }, FACTS.participants[1]] },
    expected: "nonce_not_advancing",
  },
  { name: "the farthest nonce", claim: { nonce: 7 + MAX_NONCE_AHEAD }, expected: null },
  { name: "a nonce too far", claim: { nonce: 8 + MAX_NONCE_AHEAD }, expected: "nonce_too_far" },
  {
    name: "less than before",
    claim: { transferredAmount: 199n },
    expected: "amount_not_advancing",
  },
  { name: "more than the deposit", claim: { transferredAmount: 1_001n }, expected: "over_deposit" },
  { name: "a deposit not worth its gas", minDeposit: 1_001n, expected: "deposit_too_small" },
];

for (const { name, claim, facts, recovers = PAYER, minDeposit = 0n, expected } of CASES) {
  Deno.test(`checkClaim() ${name}: ${expected ?? "accepted"}`, () => {
    const found = checkClaim({ ...CLAIM, ...claim }, { ...FACTS, ...facts }, TIP, {
      ownAddress: OWN,
      minSettlementTimeoutS: 86_400,
      minDepositUnits: minDeposit,
      recover: () => {
        if (recovers instanceof Error) throw recovers;
        return recovers;
      },
    });
    assert.equal(found, expected);
  });
}

Deno.test("ChannelFactsCache limits look-ups of unknown channels, not of known ones", async () => {
  let now = 0;
  let asked = 0;
  const cache = new ChannelFactsCache(
    {
      channel: (id) => {
        asked += 1;
        return Promise.resolve(id === CHANNEL ? FACTS : null);
      },
    },
    { now: () => now, after: () => () => {} },
    3,
  );
  assert.equal(await cache.get(CHANNEL), FACTS);
  assert.equal(await cache.get("0x1"), null);
  assert.equal(await cache.get("0x2"), null);
  assert.equal(await cache.get("0x3"), "rate_limited");
  assert.equal(await cache.get(CHANNEL), FACTS);
  assert.equal(asked, 3);
  assert.equal(await cache.get("0x3", true), null, "one that has an account is looked up");
  now = 20_000;
  assert.equal(await cache.get("0x3"), null);
});

Deno.test("decodeClaimAck() and decodeClaimState() refuse everything that is not in exact form", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const figures = `"nonce":1,"credited":"2","spent":"1","held":"0"`;
  assert.notEqual(decodeClaimAck(text(`{"result":"accepted",${figures}}`)), null);
  for (
    const bad of [
      "",
      "[]",
      "null",
      `{"result":"maybe",${figures}}`,
      `{"result":"accepted","nonce":-1,"credited":"2","spent":"1","held":"0"}`,
      `{"result":"accepted","nonce":1,"credited":"-2","spent":"1","held":"0"}`,
      `{"result":"accepted","nonce":1,"credited":1.5,"spent":"1","held":"0"}`,
      `{"result":"accepted",${figures},"pad":"${"x".repeat(20_000)}"}`,
    ]
  ) {
    assert.equal(decodeClaimAck(text(bad)), null);
  }
  assert.equal(decodeClaimState(text(`{${figures}}`))?.credited, 2n);
});
