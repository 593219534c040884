/** A lost disk: what the chain and the counterparty restore, and that a lying counterparty changes nothing. */
import assert from "node:assert/strict";
import type { Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import { asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeClaim } from "../../../protocols/evm/claim.ts";
import type { ClaimState } from "../../../money/claims/claim_ack.ts";
import { chainTest, proofOf, useChain } from "../../contracts/chain.ts";
import { openWallet, placeOf } from "./wallets.ts";

const node = useChain();
const DEPOSIT = 1_000n;

/** Alice's channel to bob with a deposit, which is not in any store. */
async function lost(): Promise<Hex> {
  const { alice, bob } = node();
  await node().fund(alice, DEPOSIT);
  const channelId = await node().open(alice, bob);
  await node().send(alice, "setTotalDeposit", channelId, alice.address, DEPOSIT);
  return channelId;
}

interface ClaimOver {
  readonly nonce?: number;
  readonly amount?: bigint;
  readonly signer?: HDAccount;
  readonly channelId?: Hex;
  readonly chainId?: number;
  readonly contract?: string;
}

function claimOf(channelId: Hex, over: ClaimOver = {}): Uint8Array {
  const { nonce = 7, amount = 640n, signer = node().alice, chainId = node().chainId } = over;
  const id = over.channelId ?? channelId;
  const contract = over.contract ?? node().network;
  return encodeClaim({
    messageId: "m",
    timestamp: "2026-01-01T00:00:00Z",
    senderId: "alice",
    channelId: asChannelId(id),
    nonce,
    transferredAmount: amount,
    signature: node().sign(signer, proofOf(id, nonce, amount), {
      chainId,
      contract: contract as Hex,
    }),
    signerAddress: asAddress(node().alice.address),
    chainId,
    tokenNetworkAddress: asAddress(contract),
  });
}

function stateOf(
  channelId: Hex,
  over: Partial<ClaimState> = {},
  claim: ClaimOver = {},
): ClaimState {
  return {
    nonce: 7,
    credited: 640n,
    spent: 600n,
    held: 10n,
    claim: claimOf(channelId, claim),
    ...over,
  };
}

async function wallet(answer: ClaimState | null) {
  const peer = { name: "bob", address: node().bob.address };
  return await openWallet(await placeOf(node()), node().alice, {
    options: { peers: [peer] },
    counterparty: { claimState: () => Promise.resolve(answer) },
  });
}

chainTest(
  "recover() gives the nonce, the signed amount and the deposit back, to the unit",
  async () => {
    const channelId = await lost();
    await using opened = await wallet(stateOf(channelId));
    const { manager, store } = opened;
    const [view] = await manager.recover();
    assert.equal(view.status, "open");
    assert.equal(view.channelId, channelId);
    const { depositUnits, nonce, signedUnits, spentUnits } = view.payer;
    assert.deepEqual([depositUnits, nonce, signedUnits, spentUnits], [DEPOSIT, 7, 640n, 610n]);
    const again = await manager.ensure({ name: "bob", address: node().bob.address }, 300n);
    assert.equal(again.channelId, channelId);
    assert.deepEqual(await store.listTransactions({ ended: true }), []);
    assert.ok(await store.snapshot(`signer:${node().alice.address.toLowerCase()}`));
  },
);

chainTest("ensure() finds a lost channel by itself and opens no second one", async () => {
  const channelId = await lost();
  await using opened = await wallet(stateOf(channelId, { nonce: 9 }));
  const { manager } = opened;
  const view = await manager.ensure({ name: "bob", address: node().bob.address }, 300n);
  assert.equal(view.channelId, channelId);
  // Figures without our signature raise only the nonce.
  assert.deepEqual([view.payer.nonce, view.payer.signedUnits], [9, 640n]);
});

chainTest("ensure() uses a channel on which the peer was never paid", async () => {
  const channelId = await lost();
  const nothing = { nonce: 0, credited: 0n, spent: 0n, held: 0n, claim: null };
  await using opened = await wallet(nothing);
  const { manager } = opened;
  const view = await manager.ensure({ name: "bob", address: node().bob.address }, 1_000n);
  assert.equal(view.channelId, channelId);
});

const LIES: readonly {
  readonly name: string;
  readonly answer: (channelId: Hex) => ClaimState | null;
}[] = [
  { name: "no answer", answer: () => null },
  { name: "figures without a claim", answer: (id) => stateOf(id, { claim: null }) },
  { name: "a claim of somebody else", answer: (id) => stateOf(id, {}, { signer: node().bob }) },
  { name: "a credit above our claim", answer: (id) => stateOf(id, { credited: 641n }) },
  { name: "a credit below our claim", answer: (id) => stateOf(id, { credited: 639n }) },
  { name: "a nonce below our claim", answer: (id) => stateOf(id, { nonce: 6 }) },
  { name: "a nonce far ahead", answer: (id) => stateOf(id, { nonce: 2 ** 21 }) },
  {
    name: "a claim on another channel",
    answer: (id) => stateOf(id, {}, { channelId: `0x${"1".repeat(64)}` }),
  },
  { name: "a claim for another chain", answer: (id) => stateOf(id, {}, { chainId: 1 }) },
  {
    name: "a claim for another contract",
    answer: (id) => stateOf(id, {}, { contract: node().token }),
  },
  {
    name: "a claim above our deposit",
    answer: (id) => stateOf(id, { credited: 1_001n }, { amount: 1_001n }),
  },
  {
    name: "bytes that are no claim",
    answer: (id) => stateOf(id, { claim: new Uint8Array([123, 1]) }),
  },
];
for (const { name, answer } of LIES) {
  chainTest(`recover() signs nothing on ${name} without consent`, async () => {
    const channelId = await lost();
    await using opened = await wallet(answer(channelId));
    const { manager, store } = opened;
    assert.deepEqual((await manager.recover()).map(({ status }) => status), ["recovering"]);
    const peer = { name: "bob", address: node().bob.address };
    await assert.rejects(manager.ensure(peer, 1n), { code: "recovering" });
    assert.equal(await store.payerChannel(channelId), null);
    assert.deepEqual(await store.listTransactions({ ended: true }), []);
  });
}

chainTest(
  "recover() goes on without proof where the user consents, above every nonce that may have been used",
  async () => {
    const channelId = await lost();
    await using opened = await wallet(null);
    const { manager } = opened;
    const [view] = await manager.recover({ consent: true });
    assert.equal(view.status, "open");
    assert.ok(view.payer.nonce >= 65_536);
    assert.equal(view.payer.signedUnits, 0n);
    assert.equal((await manager.ensure(view.peer, 1n)).channelId, channelId);
  },
);

chainTest(
  "recover() halts a channel whose peer knows a nonce that we never issued, and halt() too",
  async () => {
    const channelId = await lost();
    await using opened = await wallet(stateOf(channelId, { nonce: 8 }));
    const { manager, store } = opened;
    await store.commit([{
      op: "putPayerChannel",
      row: { channelId, peer: "bob", signed: 640n, nonce: 7, spent: 600n, forfeit: 0n },
    }]);
    const [view] = await manager.recover();
    assert.match(view.note!, /halted.*nonce 8/);
    await assert.rejects(manager.ensure(view.peer, 1n), { code: "state" });
    await manager.halt(channelId, "again");
    assert.match((await manager.list())[0].note!, /nonce 8/);
  },
);

chainTest(
  "ensure() adopts no channel with a grace that would lock the deposit for long, and opens its own",
  async () => {
    const { alice, bob } = node();
    await node().fund(alice, 50_000_000n);
    const theirs = await node().open(bob, alice, 365n * 86_400n);
    await using opened = await wallet(null);
    const { manager } = opened;
    const view = await manager.ensure({ name: "bob", address: bob.address }, 1n);
    assert.notEqual(view.channelId, theirs);
    const again = await manager.ensure(view.peer, 1n);
    assert.equal(again.channelId, view.channelId);
    assert.equal(view.settlementTimeoutS, 86_400);
  },
);
