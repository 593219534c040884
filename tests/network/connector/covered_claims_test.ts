import assert from "node:assert/strict";
import { readCoveredClaim } from "../../../protocols/evm/covered_claim.ts";
import { parseClaim } from "../../../protocols/evm/claim.ts";
import { until } from "../../until.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { buyer, heard, isAnswered, said } from "./covered_buyer.ts";
import { prepareOf } from "./raw_peer.ts";
import { connected, payment, rig } from "./rig.ts";

Deno.test("one signed claim covers the packets before it: each is answered, and the claim counts once", async () => {
  await using net = await rig();
  await using by = await buyer(net);
  const first = await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  assert.equal(first.ack?.covers, 63, "the answer says how many it may cover");
  const prepares = [2, 3, 4].map(() => prepareOf(10n));
  const claims = [by.covered(2, 4), by.covered(3, 4), await by.signed(4, 40n)];
  const answers = await Promise.all(
    prepares.map((prepare, at) => by.peer.pay(prepare, claims[at])),
  );
  assert.deepEqual(answers.map(said), ["fulfill", "fulfill", "fulfill"]);
  assert.equal(net.terminal.effects.size, 4);
  const { credited, spent, nonce } = by.account()!;
  assert.deepEqual([credited, spent, nonce], [40n, 40n, 4]);
  const { bestClaim } = (await net.hub.store.receiverChannel(net.channels.buyer.channelId))!;
  assert.equal(parseClaim(bestClaim!).nonce, 4, "what the chain would pay");

  assert.equal(said(await by.peer.pay(prepares[0], claims[0])), "fulfill", "sent again");
  assert.equal(net.terminal.effects.size, 4, "and answered from the table");
  assert.equal(
    said(await by.peer.pay(prepareOf(10n), claims[1])),
    "F06 nonce_not_advancing",
    "other bytes under a known nonce",
  );
});

Deno.test("a packet whose claim comes later is not answered, stored or delivered before", async () => {
  await using net = await rig();
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  const prepare = prepareOf(10n);
  const [before, again] = [1, 2].map(() => by.peer.pay(prepare, by.covered(2, 3)));
  assert.equal(await isAnswered(again, by.peer), false);
  assert.deepEqual([by.account()!.credited, by.account()!.nonce], [10n, 1]);
  assert.equal(await net.hub.store.incoming(net.channels.buyer.channelId, 2), null);
  assert.equal(net.terminal.effects.size, 2, "the first packet, and the one of the question");
  await by.peer.pay(prepareOf(10n), await by.signed(3, 30n));
  assert.equal(said(await again), "fulfill", "the newest request gets the answer");
  assert.equal(await isAnswered(before, by.peer), false);
});

Deno.test("a claim that is refused refuses what it covers, and the next one pays", async () => {
  await using net = await rig();
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  for (
    const { claim, reason } of [
      { claim: await by.signed(4, 40n, "provider"), reason: "F06 wrong_signer" },
      { claim: await by.signed(4, 1_000_001n), reason: "F06 over_deposit" },
      { claim: await by.signed(4, 9n), reason: "F06 amount_not_advancing" },
    ]
  ) {
    const covered = [2, 3].map((nonce) => by.peer.pay(prepareOf(10n), by.covered(nonce, 4)));
    assert.equal(said(await by.peer.pay(prepareOf(10n), claim)), reason);
    assert.deepEqual((await Promise.all(covered)).map(said), [reason, reason]);
  }
  assert.deepEqual([by.account()!.credited, net.terminal.effects.size], [10n, 1]);
  const good = by.peer.pay(prepareOf(10n), by.covered(2, 4));
  assert.equal(said(await by.peer.pay(prepareOf(10n), await by.signed(4, 30n))), "fulfill");
  assert.equal(said(await good), "fulfill");
});

Deno.test("a packet that another claim overtakes is refused, whatever it names as its own", async () => {
  await using net = await rig();
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  const left = [[2, 4], [3, 9], [7, 9]].map(([nonce, coveredBy]) =>
    by.peer.pay(prepareOf(10n), by.covered(nonce, coveredBy))
  );
  assert.equal(said(await by.peer.pay(prepareOf(10n), await by.signed(5, 20n))), "fulfill");
  assert.equal(said(await left[0]), "F06 nonce_not_advancing");
  assert.equal(said(await left[1]), "F06 nonce_not_advancing");
  assert.equal((await left[1]).ack?.nonce, 5, "with the figures after it");
  assert.equal(await isAnswered(left[2], by.peer), false, "its claim may still come");
  assert.equal(said(await by.peer.pay(prepareOf(10n), await by.signed(9, 40n))), "fulfill");
  assert.equal(said(await left[2]), "fulfill");
  assert.equal(
    said(await by.peer.pay(prepareOf(10n), by.covered(8, 9))),
    "F06 nonce_not_advancing",
    "too late",
  );
});

Deno.test("covered packets spend no more than the signed claim brings", async () => {
  await using net = await rig();
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  const covered = [2, 3].map((nonce) => by.peer.pay(prepareOf(20n), by.covered(nonce, 4)));
  const last = by.peer.pay(prepareOf(5n), await by.signed(4, 40n));
  assert.deepEqual((await Promise.all([...covered, last])).map(said), [
    "fulfill",
    "T04",
    "fulfill",
  ]);
  const { credited, spent } = by.account()!;
  assert.deepEqual([credited, spent], [40n, 35n]);
});

