import assert from "node:assert/strict";
import { SpendingGuard } from "../../../money/payer/spending_limits.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import type { ClaimSource } from "../../../money/payer/claim_source.ts";
import { oneByOne } from "./sim/signer.ts";
import { ack, bench, fulfill, signerAt } from "./payer_rig.ts";

Deno.test("Payer asks a signer that refused a nonce where it stands, and continues above it", async () => {
  const claims = signerAt(0, 0n);
  const { payer, pay, run } = await bench(
    () => ({ packet: fulfill, ack: ack({ nonce: 0 }) }),
    {},
    { claims },
  );
  const first = pay(100n, "write:1");
  await run(100);
  await first;
  await claims.issue([{ nonce: 7, cumulative: 150n, amount: 50n }]);
  const next = pay(100n, "write:2");
  await run(100);
  assert.equal((await next).state, "fulfilled");
  assert.equal(payer.status().halted, null);
  assert.deepEqual(claims.issued, [1, 7, 8]);
});

/** No payment of these tests is for a job or a provider. */
const LIMITS = { jobUnits: 1n, providerDayUnits: 1n, asset: M2M };

Deno.test("Payer sends what was signed before a refusal, and continues behind it", async () => {
  const signer = signerAt(0, 0n);
  const claims: ClaimSource = {
    ...signer,
    async issue(figures) {
      const big = figures.findIndex(({ amount }) => amount === 500n);
      const { claims, snapshot } = await signer.issue(figures.slice(0, big < 0 ? 99 : big));
      const above = { what: "the packet", amount: 500n, ceiling: 400n, unit: "units" } as const;
      const refusal = big < 0 ? null : { code: "ceiling", message: "500 units", above };
      return { claims, snapshot, refusal };
    },
  };
  const { payer, pay, run, sent } = await bench(
    (packet) => ({
      packet: fulfill,
      ack: ack({ nonce: Number(new TextDecoder().decode(packet.claim).split(" ")[1]) }),
    }),
    {},
    { claims, spending: new SpendingGuard(LIMITS, { budgets: () => Promise.reject() }) },
  );
  const all = Promise.all(
    [100n, 100n, 500n, 100n, 100n].map((units, at) => pay(units, `write:${at}`)),
  );
  await run(1_000);
  const outcomes = await all;
  const told = outcomes.map((outcome) =>
    outcome.state === "refused" ? outcome.code : outcome.state
  );
  assert.match(
    JSON.stringify(outcomes[2]),
    /the packet would be 0\.0005 M2M, above the ceiling of 0\.0004 M2M/,
  );
  assert.deepEqual(told, ["fulfilled", "fulfilled", "ceiling", "fulfilled", "fulfilled"]);
  assert.deepEqual(signer.issued, [1, 2, 3, 4], "no nonce is skipped");
  assert.equal(sent.length, 4);
  assert.equal(payer.status().signed, 400n);
});

Deno.test("Payer reuses no nonce of a batch when its signer did not answer", async () => {
  const signer = signerAt(0, 0n);
  let lost = true;
  const claims: ClaimSource = {
    ...signer,
    async issue(figures) {
      const issued = await signer.issue(figures);
      if (lost) throw new Error("the port was closed");
      return issued;
    },
  };
  const { payer, pay, run, sent } = await bench(
    () => ({ packet: fulfill, ack: ack({ nonce: 4 }) }),
    {},
    { claims },
  );
  const all = Promise.all([1, 2, 3].map((at) => pay(100n, `write:${at}`)));
  await run(1_000);
  for (const outcome of await all) {
    assert.equal(outcome.state === "refused" && outcome.code, "signer");
  }
  assert.equal(sent.length, 0);
  lost = false;
  const next = pay(100n, "write:4");
  await run(1_000);
  assert.equal((await next).state, "fulfilled");
  assert.deepEqual(signer.issued, [1, 2, 3, 4]);
  assert.equal(payer.status().signed, 300n, "what may have been signed is not signed on top of");
});

Deno.test("Payer neither commits nor sends what was signed on figures that the store lost", async () => {
  let release = () => {};
  const asked: number[] = [];
  const claims: ClaimSource = {
    ...signerAt(0, 0n),
    issue: oneByOne(async ({ nonce, cumulative }) => {
      asked.push(nonce);
      if (nonce === 2) await new Promise<void>((resolve) => release = resolve);
      return { snapshot: null, bytes: new TextEncoder().encode(`claim ${nonce} ${cumulative}`) };
    }),
    lastClaim: () =>
      Promise.resolve({ nonce: asked.at(-1) ?? 0, cumulative: 100n * BigInt(asked.length) }),
  };
  const { payer, pay, run, sent, disk, weather } = await bench(
    () => ({ packet: fulfill, ack: ack({ nonce: 0 }) }),
    {},
    { claims },
  );
  const lost = pay(100n, "write:1");
  while (sent.length === 0) await run(1);
  weather.failure = 1;
  const late = pay(100n, "write:2");
  await run(100);
  assert.equal((await lost).state, "unknown", "its outcome was not committed");
  weather.failure = 0;
  await run(5_000);
  release();
  await run(5_000);
  const outcome = await late;
  assert.equal(outcome.state === "refused" && outcome.code, "store");
  assert.equal(disk.out.size, 1);
  assert.ok(sent.every(({ claim }) => new TextDecoder().decode(claim) === "claim 1 100"));
  const again = pay(100n, "write:2");
  await run(5_000);
  assert.equal((await again).state, "fulfilled");
  assert.deepEqual(asked, [1, 2, 3], "no nonce twice");
  assert.equal(disk.payers.get("0xc1")?.nonce, 3, "the row has its channel's figures");
  assert.equal(payer.status().openPackets, 0);
});
