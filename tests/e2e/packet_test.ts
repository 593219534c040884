/** Whether a payment passes, as an owner tries it. */
import assert from "node:assert/strict";
import { devHome, type Document } from "./process.ts";

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
