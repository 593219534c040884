import assert from "node:assert/strict";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";
import { cancelPriceUnits } from "../../market/cancel_price.ts";
import { jobDeletion } from "../../protocols/nostr/job_deletion.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";

const NOW_MS = 1_750_000_000_000;
const request = (tags: string[][]) =>
  new TextEncoder().encode(JSON.stringify({ kind: 5600, tags }));
const JOB = {
  eventId: "ab".repeat(32),
  kind: 5600,
  buyer: "cd".repeat(32),
  provider: "ef".repeat(32),
  createdAtMs: NOW_MS - 10_000,
  timeoutS: 300,
  request: request([]),
};
const RELAY = { pubkey: "ab".repeat(32), ilpAddress: "g.town.relay", priceUnitsPerByte: 10n };
const profile = { ...BASE_SEPOLIA, write: "ilp", relay: RELAY } as const;

Deno.test("cancelPriceUnits() is the price of the signed deletion's bytes", () => {
  const signed = { ...jobDeletion(JOB, NOW_MS), id: "ac".repeat(32), sig: "bd".repeat(64) };
  const bytes = Math.max(...(["1.4", "4"] as const).map((each) => encodeToon(signed, each).length));
  assert.equal(cancelPriceUnits(JOB, profile, NOW_MS), BigInt(bytes) * 10n);
  const unknown = cancelPriceUnits({ ...JOB, provider: null }, profile, NOW_MS);
  assert.ok(unknown < BigInt(bytes) * 10n, "a provider that is not known is not named");
});

Deno.test("cancelPriceUnits() counts other prices by kind, hop fees, and the wrap of a private job", () => {
  const plain = cancelPriceUnits(JOB, profile, NOW_MS);
  const byKind = { ...profile, relay: { ...RELAY, kindPricesUnitsPerByte: { 5: 20n, 1059: 1n } } };
  assert.equal(cancelPriceUnits(JOB, byKind, NOW_MS), plain * 2n);
  const hopFees = [{ prefix: "g.town.relay", flatUnits: 7n, basisPoints: 0 }];
  assert.equal(cancelPriceUnits(JOB, { ...profile, hopFees }, NOW_MS), plain + 7n);
  const wrapped = { ...JOB, request: request([["answers", "ab".repeat(32)]]) };
  const secret = cancelPriceUnits(wrapped, profile, NOW_MS);
  assert.ok(secret > plain);
  assert.equal(cancelPriceUnits(wrapped, byKind, NOW_MS), secret / 10n);
});

Deno.test("cancelPriceUnits() is nothing where writes are free, or no terms are known", () => {
  assert.equal(cancelPriceUnits(JOB, { ...profile, write: "nostr" }, NOW_MS), 0n);
  assert.equal(cancelPriceUnits(JOB, { ...profile, relay: null }, NOW_MS), 0n);
});
