/** A home that its owner pauses: it buys nothing until it goes on. */
import assert from "node:assert/strict";
import type { Document } from "../process.ts";
import { home } from "./no_daemon.ts";

Deno.test("mayor pause refuses new jobs with and without a daemon, and mayor resume lets them go on", async () => {
  const jobs = async () => (await home.json(["job", "list", "--limit", "1000"])).jobs.length;
  const before = await jobs();
  try {
    const paused: Document = await home.json(["mayor", "pause"]);
    assert.equal(paused.side, "buying");
    const submit = ["job", "submit", "echo", "--input", "hello to a paused home"];
    const refused = await home.json(submit, { code: 1 });
    assert.equal(refused.error.code, "paused");
    assert.match(refused.error.suggestion, /mayor resume/);
    await home.json(["mayor", "up", "--detach"]);
    assert.equal((await home.json(submit, { code: 1 })).error.code, "paused");
    assert.equal((await home.json(["mayor", "status"])).paused_since, paused.paused_since);
    assert.equal(await jobs(), before);
    assert.equal((await home.json(["mayor", "resume"])).paused_since, null);
    assert.equal((await home.json([...submit, "--wait"])).status, "success");
  } finally {
    // After a failure, other tests need the home as it was.
    await home.run(["mayor", "resume"]);
    await home.run(["mayor", "down"]);
  }
});
