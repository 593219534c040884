/** A provider that its owner pauses: it sells nothing until it goes on. */
import assert from "node:assert/strict";
import { type Document, testHome, until } from "../process.ts";
import { home } from "./one_home.ts";

Deno.test("node pause refuses buyers before they pay and withdraws the offer, and node resume announces it again", async () => {
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