Deno.test("at most 63 packets of a channel wait for a claim, and one with a nonce far ahead does not", async () => {
  await using net = await rig();
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(1n), await by.signed(1, 1n));
  assert.equal(
    said(await by.peer.pay(prepareOf(1n), by.covered(2, 2 ** 20 + 2))),
    "F06 nonce_too_far",
  );
  const waiting = Array.from(
    { length: 64 },
    (_, at) => by.peer.pay(prepareOf(1n), by.covered(at + 2, 66)),
  );
  await heard(by.peer);
  assert.equal(said(await by.peer.pay(prepareOf(1n), await by.signed(66, 66n))), "fulfill");
  assert.deepEqual(
    (await Promise.all(waiting.slice(0, 63))).map(said),
    Array.from({ length: 63 }, () => "fulfill"),
  );
  assert.equal(await isAnswered(waiting[63], by.peer), false, "the payer sends it again");
});

Deno.test("a client signs each packet until its peer says that it takes covered ones, then once for those that it sends together", async () => {
  await using net = await rig();
  const client = net.client();
  await connected(client);
  const { channelId } = net.channels.buyer;
  const payMany = async (amount: bigint) => {
    const paid = await Promise.all(
      Array.from({ length: 12 }, () => client.pay(payment(amount))),
    );
    assert.deepEqual(new Set(paid.map(({ state }) => state)), new Set(["fulfilled"]));
  };
  const isCovered = async (nonce: number) =>
    readCoveredClaim((await net.buyer.store.outgoing(channelId, nonce))!.claim) !== null;
  await payMany(100n);
  for (let nonce = 1; nonce <= 12; nonce++) assert.equal(await isCovered(nonce), false);
  await payMany(100n);
  const covered = [];
  for (let nonce = 13; nonce <= 24; nonce++) if (await isCovered(nonce)) covered.push(nonce);
  assert.ok(covered.length >= 8, `${covered.length} of 12 were covered`);
  assert.ok(!covered.includes(24), "the last is signed");
  // A packet above the signer's ceiling is refused alone.
  const mixed = await Promise.all(
    [100n, 400_001n, 100n].map((amount) => client.pay(payment(amount))),
  );
  assert.deepEqual(mixed.map(({ state }) => state), ["fulfilled", "refused", "fulfilled"]);
  await net.connector.close();
  await net.hub.reopen();
  await net.start();
  await until(async () => (await client.status()).line.state === "connected");
  await payMany(10n);
  const account = net.connector.status().accounts.find((each) => each.channelId === channelId)!;
  assert.deepEqual([account.credited, account.spent], [2_720n, 2_720n]);
});

Deno.test("a packet that expired while it waited for its claim is refused", async () => {
  await using net = await rig();
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  const expiresAtMs = Date.now() + 50;
  const late = by.peer.pay(prepareOf(10n, { expiresAtMs }), by.covered(2, 3));
  await heard(by.peer);
  await until(() => Promise.resolve(Date.now() > expiresAtMs));
  assert.equal(said(await by.peer.pay(prepareOf(10n), await by.signed(3, 30n))), "fulfill");
  assert.equal(said(await late), "R00");
});

Deno.test("another packet may have the nonce of one that waits, because nothing of that one is stored", async () => {
  await using net = await rig();
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  const lost = [2, 3].map((nonce) => by.peer.pay(prepareOf(10n), by.covered(nonce, 4)));
  await heard(by.peer);
  // Its payer lost its disk, and was told of nonce 1.
  assert.equal(said(await by.peer.pay(prepareOf(10n), await by.signed(2, 20n))), "fulfill");
  const next = by.peer.pay(prepareOf(10n), by.covered(3, 5));
  assert.equal(said(await by.peer.pay(prepareOf(10n), await by.signed(5, 50n))), "fulfill");
  assert.equal(said(await next), "fulfill");
  assert.equal(await isAnswered(Promise.race(lost), by.peer), false);
});

Deno.test("a connector that stops within a group, and redeems its claim, takes the rest of the group afterwards", async () => {
  let hangs = false;
  let seen = 0;
  const terminal = countingTerminal({
    inspect: () => hangs && ++seen === 3 ? new Promise(() => {}) : null,
  });
  await using net = await rig({}, terminal);
  const client = net.client();
  await connected(client);
  const { channelId } = net.channels.buyer;
  assert.equal((await client.pay(payment(100n))).state, "fulfilled");
  // The third packet of the group is still inspected when the connector ends.
  hangs = true;
  const paying = Promise.all(Array.from({ length: 12 }, () => client.pay(payment(100n))));
  const bestOf = async () => {
    const { bestClaim, watermark } = (await net.hub.store.receiverChannel(channelId))!;
    const claim = parseClaim(bestClaim!);
    return claim.nonce > watermark ? claim : null;
  };
  await until(async () => await bestOf() !== null);
  const best = (await bestOf())!;
  hangs = false;
  await net.connector.close();
  await net.hub.reopen();
  const facts = net.facts.get(channelId)!;
  const claimed = { claimedUnits: best.transferredAmount, claimedNonce: best.nonce };
  const [a, b] = facts.participants.map((side) =>
    side.address === net.buyer.address ? { ...side, ...claimed } : side
  );
  net.facts.set(channelId, { ...facts, participants: [a, b] });
  await net.start();
  const paid = await paying;
  assert.deepEqual(new Set(paid.map(({ state }) => state)), new Set(["fulfilled"]));
  const account = net.connector.status().accounts.find((each) => each.channelId === channelId)!;
  assert.deepEqual([account.credited, account.spent], [1_300n, 1_300n]);
});
