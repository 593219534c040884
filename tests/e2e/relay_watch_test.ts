/** `crosstown relay watch --kind`: the events of a job as they come to a real relay. */
import assert from "node:assert/strict";
import { faultsOf } from "../commands/json_schemas.ts";
import { devHome, type Document } from "./process.ts";

Deno.test("relay watch --kind shows a job's request and result as they come, and nothing of other kinds", async () => {
  await using home = await devHome();
  const watch = ["relay", "watch", "--kind", "5600", "--kind", "6600", "--recent", "3600"];
  await home.json(["job", "submit", "echo", "--input", "seen before", "--wait"]);
  const watching = home.start([...watch, "--count", "4", "--output", "json"]);
  // It has the stored events, so it is subscribed, and waits for those of the next job.
  await watching.seen(/^\{.*\}\n\{.*\}\n/);
  const job = await home.json(["job", "submit", "echo", "--input", "seen", "--wait"]);
  const { code, stdout } = await watching.ended;
  assert.equal(code, 0);
  const events: Document[] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line)).slice(2);
  for (const event of events) assert.deepEqual(faultsOf("relay-event", event), []);
  assert.deepEqual(events.map(({ kind }) => kind), [5600, 6600]);
  const [request, result] = events;
  assert.equal(request.event_id, job.event_id);
  assert.deepEqual([result.event_id, result.pubkey], [job.result.event_id, job.provider]);
  assert.ok(result.events.includes(job.event_id), "the result names its request");
  assert.doesNotMatch(stdout, /seen/, "no content");
});
