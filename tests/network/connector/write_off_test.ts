import assert from "node:assert/strict";
import { afterFee, NO_FEE } from "../../../protocols/ilp/fee.ts";
import { RoutingTable } from "../../../network/connector/routing_table.ts";
import { type SilentHop, silentHop } from "./silent_hop.ts";

const WINDOW = 1_000_000n;

Deno.test("Forwarder books the loss after write_off, answers R00 then and not before, and a late FULFILL changes nothing upstream", async () => {
  await using net = await silentHop({ windowUnits: WINDOW });
  const told = net.pay(500n);
  await net.run(599_000);
  assert.equal(told.outcome, null, "while the next hop is unknown nothing is said, expired or not");
  await net.run(5_000);
  assert.equal(told.outcome, "R00");
  assert.equal(net.watch.writtenOffUnits, 500n);
  net.fulfil();
  await net.run(1_000);
  assert.equal(net.payer.status().spent, 500n, "the loss is real now");
  assert.equal(net.receiver.status()[0].spent, 0n);
});

Deno.test("a payer and a next hop that fulfils after the write-off take no more than the write-off limit", async () => {
  await using net = await silentHop({ windowUnits: WINDOW });
  for (let round = 0; round < 5; round++) {
    const told = net.pay(WINDOW);
    await net.run(601_000);
    assert.ok(told.outcome !== null && told.outcome !== "fulfill");
    net.fulfil();
    await net.run(60_000);
  }
  assert.equal(net.receiver.status()[0].spent, 0n, "the payer spent nothing");
  const paidOut = net.payer.status().spent;
  assert.ok(paidOut <= WINDOW, `the connector paid out ${paidOut} of at most ${WINDOW}`);
});

const DAY_MS = 86_400_000;
/** Brings the clock to a minute after midnight, UTC. */
const toNextDay = (net: SilentHop) => net.run(DAY_MS - net.time.nowMs % DAY_MS + 60_000);

Deno.test("Forwarder refuses packets at once with T01 when a next hop's write-off limit is used, until the day is over", async () => {
  await using net = await silentHop({ windowUnits: WINDOW });
  await toNextDay(net);
  net.pay(WINDOW);
  await net.run(601_000);
  assert.deepEqual(net.writeOffs.status(), {
    todayUnits: WINDOW,
    inDoubtUnits: WINDOW,
    limitUnits: WINDOW,
    halted: true,
  });
  net.fulfil();
  await net.run(1_000);
  const { inDoubtUnits, halted } = net.writeOffs.status();
  assert.deepEqual([inDoubtUnits, halted], [0n, true], "a late FULFILL makes the loss real");
  const refused = net.pay(1n);
  await net.run(100);
  assert.equal(refused.outcome, "T01");
  await toNextDay(net);
  assert.equal(net.writeOffs.status().halted, false);
  const taken = net.pay(WINDOW);
  await net.run(100);
  net.fulfil();
  await net.run(100);
  assert.equal(taken.outcome, "fulfill");
});

Deno.test("a late REJECT gives a written-off amount back to the window and to the limit", async () => {
  await using net = await silentHop({ windowUnits: WINDOW });
  net.pay(WINDOW);
  await net.run(601_000);
  net.refuse();
  await net.run(100);
  const { todayUnits, inDoubtUnits, halted } = net.writeOffs.status();
  assert.deepEqual([todayUnits, inDoubtUnits, halted], [0n, 0n, false]);
  const taken = net.pay(WINDOW);
  await net.run(100);
  net.fulfil();
  await net.run(100);
  assert.equal(taken.outcome, "fulfill");
  assert.equal(net.receiver.status()[0].spent, WINDOW);
});

Deno.test("a written-off amount stays in the window at the next hop until its outcome is known, whatever the limit is", async () => {
  await using net = await silentHop({ windowUnits: WINDOW, limitUnits: 10n * WINDOW });
  net.pay(WINDOW);
  await net.run(601_000);
  const waits = net.pay(WINDOW);
  await net.run(35_000);
  assert.equal(waits.outcome, "R00", "it waited for the window until it expired, and never left");
  assert.equal(net.waiting, 1);
  net.fulfil();
  await net.run(1_000);
  const taken = net.pay(WINDOW);
  await net.run(100);
  net.fulfil();
  await net.run(100);
  assert.equal(taken.outcome, "fulfill");
});

