/** A dev network with several providers, as real processes. */
import assert from "node:assert/strict";
import { isLong } from "../long.ts";
import { network, run, testHome } from "./process.ts";

const COUNT = 3;

// verify_test.ts and the tests in judges/ pay several providers of a network on the first wire. So this is done on the second one; in a long run
// on both.
const test = isLong || network.wire === "crosstown" ? Deno.test : () => undefined;

test("dev up --providers starts so many, each with a home, a key and a channel of its own, and each is paid", async () => {
  await using home = await testHome();
  const { provider, providers } = await home.json(
    ["dev", "up", "--detach", "--providers", `${COUNT}`, "--jobs", "1", "--wire", network.wire],
    { timeoutMs: 120_000 },
  );
  assert.equal(new Set(providers).size, COUNT);
  assert.equal(provider, providers[0]);
  for (const each of providers) {
    const job = await home.json(
      ["job", "submit", "echo", "--input", each, "--provider", each, "--wait"],
    );
    assert.equal(job.status, "success");
    assert.equal(job.provider, each);
  }
  const listed = await home.json(["provider", "list", "--type", "echo"]);
  assert.deepEqual(
    listed.providers.map(({ name }: { name: string }) => name).sort(),
    ["dev provider", "dev provider-2", "dev provider-3"],
  );
  const { relay, connector } = await home.json(["dev", "status"]);
  assert.ok(relay.events >= 3 * COUNT, "each announced itself, was asked, and answered");
  const names = connector.sessions.map(({ username }: { username: string }) => username).sort();
  assert.deepEqual(
    names.filter((name: string) => name !== "buyer"),
    ["provider", "provider-2", "provider-3"],
  );
  const { parties, minted_units, in_channels_units } = await home.json(["dev", "balances"]);
  const held = parties.reduce(
    (sum: bigint, each: { units: string }) => sum + BigInt(each.units),
    0n,
  );
  assert.equal(held + BigInt(in_channels_units), BigInt(minted_units));
  assert.equal(parties.length, 3 + COUNT);
});

for (const count of ["0", "65", "two"]) {
  Deno.test(`dev up refuses ${count} providers, with exit 2`, async () => {
    await using home = await testHome();
    const { code, stderr } = await run(["dev", "up", "--providers", count], { home: home.path });
    assert.equal(code, 2);
    assert.match(stderr, /providers/);
  });
}
