import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { tellKeptSince } from "../../../commands/payments/payments_journal.ts";
import { madeEntries } from "../../trail/recovery/made_trail.ts";
import { MemoryIo, run } from "../memory_io.ts";
import { HOUR_MS, inHome, json } from "./payment_lines.ts";
import { paymentsHome, PROVIDER, START_MS } from "./payments_home.ts";

Deno.test("payments history shows payments and earnings, the newest first", async () => {
  await using home = await paymentsHome(4);
  const document = await json(home.root, "payments history");
  assert.equal(document.network, "base-sepolia");
  assert.equal(document.testnet, true);
  const shown = document.payments.map((
    { type, amount_units, balance_units, outcome, time }: Record<string, string>,
  ) => [type, amount_units, balance_units, outcome, time.slice(0, 16)]);
  assert.deepEqual(shown, [
    ["payment", "100", "49999600", "fulfilled", "2026-02-18T02:00"],
    ["payment", "100", "49999700", "fulfilled", "2026-02-18T01:00"],
    ["payment", "100", "49999800", "fulfilled", "2026-02-18T00:00"],
    ["earning", "7", null, "fulfilled", "2026-02-17T23:30"],
    ["payment", "100", "49999900", "fulfilled", "2026-02-17T23:00"],
  ]);
  assert.deepEqual(await json(home.root, "history"), document);
});

for (
  const { options, times } of [
    { options: "--limit 2", times: ["02:00", "01:00"] },
    { options: "--since 59m", times: ["02:00"] },
    { options: "--until 2026-02-17", times: ["23:30", "23:00"] },
    {
      options: "--since 2026-02-18T00:00Z --until 2026-02-18T01:00:00Z",
      times: ["01:00", "00:00"],
    },
    { options: "--job job-5abc", times: ["01:00", "23:00"] },
    { options: `--provider ${PROVIDER}`, times: ["01:00", "23:00"] },
    { options: `--provider ${"e".repeat(64)}`, times: [] },
    { options: "--type earning", times: ["23:30"] },
    { options: "--type job --type channel", times: ["23:00", "23:00"] },
    { options: "--kind 5601", times: ["02:00", "01:00", "00:00", "23:00"] },
    { options: "--channel ch_cccc --type payment --limit 1", times: ["02:00"] },
    { options: "--channel ch_dddddddd", times: [] },
  ]
) {
  Deno.test(`payments history ${options} shows what fits`, async () => {
    await using home = await paymentsHome(4);
    const { payments } = await json(home.root, `payments history ${options}`);
    const found = payments.map(({ time }: { time: string }) => time.slice(11, 16));
    assert.deepEqual(found, times);
  });
}

for (
  const { line, message } of [
    { line: "payments history --channel 7f3a9b2e", message: /--channel must be like ch_7f3a9b2e/ },
    { line: "payments history --job 5abc123", message: /--job must be like job-5abc123/ },
    {
      line: "payments stats --provider npub1xyz",
      message: /--provider must be like 64 hex digits/,
    },
    { line: "payments export --type payments", message: /--type/ },
    { line: "payments export --format xml", message: /--format/ },
    { line: "payments history --since soon", message: /--since is not a time/ },
  ]
) {
  Deno.test(`${line} is a mistake`, async () => {
    await using home = await paymentsHome(0);
    const { code, err } = await inHome(home.root, line);
    assert.equal(code, 2);
    assert.match(err, message);
  });
}

Deno.test("payments history shows the network and a table to people", async () => {
  await using home = await paymentsHome(2);
  const { out } = await inHome(home.root, "payments history");
  const [banner, head, first] = out.split("\n");
  assert.match(banner, /^TESTNET base-sepolia/);
  assert.match(head, /^TIME +TYPE +NETWORK +AMOUNT +BALANCE/);
  assert.match(
    first,
    /^2026-02-18T00:00:00Z +payment +- +0\.0001 M2M +49\.9998 M2M +10 +5601 +- +ch_cccccccc +fulfilled$/,
  );
});

