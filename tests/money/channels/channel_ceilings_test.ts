import assert from "node:assert/strict";
import { checkDeposit, lockedUnits } from "../../../money/channels/ceilings.ts";
import { channelManagerSettings } from "../../../money/channels/manager_options.ts";
import type { ChannelRow } from "../../../store/store.ts";

const settings = channelManagerSettings({ maxDepositUnits: 60n, maxLockedUnits: 100n });
const row = (status: ChannelRow["status"], wantedUnits: bigint, depositUnits: bigint) =>
  ({ status, wantedUnits, depositUnits }) as ChannelRow;

Deno.test("lockedUnits() counts what channels hold or will hold until they are settled", () => {
  assert.equal(lockedUnits([]), 0n);
  const rows = [row("opening", 5n, 0n), row("open", 1n, 7n), row("closed", 3n, 3n)];
  assert.equal(lockedUnits(rows), 15n);
  assert.equal(lockedUnits([...rows, row("settled", 9n, 9n), row("failed", 9n, 9n)]), 15n);
});

Deno.test("checkDeposit() lets a deposit reach both ceilings, and not one unit more", () => {
  const others = [row("open", 50n, 50n)];
  checkDeposit(settings, others, 60n, 50n);
  checkDeposit(settings, [], 60n, 1n);
  for (
    const [rows, totalUnits, addedUnits, code] of [
      [[], 61n, 1n, "ceiling"],
      [others, 60n, 51n, "ceiling"],
      [others, 50n, 0n, "state"],
      [others, 50n, -1n, "state"],
    ] as const
  ) {
    assert.throws(() => checkDeposit(settings, rows, totalUnits, addedUnits), { code });
  }
});
