/** Payments without an answer when their channel is settled: what the contract paid ends them. */
import assert from "node:assert/strict";
import type { Hex } from "viem";
import { endedBy, endPackets } from "../../../money/channels/settled_packets.ts";
import type { OutgoingPacketRow } from "../../../store/store.ts";
import { chainTest, proofOf, useChain } from "../../contracts/chain.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import {
  address,
  chainChannel,
  CHANNEL,
  incoming,
  outgoing,
  payer,
} from "../../store/store_rows.ts";
import { openWallet, placeOf, type Wallet } from "./wallets.ts";

interface Case {
  readonly name: string;
  readonly figures: { readonly spent: bigint; readonly forfeit: bigint };
  readonly open: readonly bigint[];
  readonly claimed: bigint;
  readonly states: readonly OutgoingPacketRow["state"][];
  readonly spent: bigint;
  readonly forfeit: bigint;
}

const CASES: readonly Case[] = [
  {
    name: "claimed up to the last packet",
    figures: { spent: 100n, forfeit: 0n },
    open: [50n, 60n],
    claimed: 210n,
    states: ["fulfilled", "fulfilled"],
    spent: 210n,
    forfeit: 0n,
  },
  {
    name: "claimed up to the first",
    figures: { spent: 100n, forfeit: 0n },
    open: [50n, 60n],
    claimed: 150n,
    states: ["fulfilled", "refused"],
    spent: 150n,
    forfeit: 0n,
  },
  {
    name: "claimed what was spent before",
    figures: { spent: 100n, forfeit: 0n },
    open: [50n],
    claimed: 100n,
    states: ["refused"],
    spent: 100n,
    forfeit: 0n,
  },
  {
    name: "claimed less than what was spent",
    figures: { spent: 100n, forfeit: 0n },
    open: [50n],
    claimed: 0n,
    states: ["refused"],
    spent: 100n,
    forfeit: 0n,
  },
  {
    name: "claimed one unit of credit beside what was spent",
    figures: { spent: 100n, forfeit: 0n },
    open: [50n],
    claimed: 101n,
    states: ["refused"],
    spent: 100n,
    forfeit: 1n,
  },
  {
    name: "claimed credit of a refusal beside it",
    figures: { spent: 100n, forfeit: 20n },
    open: [50n],
    claimed: 180n,
    states: ["fulfilled"],
    spent: 150n,
    forfeit: 30n,
  },
];

for (const { name, figures, open, claimed, states, spent, forfeit } of CASES) {
  Deno.test(`endedBy() of a channel of which the peer ${name}: ${states.join(", ")}`, () => {
    const rows = open.map((amount, at) => outgoing({ nonce: 9 - at, amount }));
    const changes = endedBy(payer({ signed: 500n, nonce: 9, ...figures }), rows, claimed);
    const ended = changes.flatMap((each) => each.op === "putOutgoing" ? [each.row] : []);
    // The lower nonce was signed first, whatever the order in which the rows were given.
    assert.deepEqual(ended.map(({ nonce }) => nonce), rows.map(({ nonce }) => nonce).sort());
    assert.deepEqual(new Set(ended.map(({ state }) => state)), new Set(states));
    const last = changes.at(-1)!;
    assert.ok(last.op === "putPayerChannel");
    assert.deepEqual([last.row.spent, last.row.forfeit], [spent, forfeit]);
    assert.equal(last.row.signed, 500n);
  });
}

type Facts = Awaited<ReturnType<Parameters<typeof endPackets>[0]["deps"]["chain"]["channel"]>>;

const facts = (over: Partial<NonNullable<Facts>> = {}): NonNullable<Facts> => ({
  channelId: CHANNEL,
  state: "settled",
  settlementTimeoutS: 3_600,
  openedAtMs: 1_000,
  closedAtMs: 2_000,
  participants: [
    side(address("b"), 300n),
    side(address("A"), 100n),
  ],
  ...over,
} as NonNullable<Facts>);

const side = (address: string, claimedUnits: bigint) => ({
  address,
  depositUnits: 1_000n,
  claimedUnits,
  claimedNonce: 1,
});

const shown: readonly {
  readonly name: string;
  readonly facts: Facts;
  readonly over: boolean;
  readonly states: readonly string[];
}[] = [
  { name: "shows nothing of the channel", facts: null, over: false, states: ["open", "open"] },
  {
    name: "shows the close alone",
    facts: facts({ state: "closed" }),
    over: false,
    states: ["open", "open"],
  },
  {
    name: "shows a settlement between two others",
    facts: facts({ participants: [side(address("b"), 300n), side(address("c"), 300n)] }),
    over: false,
    states: ["open", "open"],
  },
  {
    name: "shows the settlement, by our own side's figure",
    facts: facts(),
    over: true,
    states: ["fulfilled", "refused"],
  },
];

