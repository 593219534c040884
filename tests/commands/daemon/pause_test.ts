/** `pause` and `resume` of both sides of a home, and daemons that are not up. */
import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { job } from "../../store/store_rows.ts";
import { type MarketHome, marketHome } from "../market_home.ts";
import { faultsOf } from "../json_schemas.ts";
import { run } from "../memory_io.ts";

const NOW_MS = Date.parse("2026-09-21T14:13:20.500Z");

async function command(home: MarketHome, ...args: string[]) {
  const io = home.io();
  io.now = NOW_MS;
  return await run([...args, "--network", "local"], { io });
}

/** What the home's store says now. */
async function paused(home: MarketHome) {
  const folder = `${home.io().variables.HOME}/hooks/mayor-001/crosstown`;
  const store = await openSqliteStore({ folder, clock: Date.now });
  try {
    return await store.pauses();
  } finally {
    await store.close();
  }
}

Deno.test("mayor pause and node pause hold one side each until it is resumed, and say since when", async () => {
  await using home = await marketHome([], [job({ status: "success" })]);
  const buying = await command(home, "mayor", "pause");
  assert.equal(buying.code, 0, buying.err);
  assert.match(
    buying.out,
    /^Buying is paused since 2026-09-21T14:13:20Z: no job is posted; .*'crosstown mayor resume' ends it$/m,
  );
  assert.deepEqual(await paused(home), { buying: NOW_MS, selling: null });

  const selling = await command(home, "node", "pause", "--output", "json");
  const document = JSON.parse(selling.out);
  assert.deepEqual(faultsOf("pause", document), []);
  assert.deepEqual([document.side, document.paused_since], ["selling", "2026-09-21T14:13:20.500Z"]);
  assert.match((await command(home, "node", "pause")).out, /^Selling is paused since 2026-09-21/m);

  assert.match((await command(home, "mayor", "resume")).out, /^Buying goes on$/m);
  assert.deepEqual(await paused(home), { buying: null, selling: NOW_MS });
  assert.match(
    (await command(home, "node", "resume")).out,
    /^Selling goes on: the offer is announced again$/m,
  );
  assert.deepEqual(await paused(home), { buying: null, selling: null });
});

for (const role of ["mayor", "node"]) {
  for (const what of ["status", "down"]) {
    Deno.test(`${role} ${what} without a daemon exits with 1, and says how to start it`, async () => {
      await using home = await marketHome([], [job({ status: "success" })]);
      const { code, out, err } = await command(home, role, what);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, new RegExp(`no ${role} is up in this home`));
      assert.match(err, new RegExp(`'crosstown ${role} up --detach'.*'crosstown logs'`));
    });
  }
}

Deno.test("mayor status and down of a home that is not there name the home, and do not say that a daemon is down", async () => {
  await using home = await marketHome([]);
  const nowhere = `${home.io().variables.HOME}/nowhere`;
  for (const what of ["status", "down"]) {
    const { code, err } = await run(["mayor", what, "--home", nowhere], { io: home.io() });
    assert.notEqual(code, 0);
    assert.match(err, /nowhere/);
    assert.doesNotMatch(err, /no mayor is up/);
  }
});
