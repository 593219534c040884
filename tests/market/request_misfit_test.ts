import assert from "node:assert/strict";
import { NO_OFFER } from "../../market/offer.ts";
import type { PackedInput } from "../../market/pack_input.ts";
import { misfitOfRequest } from "../../market/request_misfit.ts";
import { BUYER } from "./market.ts";

const SHA = "a".repeat(64);
const BLOB = { sha256: SHA, size: 4_000, urls: [`http://127.0.0.1:1/${SHA}`] };
const built = {
  request: { pubkey: BUYER, kind: 5601, created_at: 1, tags: [], content: "" },
  eventId: SHA,
  kind: 5601,
  sizeBytes: 500,
} as unknown as Parameters<typeof misfitOfRequest>[0];

function packed(blob: PackedInput["blob"], sizeBytes = 9_000): PackedInput {
  return { type: "tar", input: ["i", BLOB.urls[0], "url"], params: [], sizeBytes, blob };
}

for (
  const { name, blob, most, fits } of [
    {
      name: "chunks above the limit, whose list is below it",
      blob: { total: 10_001 },
      fits: false,
    },
    { name: "chunks at the limit", blob: { total: 10_000 }, fits: true },
    { name: "a blob above the limit", blob: { size: 10_001 }, fits: false },
    {
      name: "a private blob that only its seal makes larger",
      blob: { size: 10_001, secret: "s" },
      fits: true,
    },
    {
      name: "any blob where the provider does not say",
      blob: { total: 10_001 },
      most: null,
      fits: true,
    },
    { name: "no blob", blob: null, most: 0, fits: true },
  ] as readonly {
    name: string;
    blob: Partial<NonNullable<PackedInput["blob"]>> | null;
    most?: number | null;
    fits: boolean;
  }[]
) {
  Deno.test(`misfitOfRequest() ${fits ? "takes" : "refuses"} ${name}`, () => {
    const limits: Record<string, number> = most === null ? {} : { input_bytes: most ?? 10_000 };
    const found = misfitOfRequest(
      built,
      { packed: packed(blob === null ? undefined : { ...BLOB, ...blob }) },
      { offer: { ...NO_OFFER, limits } },
    );
    assert.equal(found, fits ? null : "it has 10001 bytes, at most 10000 are accepted");
  });
}
