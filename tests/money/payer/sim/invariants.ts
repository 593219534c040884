/** The invariants on the simulated disks when everything is quiet again (docs/money.md, "Invariants"). */
import assert from "node:assert/strict";
import { readCoveredClaim } from "../../../../protocols/evm/covered_claim.ts";
import type { PacketOutcome } from "../../../../money/claims/outcome.ts";
import { CHANNEL_A, CHANNEL_B } from "./channels.ts";
import type { Disk } from "./disk.ts";

/** The disks of a world. */
export type Disks = Readonly<Record<"payer" | "hub" | "terminal", Disk>>;

/** What the connector paid out for packets whose payer spent nothing. */
export function lostBy({ hub }: Disks): bigint {
  const out = hub.payers.get(CHANNEL_B)?.spent ?? 0n;
  return out - (hub.receivers.get(CHANNEL_A)?.spent ?? 0n);
}

/** How many packets have no signed claim of their own. */
export function coveredIn({ payer, hub }: Disks): number {
  const rows = [...payer.out.values(), ...hub.out.values()];
  return rows.filter(({ claim }) => readCoveredClaim(claim) !== null).length;
}

/** Nothing is open or held, and both sides of each channel have booked the same. */
export function checkDisks({ payer, hub, terminal }: Disks): void {
  const a = { out: payer.payers.get(CHANNEL_A), in: hub.receivers.get(CHANNEL_A) };
  const b = { out: hub.payers.get(CHANNEL_B), in: terminal.receivers.get(CHANNEL_B) };
  assert.equal(payer.openOut(CHANNEL_A).length, 0, "the payer has open rows after quiet");
  assert.equal(hub.openOut(CHANNEL_B).length, 0, "the connector has open rows after quiet");
  assert.equal(hub.held().length, 0, "the connector holds packets after quiet");
  assert.equal(terminal.held().length, 0, "the terminal holds packets after quiet");
  for (const leg of [a, b]) {
    assert.ok((leg.out?.signed ?? 0n) >= (leg.in?.credited ?? 0n), "credited more than signed");
    assert.equal(leg.out?.spent ?? 0n, leg.in?.spent ?? 0n, "spent differs between the sides");
  }
}

/**
 * What was paid was done, and paid once; what was done was paid; what was told as paid is paid.
 *
 * @returns How many packets were fulfilled, and how many were refused.
 */
export function checkPayments(
  payer: Disk,
  effects: ReadonlySet<string>,
  told: ReadonlyMap<string, readonly PacketOutcome[]>,
): { readonly fulfilled: number; readonly refused: number } {
  const rows = [...payer.out.values()];
  const fulfilled = rows.filter(({ state }) => state === "fulfilled");
  const paid = new Map<string, number>();
  for (const { obligation } of fulfilled) paid.set(obligation, (paid.get(obligation) ?? 0) + 1);
  for (const [obligation, times] of paid) {
    assert.equal(times, 1, `${obligation} was paid ${times} times`);
    assert.ok(effects.has(obligation), `${obligation} was paid and never done`);
  }
  for (const obligation of effects) {
    assert.ok(paid.has(obligation), `${obligation} was done and never paid`);
  }
  for (const [obligation, outcomes] of told) {
    for (const outcome of outcomes) {
      if (outcome.state !== "fulfilled") continue;
      assert.ok(paid.has(obligation), `${obligation} was told as paid and is not`);
    }
  }
  const refused = rows.filter(({ state }) => state === "refused").length;
  return { fulfilled: fulfilled.length, refused };
}
