import assert from "node:assert/strict";
import { readCoveredClaim } from "../../../protocols/evm/covered_claim.ts";
import { coveredFigures } from "../../../money/payer/covered_figures.ts";
import { signFigures } from "../../../money/payer/signed_figures.ts";
import type { PlannedPacket } from "../../../money/payer/planned_packet.ts";
import type { ClaimFields } from "../../../money/signer/signer.ts";
import { SignerError } from "../../../money/signer/signer_error.ts";
import { channelId, contract } from "../signer/fixtures.ts";

const CHANNEL = { ...contract, channelId };

/** Packets 1 to `sizes.length` of 10 units each. */
const planned = (sizes: readonly number[]) =>
  sizes.map((size, at) =>
    ({
      prepare: new Uint8Array(size),
      figures: { nonce: at + 1, cumulative: 10n * BigInt(at + 1), amount: 10n },
    }) as PlannedPacket
  );

/** A signer that refuses what `refuses` says. */
function signer(refuses: (fields: ClaimFields) => string | null) {
  const calls: ClaimFields[][] = [];
  return {
    calls,
    signClaims(list: readonly ClaimFields[]) {
      calls.push([...list]);
      const at = list.findIndex((fields) => refuses(fields) !== null);
      const signed = at < 0 ? list : list.slice(0, at);
      if (at >= 0 && refuses(list[at]) === "throws") throw new SignerError("locked", "locked");
      return Promise.resolve({
        signatures: signed.map(({ nonce }) => `signature ${nonce}`),
        signerAddress: "0x",
        snapshot: { counter: calls.length, sealed: new Uint8Array() },
        refusal: at < 0 ? null : new SignerError("ceiling", refuses(list[at])!),
      });
    },
  };
}

const sign = async (
  from: ReturnType<typeof signer>,
  packets: readonly PlannedPacket[],
  covers = 63,
) => {
  const signed = await signFigures(
    { signClaims: async (list) => await from.signClaims(list) },
    CHANNEL,
    coveredFigures(packets, covers),
    ({ nonce }, signature) => new TextEncoder().encode(`${nonce}: ${signature}`),
  );
  return {
    ...signed,
    claims: signed.claims.map((claim) =>
      readCoveredClaim(claim)?.coveredBy ?? new TextDecoder().decode(claim)
    ),
  };
};

Deno.test("signFigures() signs the last of packets that are sent together, for all of their amounts", async () => {
  const from = signer(() => null);
  const { claims } = await sign(from, planned([100, 100, 100]));
  assert.deepEqual(claims, [3, 3, "3: signature 3"]);
  assert.deepEqual(from.calls, [[{
    ...CHANNEL,
    nonce: 3,
    transferredAmount: 30n,
    packetAmount: 10n,
    covers: [10n, 10n],
  }]]);
});

Deno.test("signFigures() signs each packet where the peer takes no covered ones, or only one was planned", async () => {
  const from = signer(() => null);
  const { claims } = await sign(from, planned([100, 100]), 0);
  assert.deepEqual(claims, ["1: signature 1", "2: signature 2"]);
  assert.deepEqual((await sign(from, planned([100]))).claims, ["1: signature 1"]);
  assert.ok(from.calls.flat().every((fields) => fields.covers === undefined));
});

Deno.test("coveredFigures() keeps to what the peer takes, and to 64 KiB that wait for one claim", async () => {
  const from = signer(() => null);
  assert.deepEqual((await sign(from, planned([1, 1, 1, 1, 1]), 2)).claims, [
    3,
    3,
    "3: signature 3",
    5,
    "5: signature 5",
  ]);
  assert.deepEqual((await sign(from, planned([32_000, 32_000, 32_000, 70_000, 1]))).claims, [
    2,
    "2: signature 2",
    "3: signature 3",
    "4: signature 4",
    "5: signature 5",
  ]);
});

Deno.test("signFigures() signs alone what the signer refuses together, up to the packet that is too much", async () => {
  const from = signer(({ nonce, covers }) => covers || nonce === 3 ? "too much" : null);
  const { claims, refusal } = await sign(from, planned([1, 1, 1, 1]));
  assert.deepEqual(claims, ["1: signature 1", "2: signature 2"]);
  assert.equal(refusal?.message, "too much");
});

Deno.test("signFigures() keeps the claims before a refusal, also where the signer then fails", async () => {
  const from = signer(({ nonce, covers }) => nonce < 4 ? null : covers ? "too much" : "throws");
  const { claims, refusal } = await sign(from, planned([1, 1, 1, 1, 1]), 2);
  assert.deepEqual(claims, [3, 3, "3: signature 3"]);
  assert.equal(refusal?.code, "locked");
  const none = signer(({ covers }) => covers ? "too much" : "throws");
  await assert.rejects(sign(none, planned([1, 1])), { name: "SignerError" });
});