for (const columns of [70, 80, 120]) {
  Deno.test(`payments history fits into ${columns} columns and names what is left out`, async () => {
    await using home = await paymentsHome(4);
    const io = new MemoryIo();
    io.terminal = true;
    io.now = START_MS + 3 * HOUR_MS;
    io.columns = columns;
    const line = ["payments", "history", "--type", "all", "--home", home.root];
    assert.equal((await run(line, { io })).code, 0);
    const lines = io.out.trimEnd().split("\n");
    assert.ok(lines.length > 6, io.out);
    for (const each of lines.slice(1, -1)) {
      assert.ok(each.length <= columns, `${each.length}: ${each}`);
    }
    assert.match(lines[1], /^TIME +TYPE .*AMOUNT .*JOB .*OUTCOME$/);
    if (columns === 70) assert.match(lines.at(-1)!, /^\(too narrow for NETWORK, /);
  });
}

Deno.test("payments stats keeps the chart of each group in 80 columns, and leaves out counts and parts before it", async () => {
  await using home = await paymentsHome(4);
  for (const [columns, hasBars] of [[80, true], [40, false]] as const) {
    const io = new MemoryIo();
    io.terminal = true;
    io.now = START_MS + 3 * HOUR_MS;
    io.columns = columns;
    await run(["payments", "stats", "--home", home.root], { io });
    const heads = io.out.split("\n").filter((line) => /^(KIND|PROVIDER|DAY) /.test(line));
    assert.ok(heads.length >= 2, io.out);
    for (const head of heads) assert.equal(/ SHARE$/.test(head), hasBars, io.out);
  }
});

Deno.test("payments history reads on from page to page", async () => {
  await using home = await paymentsHome(0);
  const store = await openSqliteStore({
    folder: home.folder,
    clock: () => START_MS,
    journal: true,
  });
  const noted = { type: "shutdown", outcome: "clean", data: {} } as const;
  await store.commit(
    Array.from({ length: 2_500 }, () => ({ op: "journal", entry: noted } as const)),
  );
  await store.close();
  const { payments } = await json(home.root, "payments history --type shutdown --limit 2100");
  const seqs = payments.map(({ seq }: { seq: number }) => seq);
  assert.deepEqual(seqs, Array.from({ length: 2_100 }, (_, i) => 2_502 - i));
  const { out } = await inHome(home.root, "payments export --type shutdown");
  assert.equal(out.split("\r\n").length, 2_502);
});

Deno.test("payments stats sums what was paid and earned, by kind, provider and day, and what is in doubt", async () => {
  await using home = await paymentsHome(4);
  const document = await json(home.root, "payments stats");
  const sums = (payments: number, paid: number, earnings: number, earned: number) => ({
    payments,
    paid_units: String(paid),
    units_per_payment: payments === 0 ? null : String(paid / payments),
    written_bytes: payments * 10,
    earnings,
    earned_units: String(earned),
  });
  assert.deepEqual(document, {
    schema: "payments-stats/1",
    network: "base-sepolia",
    testnet: true,
    kept_since: null,
    payments: 4,
    paid_units: "400",
    earnings: 1,
    earned_units: "7",
    refused: 0,
    forfeits: 0,
    forfeit_units: "0",
    p50_units: "100",
    written_bytes: 40,
    units_per_byte: 10,
    lightning: {
      payments: 0,
      paid_msats: "0",
      fees_msats: "0",
      earnings: 0,
      earned_msats: "0",
    },
    in_doubt: { payments: 1, payment_units: "100", earnings: 0, earning_units: "0" },
    by_network: [{ network: "none", ...sums(4, 400, 1, 7) }],
    by_kind: [{ kind: "5601", ...sums(4, 400, 0, 0) }, { kind: "none", ...sums(0, 0, 1, 7) }],
    by_provider: [
      { provider: PROVIDER, ...sums(2, 200, 0, 0) },
      { provider: "none", ...sums(2, 200, 1, 7) },
    ],
    by_day: [
      { day: "2026-02-17", ...sums(1, 100, 1, 7) },
      { day: "2026-02-18", ...sums(3, 300, 0, 0) },
    ],
  });
  const some = await json(home.root, "payments stats --since 2026-02-18 --job job-5abc123");
  assert.equal(some.paid_units, "100");
  const { out } = await inHome(home.root, "payments stats");
  assert.match(out, /^TESTNET base-sepolia/);
  assert.match(out, /paid +0\.0004 M2M in 4 payments/);
  assert.match(out, /in doubt now +1 payments of 0\.0001 M2M/);
  assert.match(out, /^KIND +PAYMENTS +PAID +EACH +BYTES/m);
  assert.match(out, /^5601 +4 +0\.0004 M2M +0\.0001 M2M +40 .* #{24}$/m);
  // A third of the other day's, rounded up.
  assert.match(out, /^2026-02-17 .* #{9}$/m);
});

Deno.test("payments history and stats know of nothing in a home without a store", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    assert.deepEqual((await json(root, "payments history")).payments, []);
    assert.equal((await json(root, "payments stats")).p50_units, null);
    assert.match((await inHome(root, "payments history")).out, /No payments/);
    assert.equal((await inHome(root, "payments export")).out.split("\r\n").length, 2);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("payments history reads beside a process that writes", async () => {
  await using home = await paymentsHome(2);
  const writer = await openSqliteStore({
    folder: home.folder,
    clock: () => START_MS,
    journal: true,
  });
  try {
    assert.equal((await json(home.root, "payments history")).payments.length, 3);
  } finally {
    await writer.close();
  }
});

Deno.test("payments commands say where a period begins before what the store still has", async () => {
  const entries = madeEntries(5).map((entry) => ({ ...entry, data: {} }));
  const told = async (from: number, sinceMs?: number) => {
    const notes: string[] = [];
    const since = await tellKeptSince(
      { listJournal: () => Promise.resolve(entries.slice(from, from + 1)) },
      sinceMs === undefined ? {} : { sinceMs },
      { note: (text) => Promise.resolve(void notes.push(text)) },
    );
    return [since, notes.length];
  };
  const since = new Date(entries[2].atMs).toISOString();
  assert.deepEqual(await told(0), [null, 0]);
  assert.deepEqual(await told(2), [since, 1]);
  assert.deepEqual(await told(2, entries[2].atMs - 1), [since, 1]);
  assert.deepEqual(await told(2, entries[2].atMs), [since, 0]);
  assert.deepEqual(await told(5), [null, 0]);
});