Deno.test("a packet beyond the limit is not written off: its sender waits for the next hop's answer", async () => {
  await using net = await silentHop({ windowUnits: WINDOW, limitUnits: 700_000n });
  const first = net.pay(300_000n);
  await net.run(100);
  const second = net.pay(700_000n);
  await net.run(700_000);
  assert.deepEqual([first.outcome, second.outcome], ["R00", null]);
  assert.equal(net.writeOffs.status().todayUnits, 300_000n);
  assert.equal(net.receiver.status()[0].held, 700_000n);
  net.fulfil();
  await net.run(100);
  assert.equal(second.outcome, "fulfill");
  assert.equal(net.receiver.status()[0].spent, 700_000n);
});

Deno.test("today's losses and payments in doubt are still known after a restart", async () => {
  await using net = await silentHop({ windowUnits: WINDOW });
  net.pay(600_000n);
  await net.run(601_000);
  net.fulfil();
  await net.run(1_000);
  net.pay(400_000n);
  await net.run(601_000);
  await net.restart();
  assert.deepEqual(net.writeOffs.status(), {
    todayUnits: WINDOW,
    inDoubtUnits: 400_000n,
    limitUnits: WINDOW,
    halted: true,
  });
  net.refuse();
  await net.run(1_000);
  const { todayUnits, inDoubtUnits } = net.writeOffs.status();
  assert.deepEqual([todayUnits, inDoubtUnits], [600_000n, 0n]);
  assert.equal(net.watch.writtenOffUnits, WINDOW);
});

Deno.test("a store that fails under a write-off loses and books nothing", async () => {
  await using net = await silentHop({ windowUnits: WINDOW });
  const told = net.pay(600_000n);
  await net.run(599_000);
  net.breakStore(true);
  await net.run(30_000);
  assert.equal(told.outcome, null);
  assert.deepEqual([...net.disk.out.values()].map(({ writtenOffAtMs }) => writtenOffAtMs), [null]);
  net.breakStore(false);
  await net.run(5_000);
  assert.equal(net.writeOffs.status().todayUnits, 600_000n, "it is written off once");
  assert.equal(net.receiver.status()[0].held, 0n);
});

Deno.test("a store that fails under a late answer does not make the connector write off more than its limit", async () => {
  // The connector looks once a second for packets to write off, so one of these times is within the second after the failure.
  for (let offsetMs = 0; offsetMs < 1_000; offsetMs += 100) {
    await using net = await silentHop({ windowUnits: WINDOW, limitUnits: 700_000n });
    net.pay(300_000n);
    await net.run(100);
    const second = net.pay(700_000n);
    await net.run(700_000 + offsetMs);
    assert.equal(second.outcome, null, "the limit leaves 400,000");
    net.breakStore(true);
    net.fulfil(700_000n);
    await net.run(20);
    net.breakStore(false);
    await net.run(1_500);
    assert.equal(net.watch.writtenOffUnits, 300_000n, `${offsetMs} ms`);
    const marked = [...net.disk.out.values()].filter((row) => row.writtenOffAtMs !== null);
    assert.deepEqual(marked.map(({ amount }) => amount), [300_000n]);
  }
});

const FEES = [
  { name: "none", amount: 100n, fee: NO_FEE, left: 100n },
  { name: "flat", amount: 100n, fee: { flatUnits: 3n, basisPoints: 0 }, left: 97n },
  { name: "floored", amount: 9_999n, fee: { flatUnits: 0n, basisPoints: 1 }, left: 9_999n },
  { name: "a whole point", amount: 10_000n, fee: { flatUnits: 0n, basisPoints: 1 }, left: 9_999n },
  { name: "more than there is", amount: 2n, fee: { flatUnits: 3n, basisPoints: 0 }, left: null },
  { name: "all there is", amount: 3n, fee: { flatUnits: 3n, basisPoints: 0 }, left: null },
];

for (const { name, amount, fee, left } of FEES) {
  Deno.test(`afterFee() ${name}`, () => assert.equal(afterFee(amount, fee), left));
}

Deno.test("RoutingTable finds the longest prefix, whole segments only", () => {
  const table = new RoutingTable([
    { prefix: "test.a", to: { peer: "short" } },
    { prefix: "test.a.b", to: { peer: "long" } },
  ]);
  assert.deepEqual(table.find("test.a.b.c")?.to, { peer: "long" });
  assert.deepEqual(table.find("test.a.bc")?.to, { peer: "short" });
  assert.equal(table.find("test.ab"), null);
  assert.throws(() =>
    new RoutingTable([
      { prefix: "test.a", to: { peer: "x" } },
      { prefix: "test.a", to: { peer: "y" } },
    ])
  );
});
