import assert from "node:assert/strict";
import fc from "fast-check";
import { Ceilings } from "../../mcp/ceilings.ts";

const ALLOWANCE = { jobUnits: 50n, totalUnits: 200n, askAboveUnits: null };
const ceilings = () => new Ceilings(ALLOWANCE, String);
const refusal = { name: "CommandError", code: "above_ceiling" };

Deno.test("Ceilings: a job without a bid may cost what is allowed, but not more than what is left", () => {
  const some = ceilings();
  assert.equal(some.boundOf(null), 50n);
  some.hold(50n);
  some.hold(50n);
  some.hold(50n);
  some.hold(30n);
  assert.equal(some.boundOf(null), 20n);
  assert.throws(() => some.boundOf(21n), refusal);
  some.hold(20n);
  assert.throws(() => some.boundOf(null), refusal);
});

Deno.test("Ceilings: a bid above a job's ceiling or of 0 is refused, and one below it is used as it is", () => {
  assert.throws(() => ceilings().boundOf(51n), refusal);
  assert.throws(() => ceilings().boundOf(0n), refusal);
  assert.throws(() => ceilings().boundOf(-1n), refusal);
  assert.equal(ceilings().boundOf(7n), 7n);
});

Deno.test("Ceilings: a job's maximum is reserved until it ends, then only its cost counts", () => {
  const some = ceilings();
  some.hold(50n);
  some.assign(50n, "job-a");
  some.settle("job-a", { paidUnits: 10n, ended: false });
  assert.deepEqual(some.openJobs, ["job-a"]);
  assert.equal(some.leftUnits, 150n);
  some.settle("job-a", { paidUnits: 10n, ended: true });
  some.settle("job-a", { paidUnits: 10n, ended: true });
  assert.equal(some.leftUnits, 190n);
  assert.deepEqual(some.openJobs, []);
});

Deno.test("Ceilings: an order that finds its earlier job reserves nothing twice", () => {
  const some = ceilings();
  some.hold(50n);
  some.assign(50n, "job-a");
  some.hold(40n);
  some.assign(40n, "job-a");
  assert.equal(some.leftUnits, 150n);
  some.settle("job-a", { paidUnits: 20n, ended: true });
  some.hold(40n);
  some.assign(40n, "job-a");
  some.settle("job-a", { paidUnits: 20n, ended: true });
  assert.equal(some.leftUnits, 180n, "nor is it paid twice");
});

Deno.test("Ceilings: jobs asked in any order never cost more than the total", () => {
  const step = fc.record({
    bid: fc.option(fc.bigInt(-5n, 80n)),
    becomes: fc.constantFrom("job", "same", "nothing", "unknown"),
    share: fc.integer({ min: 0, max: 100 }),
    ends: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_000 }), (steps) => {
      const some = ceilings();
      let paid = 0n;
      let jobs = 0;
      for (const { bid, becomes, share, ends } of steps) {
        let bound: bigint;
        try {
          bound = some.boundOf(bid);
          some.hold(bound);
        } catch {
          continue;
        }
        assert.ok(bound <= ALLOWANCE.jobUnits);
        if (becomes === "nothing") some.release(bound);
        else if (becomes === "unknown") paid += bound;
        else if (becomes === "same" && some.openJobs.length > 0) {
          some.assign(bound, some.openJobs[0]);
        } else {
          const jobId = `job-${jobs++}`;
          const cost = bound * BigInt(share) / 100n;
          paid += cost;
          some.assign(bound, jobId);
          some.settle(jobId, { paidUnits: cost, ended: ends });
        }
        assert.ok(paid <= ALLOWANCE.totalUnits, `${paid} of ${ALLOWANCE.totalUnits}`);
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("Ceilings: a raise reserves only what is more, below the ceilings of a job and of all", () => {
  const some = ceilings();
  some.hold(30n);
  some.assign(30n, "job-a");
  const raised = some.raise({ jobId: "job-a", paidUnits: 10n, mostUnits: 45n });
  assert.equal(some.leftUnits, 155n);
  assert.throws(() => some.raise({ jobId: "job-a", paidUnits: 10n, mostUnits: 51n }), refusal);
  // The job is not over for this server while a payment is ordered.
  some.settle("job-a", { paidUnits: 10n, ended: true });
  assert.deepEqual(some.openJobs, ["job-a"]);
  raised.done();
  some.settle("job-a", { paidUnits: 45n, ended: true });
  assert.equal(some.leftUnits, 155n);
  for (let n = 0; n < 3; n++) some.hold(50n);
  assert.throws(() => some.raise({ jobId: "job-b", paidUnits: 0n, mostUnits: 6n }), refusal);
});

Deno.test("Ceilings: what a job had cost before is not counted again, and a raise without an order is undone", () => {
  const some = ceilings();
  // Of somebody else: 20 were paid already.
  const raised = some.raise({ jobId: "job-b", paidUnits: 20n, mostUnits: 50n });
  assert.equal(some.leftUnits, 170n);
  assert.equal(some.reservedFor("job-b"), 50n);
  raised.nothing();
  assert.deepEqual([some.leftUnits, some.openJobs], [200n, []]);
  some.raise({ jobId: "job-b", paidUnits: 20n, mostUnits: 50n }).done();
  some.settle("job-b", { paidUnits: 44n, ended: true });
  assert.equal(some.leftUnits, 176n);
  // And again after its end, for its key.
  const key = some.raise({ jobId: "job-b", paidUnits: 44n, mostUnits: 50n });
  assert.equal(some.leftUnits, 170n);
  key.done();
  some.settle("job-b", { paidUnits: 50n, ended: true });
  assert.equal(some.leftUnits, 170n);
});
