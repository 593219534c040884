import assert from "node:assert/strict";
import { M2M } from "../../../protocols/ilp/asset.ts";
import {
  channelsText,
  openedDocument,
  planDocument,
  planText,
} from "../../../commands/channel/channel_print.ts";
import type { ChannelView } from "../../../money/claims/channel_manager.ts";

const PROFILE = { asset: M2M, peer: null };

const VIEW: ChannelView = {
  name: "ch_7f3a9b2e",
  channelId: `0x${"7f".repeat(32)}`,
  status: "open",
  peer: { name: "hub", address: `0x${"22".repeat(20)}` },
  settlementTimeoutS: 86_400,
  payer: {
    depositUnits: 1_000_000n,
    nonce: 4,
    signedUnits: 950_000n,
    spentUnits: 900_000n,
    claimedUnits: 0n,
    exposureUnits: 50_000n,
  },
  receiver: { depositUnits: 0n, creditedUnits: 20_000n, claimedUnits: 0n, exposureUnits: 20_000n },
  autoDeposit: { depositedUnits: 500_000n, today: 1, atMs: 5 },
  openedAtMs: 1,
  settleAtMs: null,
  note: null,
};

Deno.test("channelsText() shows what is at risk on both sides, and a note under the table", () => {
  const text = channelsText(
    [VIEW, { ...VIEW, note: "below 10 % of the deposit\u001b[2J" }],
    PROFILE,
    {
      opensByItself: true,
    },
  );
  const [head, first, , note] = text.split("\n");
  assert.match(head, /AT RISK/);
  assert.match(first, /1\.00 M2M +0\.50 M2M +0\.07 M2M/, "deposited in all, and by itself");
  assert.match(note, /^ch_7f3a9b2e: below 10 % of the deposit/);
  assert.ok(!text.includes("\u001b"));
});

Deno.test("channelsText() names the connector of each channel", () => {
  const named = {
    ...PROFILE,
    peer: { address: `0x${"AB".repeat(20)}`, channelId: null },
    moreConnectors: [{
      ...{ name: "east", url: "btp+wss://east.example", auth: null, reaches: [] },
      peerAddress: VIEW.peer.address,
      peerRule: "credit" as const,
    }],
  };
  const main = { ...VIEW, peer: { name: "", address: `0x${"ab".repeat(20)}` } };
  const other = { ...VIEW, peer: { name: "", address: `0x${"cd".repeat(20)}` } };
  const rows = channelsText([main, VIEW, other], named, { opensByItself: true }).split("\n");
  assert.deepEqual(rows.map((row) => row.trim().split(/ {2,}/).at(-2)), [
    ...["CONNECTOR", "main", "east", "-"],
  ]);
});

Deno.test("planText() mentions the credit that a close loses, only if there is any", () => {
  const steps = [{ call: "closeChannel", gasLimit: 1n, maxFeeWei: 1n, tokenUnits: 0n }];
  const text = planText({ steps, creditUnits: 70_000n, openPackets: 2, refused: null }, M2M);
  assert.match(text, /0\.07 M2M signed but not spent is lost/);
  assert.match(text, /2 packets wait for an answer/);
  assert.doesNotMatch(planText({ steps, refused: null }, M2M), /lost|wait/);
});

for (
  const { opensByItself, says } of [
    { opensByItself: true, says: /the first payment opens one automatically/ },
    { opensByItself: false, says: /auto_deposit is off: 'crosstown channel open' opens one/ },
  ]
) {
  Deno.test(`channelsText() without a channel, auto_deposit ${opensByItself}, says how one opens`, () => {
    assert.match(channelsText([], PROFILE, { opensByItself }), says);
  });
}

Deno.test("openedDocument() names the transaction that opened the channel, and not one of its deposit", () => {
  const sent = (call: string, hash: string) => ({ call, hash, feeWei: 1n }) as never;
  const receipt = { channel: VIEW, elapsedMs: 7, transactions: [] };
  const transactions = [
    sent("approve", "0xa"),
    sent("openChannel", "0xb"),
    sent("setDeposit", "0xc"),
  ];
  assert.deepEqual(openedDocument({ ...receipt, transactions }), {
    channel_id: "ch_7f3a9b2e",
    onchain_id: VIEW.channelId,
    deposit_units: 1_000_000n,
    tx: "0xb",
    elapsed_ms: 7,
  });
  assert.equal(openedDocument({ ...receipt, transactions: [sent("setDeposit", "0xc")] }).tx, "0xc");
  assert.equal(openedDocument(receipt).tx, null, "it was open before");
});

Deno.test("planText() and planDocument() say first that it would be refused, and what credit would be lost", () => {
  const plan = { steps: [], creditUnits: 20_000n, openPackets: 2, refused: "no gas\u001b[2J" };
  const text = planText(plan as never, M2M);
  assert.match(text, /^Would be refused: no gas/);
  assert.ok(!text.includes("\u001b"));
  const { refused, credit_lost_units, open_packets, max_fee_wei } = planDocument(plan as never);
  assert.deepEqual([refused, credit_lost_units, open_packets, max_fee_wei], [
    plan.refused,
    20_000n,
    2,
    0n,
  ]);
  const nothing = { steps: [], refused: null } as never;
  assert.equal(planText(nothing, M2M), "There is nothing to do");
  assert.equal("credit_lost_units" in planDocument(nothing), false);
});
