/** `stats` for people, on a relay in this process. */
import assert from "node:assert/strict";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { MACHINE, marketHome, tradedEvents } from "../market_home.ts";
import { run } from "../memory_io.ts";

Deno.test("stats shows the market and this home, once or again and again", async () => {
  const jobs = ["success", "timeout"].map((status, i) =>
    job({
      eventId: eventIdOf(`${i}abc123`),
      status: status as "success",
      createdAtMs: Date.now() - 10_000,
      updatedAtMs: Date.now() - 8_000,
    })
  );
  const events = tradedEvents(5, "lar\x1b[2J\n000 ge", MACHINE);
  await using home = await marketHome(events, jobs);
  const once = await run(["stats", "--window", "1h", "--network", "local"], { io: home.io() });
  assert.equal(once.code, 0, once.err);
  for (
    const text of [
      /, last 1 h$/m,
      /^providers online +1$/m,
      /^jobs +1, 0\.02 a minute, 100 % with a result, p50 2\.0 s, p95 2\.0 s$/m,
      /^events +2, 0 % sent as TOON by the relay$/m,
      /^5601 +ci-run +1 +0\.102 M2M/m,
      new RegExp(`^${events[0].pubkey.slice(0, 12)} +lar\\\\u001b\\[2J 000 ge +1$`, "m"),
      /^bought +2, 0\.03 a minute, 50 % succeeded/m,
      /^sold +none$/m,
    ]
  ) assert.match(once.out, text);

  const io = home.io();
  const stop = new AbortController();
  const live = run(["stats", "--live", "--every", "1", "--output", "csv", "--network", "local"], {
    io,
    signal: stop.signal,
  });
  await io.until("\n");
  stop.abort(new Error("stopped"));
  const { code } = await live;
  assert.equal(code, 0, "an interrupt is its only end");
  assert.match(io.out, /^at,window_s,online_providers,/);
});

Deno.test("stats of a relay without events says that there are none", async () => {
  await using home = await marketHome([], []);
  const { code, out, err } = await run(["stats", "--network", "local"], { io: home.io() });
  assert.equal(code, 0, err);
  for (const text of [/^jobs +none$/m, /^events +none$/m]) assert.match(out, text);
});

Deno.test("stats of a home without jobs and a relay that is away says so, and ends well", async () => {
  await using home = await marketHome([]);
  const io = home.io();
  io.variables.CROSSTOWN_RELAY_URL = "ws://127.0.0.1:9";
  const { code, out } = await run(["stats", "--window", "90s", "--network", "local"], { io });
  assert.equal(code, 0);
  assert.match(out, /, last 90 s$/m);
  assert.match(out, /^MARKET {2}\S/m);
  assert.match(out, /^bought +none$/m);
});

for (const window of ["0s", "31d", "1w", "-1h", "1e3s", "9999999d"]) {
  Deno.test(`stats refuses a window of ${window} with exit 2`, async () => {
    const { code, out, err } = await run(["stats", `--window=${window}`]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /--window is not a time up to 30 days/);
  });
}