for (const { name, facts, over, states } of shown) {
  Deno.test(`endPackets() when the chain ${name}: ${states.join(", ")}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "k" });
    const store = await openSqliteStore({ folder, clock: () => 3_000 });
    try {
      await store.commit([
        { op: "putPayerChannel", row: payer({ signed: 200n, nonce: 2 }) },
        ...[1, 2].map((nonce) => ({
          op: "putOutgoing" as const,
          row: outgoing({ nonce, amount: 100n, obligation: `write:${nonce}` }),
        })),
      ]);
      const row = chainChannel({ channelId: CHANNEL, status: "settled" });
      const ended = await endPackets({
        own: address("a"),
        book: { get: () => row },
        deps: { store, log: () => {}, chain: { channel: () => Promise.resolve(facts) } },
      }, row.ref);
      assert.equal(ended, over);
      const found = [1, 2].map(async (nonce) => (await store.outgoing(CHANNEL, nonce))!.state);
      assert.deepEqual(await Promise.all(found), states);
    } finally {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

const node = useChain();
const FORWARDED = incoming({ channelId: "0xother", obligation: null });

async function until(ask: () => Promise<boolean>): Promise<void> {
  while (!await ask()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const open = async ({ store }: Wallet, channelId: string) =>
  (await store.openOutgoing(channelId)).map(({ nonce }) => nonce);

chainTest(
  "a channel that its peer closed and settled ends the payer's packets without an answer, also at the next start",
  async () => {
    const { alice, bob } = node();
    await node().fund(alice, 1_000n);
    const place = await placeOf(node());
    const folder = await Deno.makeTempDir({ prefix: "k" });
    let channelId: Hex;
    {
      await using wallet = await openWallet(place, alice, { folder });
      const watching = wallet.manager.watch();
      const { channel } = await wallet.manager.open({
        peer: { name: "bob", address: bob.address.toLowerCase() },
        depositUnits: 1_000n,
        settlementTimeoutS: 3_600,
      });
      channelId = channel.channelId! as Hex;
      const figures = { channelId, peer: bob.address.toLowerCase(), signed: 300n, nonce: 3 };
      const rows = [1, 2, 3].map((nonce) =>
        outgoing({
          channelId,
          nonce,
          amount: 100n,
          cumulative: BigInt(nonce) * 100n,
          obligation: `write:${nonce}`,
        })
      );
      await wallet.store.commit([
        { op: "putPayerChannel", row: payer(figures) },
        ...rows.map((row) => ({ op: "putOutgoing" as const, row })),
        {
          op: "putOutgoing",
          row: outgoing({
            channelId,
            nonce: 4,
            obligation: "write:forwarded",
            incoming: { channelId: FORWARDED.channelId, nonce: FORWARDED.nonce },
          }),
        },
        { op: "putIncoming", row: FORWARDED },
      ]);
      // The peer had the second packet and claims it; the third never arrived.
      const proof = proofOf(channelId, 2, 200n);
      await node().send(bob, "claimFromChannel", channelId, proof, node().sign(alice, proof));
      await node().send(bob, "closeChannel", channelId);
      assert.deepEqual(await open(wallet, channelId), [1, 2, 3, 4], "a close alone ends nothing");
      await node().client.increaseTime({ seconds: 3_601 });
      await node().client.mine({ blocks: 1 });
      await until(async () => (await wallet.manager.list())[0].status === "settled");
      await until(async () => (await open(wallet, channelId)).length === 1);
      assert.deepEqual(await open(wallet, channelId), [4], "its sender has no answer yet");
      await wallet.store.commit([{
        op: "putIncoming",
        row: { ...FORWARDED, state: "refused", answer: new Uint8Array([1]) },
      }]);
      await until(async () => (await open(wallet, channelId)).length === 0);
      const states = await Promise.all(
        [1, 2, 3].map(async (nonce) => (await wallet.store.outgoing(channelId, nonce))!.state),
      );
      assert.deepEqual(states, ["fulfilled", "fulfilled", "refused"]);
      const { spent, forfeit } = (await wallet.store.payerChannel(channelId))!;
      assert.deepEqual([spent, forfeit], [200n, 0n]);
      assert.equal(await node().balanceOf(bob.address), 200n, "as the contract paid");
      // One that was open when a process ended between settlement and this.
      await wallet.store.commit([{
        op: "putOutgoing",
        row: outgoing({ channelId, nonce: 5, obligation: "write:late" }),
      }]);
      await wallet.manager.stop();
      await watching;
    }
    await using again = await openWallet(place, alice, { folder });
    await again.manager.list();
    await until(async () => (await open(again, channelId)).length === 0);
    assert.equal((await again.store.outgoing(channelId, 5))!.state, "refused");
  },
);
