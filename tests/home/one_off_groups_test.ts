/** Which stages and services may share a worker: in a daemon and in a one-off command. */
import assert from "node:assert/strict";
import { groupOf } from "../../home/workers/groups.ts";
import { UNPRIVILEGED } from "../../home/workers/groups/unprivileged.ts";
import { SERVICES, STAGES } from "../../home/workers/tables.ts";

const TOGETHER = ["job-source", "correlator", "channel-manager-provable", "market"];

Deno.test("groupOf() puts what needs no permission into one group of a one-off command, and into its own group of a daemon", () => {
  const [oneOff, daemon] = [true, false].map((each) =>
    new Set(TOGETHER.map((unit) => groupOf(unit, each)))
  );
  assert.equal(oneOff.size, 1);
  assert.equal(daemon.size, 3);
});

Deno.test("groupOf() leaves every other group of a one-off command as it is in a daemon", () => {
  const apart = [...Object.keys(STAGES), ...Object.keys(SERVICES)].filter((unit) =>
    !Object.hasOwn(UNPRIVILEGED.stages, unit) && !Object.hasOwn(UNPRIVILEGED.services, unit)
  );
  assert.ok(apart.includes("signer-unattended") && apart.includes("prepare-sink"));
  for (const one of apart) {
    assert.notEqual(groupOf(one, true), groupOf("market", true), one);
    for (const other of apart) {
      const [alone, together] = [true, false].map((each) =>
        groupOf(one, each) === groupOf(other, each)
      );
      assert.equal(alone, together, `${one} and ${other}`);
    }
  }
});
