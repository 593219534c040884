/** What an owner does with a home: pauses buying and selling, and tries whether a payment passes. */
import assert from "node:assert/strict";
import { devHome, type Document, testHome, until } from "./process.ts";

Deno.test("mayor pause refuses new jobs with and without a daemon, and mayor resume lets them go on", async () => {
  await using home = await devHome();
  const paused: Document = await home.json(["mayor", "pause"]);
  assert.equal(paused.side, "buying");
  const submit = ["job", "submit", "echo", "--input", "hello"];
  const refused = await home.json(submit, { code: 1 });
  assert.equal(refused.error.code, "paused");
  assert.match(refused.error.suggestion, /mayor resume/);
  await home.json(["mayor", "up", "--detach"]);
  assert.equal((await home.json(submit, { code: 1 })).error.code, "paused");
  assert.equal((await home.json(["mayor", "status"])).paused_since, paused.paused_since);
  assert.deepEqual((await home.json(["job", "list"])).jobs, []);
  assert.equal((await home.json(["mayor", "resume"])).paused_since, null);
  assert.equal((await home.json([...submit, "--wait"])).status, "success");
});

Deno.test("doctor --packet pays for one small event through the open channel, and opens none", async () => {
  await using home = await devHome();
  const packet = async (code: number) => {
    const { checks } = await home.json(["doctor", "--packet", "--timeout", "60"], { code });
    return checks.find(({ name }: Document) => name === "packet");
  };
  assert.equal((await packet(0)).status, "warn");
  assert.deepEqual((await home.json(["channel", "list"])).channels, []);
  await home.json(["job", "submit", "echo", "--input", "hello", "--wait"]);
  const paid = async () => BigInt((await home.json(["payments", "stats"])).paid_units);
  const before = await paid();
  for (const daemon of [false, true]) {
    if (daemon) await home.json(["mayor", "up", "--detach"]);
    const { status, message } = await packet(0);
    assert.equal(status, "ok", message);
  }
  const each = (await paid() - before) / 2n;
  assert.ok(each > 0n && each < 10_000n, `${each} units`);
});

Deno.test("node pause refuses buyers before they pay and withdraws the offer, and node resume announces it again", async () => {
  await using home = await devHome();
  await using other = await testHome();
  const there = (args: readonly string[]): Promise<Document> =>
    home.json([...args, "--network", "dev", "--home", other.path]);
  const up = await there(["node", "up", "--detach"]);
  try {
    const mine = ["job", "submit", "echo", "--input", "hello", "--provider", up.pubkey, "--wait"];
    const offered = async () => {
      const { providers } = await home.json(["provider", "list"]);
      return providers.some(({ pubkey }: Document) => pubkey === up.pubkey);
    };
    let refused: Document;
    for (let tries = 1;; tries++) {
      await until("its offer", offered);
      await there(["node", "pause"]);
      // The provider refuses from the first moment; its offer goes within seconds, on a busy machine before the buyer has read it.
      refused = await home.json([...mine, "--again"], { code: 1 });
      if (refused.error.code !== "no_provider" || tries === 5) break;
      await there(["node", "resume"]);
    }
    assert.equal(refused.error.code, "T03", JSON.stringify(refused));
    assert.match(refused.error.message, /takes no new jobs now/);
    assert.equal(refused.paid.job_units, "0");
    await until("no offer", async () => !await offered());
    assert.match((await there(["node", "status"])).paused_since, /^20/);
    await there(["node", "resume"]);
    await until("its offer again", offered);
    assert.equal((await home.json([...mine, "--again"])).status, "success");
    assert.equal((await there(["job", "list"])).jobs.length, 1);
  } finally {
    await there(["node", "down"]);
  }
});
