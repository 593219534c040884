import assert from "node:assert/strict";
import fc from "fast-check";
import { BoundedQueue } from "../../runtime/bounded_queue.ts";
import { SinkLedger } from "../../runtime/sink_ledger.ts";
import { Unsettled } from "../../runtime/unsettled.ts";
import type { Item, Settlement } from "../../stages/stage.ts";

const item = (seq: number, size = 1): Item => ({ seq, bytes: new Uint8Array(size), known: {} });
const done = (seq: number): Settlement => ({ seq, outcome: "done" });
const NONE: ReadonlySet<number> = new Set();

Deno.test("Unsettled moves its cursor over the settled prefix only", () => {
  const unsettled = new Unsettled();
  assert.equal(unsettled.cursor, 0);
  unsettled.add([item(0), item(1), item(5)]);
  unsettled.settle([done(1)]);
  assert.equal(unsettled.cursor, 0);
  unsettled.settle([done(0)]);
  assert.equal(unsettled.cursor, 5);
  unsettled.settle([done(5)]);
  assert.equal(unsettled.cursor, 6);
});

Deno.test("Unsettled reports each settlement once, and none of items that it does not hold", () => {
  const unsettled = new Unsettled();
  unsettled.add([item(0), item(1)]);
  assert.deepEqual(unsettled.settle([done(0), done(0), done(9)]), [done(0)]);
  assert.deepEqual(unsettled.settle([done(0), done(1)]), [done(1)]);
});

Deno.test("Unsettled is full at its number of items, and at its bytes", () => {
  const few = new Unsettled({ maxItems: 2 });
  few.add([item(0)]);
  assert.equal(few.full, false);
  few.add([item(1)]);
  assert.equal(few.full, true);
  few.settle([done(0)]);
  assert.equal(few.full, false);
  const small = new Unsettled({ maxBytes: 100 });
  small.add([item(0, 1000)]);
  assert.equal(small.full, true);
  assert.equal(small.bytes, 1000);
  small.settle([done(0)]);
  assert.equal(small.bytes, 0);
});

Deno.test("Unsettled refuses sequence numbers that do not rise", () => {
  const unsettled = new Unsettled();
  unsettled.add([item(3)]);
  for (const seq of [3, 2, -1, 4.5, NaN]) {
    assert.throws(() => unsettled.add([item(seq)]), { name: "UnsettledError", code: "order" });
  }
});

Deno.test("Unsettled counts a death for what was in flight, and poison at the second", () => {
  const unsettled = new Unsettled();
  unsettled.add([item(0), item(1), item(2), item(3)]);
  for (const seq of [0, 1, 2]) unsettled.sent(seq);
  // Item 2 is safe at a living sink; item 3 was never sent.
  assert.deepEqual(unsettled.died(new Set([2])), []);
  assert.deepEqual(unsettled.again(new Set([2])).map(({ seq }) => seq), [0, 1, 3]);
  unsettled.sent(1);
  assert.deepEqual(unsettled.died(NONE).map(({ seq }) => seq), [1], "only what was sent again");
  unsettled.settle([done(1)]);
  unsettled.sent(2);
  assert.deepEqual(unsettled.died(NONE).map(({ seq }) => seq), [2]);
});

Deno.test("SinkLedger accepts each item once, and reports its settlement again when it comes again", () => {
  const ledger = new SinkLedger();
  assert.deepEqual(ledger.take([item(0), item(1)]).fresh.length, 2);
  assert.deepEqual(ledger.settle([done(0), done(0), done(7)]), [done(0)]);
  const { fresh, again } = ledger.take([item(0), item(1), item(2)]);
  assert.deepEqual(fresh.map(({ seq }) => seq), [2]);
  assert.deepEqual(again, [done(0)]);
  assert.deepEqual([...ledger.inHand], [1, 2]);
});

Deno.test("SinkLedger remembers a bounded number of settlements", () => {
  const ledger = new SinkLedger(2);
  for (const seq of [0, 1, 2, 3, 4]) {
    ledger.take([item(seq)]);
    ledger.settle([done(seq)]);
  }
  assert.deepEqual(ledger.take([item(3), item(4)]).again, [done(3), done(4)]);
  assert.equal(ledger.take([item(0)]).fresh.length, 1);
});

Deno.test("BoundedQueue drops what its rule says, and counts it", () => {
  const oldest = new BoundedQueue<number>(2);
  const newest = new BoundedQueue<number>(2, "newest");
  for (const value of [1, 2, 3, 4]) {
    assert.equal(oldest.push(value), value <= 2);
    newest.push(value);
  }
  assert.deepEqual([oldest.dropped, oldest.size, oldest.take()], [2, 2, [3, 4]]);
  assert.deepEqual([newest.dropped, newest.take(), newest.size], [2, [1, 2], 0]);
  assert.throws(() => new BoundedQueue(0), RangeError);
});

Deno.test("Unsettled and SinkLedger together settle everything once, whatever is lost and sent again", () => {
  fc.assert(fc.property(
    fc.array(fc.constantFrom("send", "again", "settle", "lose"), { maxLength: 60 }),
    (steps) => {
      const unsettled = new Unsettled();
      const ledger = new SinkLedger();
      const told: number[] = [];
      const effects: number[] = [];
      let seq = 0;
      const tell = (settled: readonly Settlement[]) =>
        told.push(...unsettled.settle(settled).map(({ seq }) => seq));
      const give = (items: readonly Item[]) => {
        const { fresh, again } = ledger.take(items);
        effects.push(...fresh.map(({ seq }) => seq));
        tell(again);
      };
      const again = () => give(unsettled.again(ledger.inHand));
      for (const step of steps) {
        const settled = [...ledger.inHand].slice(0, 1).map(done);
        if (step === "send") {
          unsettled.add([item(seq)]);
          give([item(seq++)]);
        } else if (step === "again") again();
        else if (step === "settle") tell(ledger.settle(settled));
        else ledger.settle(settled);
      }
      tell(ledger.settle([...ledger.inHand].map(done)));
      again();
      assert.deepEqual(told.toSorted((a, b) => a - b), Array.from({ length: seq }, (_, at) => at));
      assert.equal(new Set(effects).size, effects.length, "an effect was repeated");
      assert.equal(unsettled.cursor, seq);
    },
  ));
});
