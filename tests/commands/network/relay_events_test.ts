/** `relay watch --events` on a relay in this process. */
import assert from "node:assert/strict";
import { type MarketHome, marketHome, tradedEvents } from "../market_home.ts";
import { run } from "../memory_io.ts";

const events = tradedEvents(5, "name\x1b[2J");
let home: MarketHome;
Deno.test.beforeAll(async () => {
  home = await marketHome(events);
});
Deno.test.afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

const watch = (...args: string[]) =>
  run(["relay", "watch", "--events", "--recent", "3600", ...args, "--network", "local"], {
    io: home.io(),
  });

Deno.test("relay watch --events prints a line for each event, without its content, and ends at the count", async () => {
  const { code, out, err } = await watch("--count", "3");
  assert.equal(code, 0, err);
  const lines = out.trimEnd().split("\n");
  assert.equal(lines.length, 3);
  for (const { id, kind, pubkey } of events) {
    const [line] = lines.filter((each) => each.includes(id.slice(0, 12) + "...  by"));
    assert.ok(line.includes(`  ${kind} `) && line.includes(pubkey.slice(0, 12)), line);
  }
  const [request] = lines.filter((each) => /Z {2}6601 /.test(each));
  assert.ok(request.endsWith(`about ${events[1].id.slice(0, 12)}...`), request);
  assert.ok(!out.includes("name"));
});

Deno.test("relay watch --events shows the chosen kinds, also as CSV and as JSON", async () => {
  const csv = await watch("--kind", "6601", "--count", "1", "--output", "csv");
  const [head, row] = csv.out.trimEnd().split("\r\n");
  assert.equal(head, "at,event_id,kind,pubkey,created_at,bytes,encoding");
  assert.equal(row.split(",")[1], events[2].id);
  const json = await watch("--kind", "5601", "--count", "1", "--output", "json");
  const { kind, event_id, schema } = JSON.parse(json.out);
  assert.deepEqual([kind, event_id, schema], [5601, events[1].id, "relay-event/1"]);
});

for (const kind of ["65536", "1e3", "-1", "5601,6601"]) {
  Deno.test(`relay watch --events refuses the kind ${kind} with exit 2`, async () => {
    const { code, out, err } = await watch(`--kind=${kind}`);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /--kind takes a kind from 0 to 65535/);
  });
}
