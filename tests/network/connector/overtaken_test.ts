/** Packets that overtake each other between a payer and its next hop: the claim of the earlier one is refused, and its payment is not. */
import assert from "node:assert/strict";
import { connected, payment, type Rig, rig } from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { frameSwap } from "./frame_swap.ts";
import { until } from "../../until.ts";

/** Every packet that the store has, by obligation: the states of its attempts. */
async function attempts(net: Rig, obligation: string): Promise<readonly string[]> {
  const rows = await net.buyer.store.outgoingByObligation(obligation);
  return rows.toSorted((a, b) => a.nonce - b.nonce).map(({ state }) => state);
}

Deno.test("connectorClient() pays with a new claim when a later packet overtook its own", async () => {
  await using net = await rig();
  await using line = await frameSwap(net.connector.url);
  const client = net.client({ url: line.url });
  await connected(client);
  const isHeld = line.swapNext("up");
  const [first, second] = [payment(300n), payment(500n)];
  const early = client.pay(first);
  await isHeld;
  assert.equal((await client.pay(second)).state, "fulfilled", "it passes the first one");
  assert.equal((await early).state, "fulfilled");
  assert.equal(line.overtaken, 1);
  assert.deepEqual(await attempts(net, first.obligation), ["refused", "fulfilled"]);
  assert.deepEqual([...net.terminal.effects.values()], [1, 1], "each was done once");
  assert.deepEqual(await client.account(), { nonce: 3, credited: 800n, spent: 800n, held: 0n });
  const { payer } = await client.status();
  assert.deepEqual([payer?.signed, payer?.spent, payer?.halted], [800n, 800n, null]);
});

Deno.test("startConnector() refuses a packet as T01 whose own claim the next hop refused, and the next attempt arrives", async () => {
  await using net = await rig();
  await using line = await frameSwap(net.connector.url);
  const terminal = countingTerminal();
  const provider = net.client({
    url: line.url,
    receive: { terminal, ilpAddress: "test.hub.provider", minSettlementTimeoutS: 3_600 },
  }, net.provider);
  await connected(provider);
  await until(() => net.connector.status().sessions.some(({ proven }) => proven));
  const client = net.client();
  await connected(client);
  const isHeld = line.swapNext("down");
  const [first, second] = [
    payment(300n, "test.hub.provider"),
    payment(500n, "test.hub.provider"),
  ];
  const early = client.pay(first);
  await isHeld;
  assert.equal((await client.pay(second)).state, "fulfilled");
  assert.equal((await early).state, "fulfilled");
  assert.equal(line.overtaken, 1);
  assert.deepEqual([...terminal.effects.values()], [1, 1]);
  const [refused] = await net.buyer.store.outgoingByObligation(first.obligation);
  const { channelId } = net.channels.buyer;
  const row = await net.hub.store.incoming(channelId, 1);
  assert.equal(row?.state, "refused");
  assert.deepEqual(row?.answer, refused.answer);
  const told = new TextDecoder().decode(refused.answer!);
  assert.match(told, /T01.*did not accept this hop's claim/s);
  assert.doesNotMatch(told, /nonce_not_advancing|F06/, "the claim is not the buyer's");
  const paid = net.connector.status().accounts.find((each) => each.channelId === channelId);
  assert.deepEqual([paid?.credited, paid?.spent, paid?.held], [800n, 800n, 0n]);
});
