import { WIRE_NAMES } from "../../../protocols/wires/names.ts";
import assert from "node:assert/strict";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import { grossFor } from "../../../protocols/ilp/fee.ts";
import type { Effect } from "../../../money/receiver/terminal.ts";
import { RawPeer } from "./raw_peer.ts";
import { connected, payment } from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { until } from "../../until.ts";
import { twoHops } from "./two_hops.ts";

const NEAR_FEE = { flatUnits: 3n, basisPoints: 100 };
const FAR_FEE = { flatUnits: 7n, basisPoints: 10 };

for (const wire of WIRE_NAMES) {
  Deno.test(`two connectors carry a write and a job on the ${wire} wire, each keeps its fee, and all books agree`, async () => {
    await using net = await twoHops({ wire, near: { fee: NEAR_FEE }, far: { fee: FAR_FEE } });
    const seen: Prepare[] = [];
    const terminal = countingTerminal({
      inspect: (prepare) => {
        seen.push(prepare);
        return null;
      },
    });
    await net.provide(terminal);
    const client = net.customerClient();
    await connected(client);
    // The write ends at far's own relay: only near forwards it.
    const write = grossFor(17_000n, [NEAR_FEE]);
    const job = grossFor(50_000n, [NEAR_FEE, FAR_FEE]);
    assert.equal((await client.pay(payment(write))).state, "fulfilled");
    assert.equal((await client.pay(payment(job, "test.hub.provider.jobs"))).state, "fulfilled");
    assert.deepEqual(seen.map(({ amount }) => amount), [50_000n]);
    assert.equal(net.far.terminal.effects.size, 1);
    const near = net.near.status();
    const far = net.far.connector.status();
    const [toFar] = near.payers.filter(({ username }) => username === "far");
    assert.equal(toFar.spent, 17_000n + grossFor(50_000n, [FAR_FEE]));
    assert.equal(near.accounts[0].spent, write + job);
    assert.equal(far.accounts.find(({ spent }) => spent > 0n)?.spent, toFar.spent);
    assert.equal(far.payers.find(({ username }) => username === "provider")?.spent, 50_000n);
    // A unit less does not arrive: the provider's own price decides, here the fee's last unit.
    assert.deepEqual(near.outcomes, { fulfilled: 2 });
    assert.deepEqual(near.lines.map(({ peer, line }) => [peer, line.state]), [[
      "far",
      "connected",
    ]]);
  });
}

Deno.test("each hop asks its next one to answer earlier, and refuses what leaves no time", async () => {
  await using net = await twoHops({
    near: { expiryMarginMs: 80_000 },
    far: { expiryMarginMs: 500 },
  });
  const seen: Prepare[] = [];
  const terminal = countingTerminal({
    inspect: (prepare) => {
      seen.push(prepare);
      return null;
    },
  });
  await net.provide(terminal);
  const client = net.customerClient();
  await connected(client);
  const before = Date.now();
  assert.equal(
    (await client.pay({ ...payment(10n, "test.hub.provider"), expiresInMs: 200_000 })).state,
    "fulfilled",
  );
  const left = seen[0].expiresAtMs - before;
  assert.ok(left >= 119_500 && left <= 119_500 + (Date.now() - before), `${left} ms left`);
  const late = await client.pay({ ...payment(10n, "test.hub.provider"), expiresInMs: 70_000 });
  assert.equal(late.state === "refused" && late.code, "R02");
});

Deno.test("a packet that is in progress when the middle connector dies is paid once, after its restart", async () => {
  let release = () => {};
  let reached = () => {};
  const atWork = new Promise<void>((resolve) => reached = resolve);
  const held = new Promise<void>((resolve) => release = resolve);
  const terminal = countingTerminal({
    effect: async () => {
      reached();
      await held;
      return null;
    },
  });
  await using net = await twoHops();
  await net.provide(terminal);
  const client = net.customerClient();
  await connected(client);
  const paying = client.pay(payment(900n, "test.hub.provider"));
  await atWork;
  await net.near.close();
  await net.far.buyer.reopen();
  release();
  await net.startNear();
  assert.equal((await paying).state, "fulfilled");
  assert.deepEqual([...terminal.effects.values()], [1]);
  const near = net.near.status();
  assert.deepEqual([near.accounts[0].spent, near.accounts[0].held], [900n, 0n]);
  assert.equal(near.payers.find(({ username }) => username === "far")?.spent, 900n);
});

