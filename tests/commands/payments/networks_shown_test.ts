import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { CHANNEL, hash, transaction } from "../../store/store_rows.ts";
import { run } from "../memory_io.ts";
import { paymentsHome } from "./payments_home.ts";

const DEV = "TESTNET dev: tokens are worth nothing";
/** The store identifies the channel by this hash of the transaction that opened it. */
const OPENING = hash("1");

/** A home with rows of `dev`, after `dev down`, so the chosen network is base-sepolia. */
async function homeAfterDevDown() {
  const home = await paymentsHome(2, "dev");
  const store = await openSqliteStore({ folder: home.folder, clock: Date.now });
  await store.commit([{
    op: "putTransaction",
    row: transaction({ hash: hash("f"), channelRef: OPENING, chainId: 31_337 }),
  }]);
  await store.close();
  return home;
}

for (
  const line of [
    "wallet history",
    "payments history",
    "history",
    "payments stats",
    "payments export",
    "export",
    "job list",
    "job status job-5abc123",
    "job results job-5abc123",
  ]
) {
  Deno.test(`${line} is headed with the network of its rows, not with the chosen one`, async () => {
    await using home = await homeAfterDevDown();
    const { out, err } = await run([...line.split(" "), "--home", home.root]);
    const banners = `${out}${err}`.match(/^(TESTNET|MAINNET|NETWORK) \S+: .*$/gm);
    assert.deepEqual(banners, [DEV], out + err);
  });
}

for (
  const { line, rows } of [
    { line: "wallet history", rows: "transactions" },
    { line: "payments history", rows: "payments" },
    { line: "export", rows: "payments" },
    { line: "job list", rows: "jobs" },
  ]
) {
  Deno.test(`${line} --output json names the network of each row`, async () => {
    await using home = await homeAfterDevDown();
    const { out } = await run([...line.split(" "), "--home", home.root, "--output", "json"]);
    const networks = JSON.parse(out)[rows].map(({ network }: { network: string }) => network);
    assert.ok(networks.length > 0);
    assert.deepEqual([...new Set(networks)], ["dev"]);
  });
}

Deno.test("payments history --output json says what the networks of its rows count in", async () => {
  await using home = await homeAfterDevDown();
  const { out } = await run(["history", "--home", home.root, "--output", "json"]);
  assert.deepEqual(JSON.parse(out).networks, [
    { network: "dev", testnet: true, asset: "M2M", asset_scale: 6 },
  ]);
});

Deno.test("wallet history names a channel as channel list does, never by a transaction's hash", async () => {
  await using home = await homeAfterDevDown();
  const { out } = await run(["wallet", "history", "--home", home.root, "--output", "json"]);
  const [row] = JSON.parse(out).transactions;
  assert.equal(row.channel_id, `ch_${CHANNEL.slice(2, 10)}`);
  assert.equal(row.onchain_id, CHANNEL);
  assert.ok(!("channel" in row));
  assert.ok(!out.includes(OPENING));
});