Deno.test("while the next hop is silent nothing is said upstream; the far connector's restart settles it", async () => {
  let attempts = 0;
  const terminal = countingTerminal({
    effect: () => ++attempts === 1 ? Promise.reject<Effect>(new Error("ended")) : null,
  });
  await using net = await twoHops({ terminal });
  const client = net.customerClient();
  await connected(client);
  const paying = client.pay(payment(700n));
  await until(() => attempts === 1);
  await net.far.connector.close();
  const told = await Promise.race([paying, new Promise((resolve) => setTimeout(resolve, 300))]);
  assert.equal(told, undefined, "unknown is not refused");
  await net.far.hub.reopen();
  await net.far.start();
  assert.equal((await paying).state, "fulfilled");
  assert.deepEqual([...terminal.effects.values()], [1]);
});

Deno.test("a silent next hop is written off at the connector's own loss, and never earlier", async () => {
  const terminal = countingTerminal({ effect: () => Promise.reject(new Error("never")) });
  await using net = await twoHops({ terminal, near: { writeOffMs: 500 } });
  const client = net.customerClient();
  await connected(client);
  const outcome = await client.pay(payment(700n), { signal: AbortSignal.timeout(120_000) });
  // The packet is sent again after R00, and the far connector, which still handles the first one, answers T00.
  assert.equal(outcome.state === "refused" && outcome.code, "T00");
  assert.ok(net.near.status().outcomes.R00 >= 1);
  assert.ok(net.near.status().writtenOffUnits >= 700n);
  assert.equal(net.near.status().payers.find(({ username }) => username === "far")?.spent, 0n);
});

Deno.test("a payment that was written off and fulfilled later is known as paid, also by a packet with other data", async () => {
  let isAway = true;
  const terminal = countingTerminal({
    inspect: () => Promise.resolve({ obligation: "job:1" }),
    effect: () => isAway ? Promise.reject(new Error("not now")) : null,
  });
  await using net = await twoHops({ terminal, near: { writeOffMs: 500 } });
  const client = net.customerClient();
  await connected(client);
  const first = await client.pay({ ...payment(700n), obligation: "job:1" });
  assert.equal(first.state === "refused" && first.code, "T00", "written off, and in progress");
  isAway = false;
  await until(() => terminal.effects.size === 1);
  // After a restart the same request has another signature, so its packet has other data and another condition.
  let outcome = await client.pay({ ...payment(700n), obligation: "job:1" });
  for (const untilMs = Date.now() + 60_000; outcome.state !== "fulfilled";) {
    assert.ok(Date.now() < untilMs, JSON.stringify(outcome));
    outcome = await client.pay({ ...payment(700n), obligation: "job:1" });
  }
  assert.equal(outcome.alreadyPaid, true);
  assert.equal(terminal.effects.get("job:1"), 1, "it was done once");
  assert.equal((await client.status()).payer?.spent, 0n, "the connector took the loss");
});

Deno.test("packets that arrive over a dialed connection are paid and forwarded like any other", async () => {
  await using net = await twoHops();
  const terminal = countingTerminal();
  const customer = net.customerClient({
    receive: { terminal, ilpAddress: "test.near.customer", minSettlementTimeoutS: 3_600 },
  });
  await connected(customer);
  await until(() =>
    net.near.status().sessions.some(({ username, proven }) => username === "customer" && proven)
  );
  const provider = net.far.client({}, net.far.provider);
  await connected(provider);
  const outcome = await provider.pay(payment(250n, "test.near.customer.results"));
  assert.equal(outcome.state, "fulfilled");
  assert.equal(terminal.effects.size, 1);
  assert.equal(
    net.far.connector.status().payers.find(({ username }) => username === "buyer")?.spent,
    250n,
  );
});

Deno.test("a route that leads back and a name that is dialed are refused", async () => {
  await using net = await twoHops();
  const provider = net.far.client({}, net.far.provider);
  const outcome = await provider.pay(payment(250n, "test.near.nobody"));
  assert.equal(
    outcome.state === "refused" && outcome.code,
    "F02",
    "near would send it back to far",
  );
  const false1 = await RawPeer.dial(net.near.url);
  assert.equal((await false1.signIn("far", "")).type, "error");
});
