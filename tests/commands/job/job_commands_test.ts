/** What the `job` commands show of stored jobs, and what they refuse, in a home without a wallet. */
import assert from "node:assert/strict";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { type MarketHome, marketHome } from "../market_home.ts";
import { run } from "../memory_io.ts";
import { temporaryFolder } from "../../skills/machine.ts";

let home: MarketHome;
Deno.test.beforeAll(async () => {
  const ran = {
    createdAtMs: Date.now() - 10_000,
    updatedAtMs: Date.now() - 8_000,
    provider: "f".repeat(64),
    callbackSkill: null,
    jobPaid: true,
  };
  home = await marketHome([], [
    job({
      ...ran,
      eventId: eventIdOf("0abc123"),
      status: "error",
      errorCode: "failed",
      errorMessage: "no\x1b[2J\nJob job-x: SUCCESS",
    }),
    job({ ...ran, eventId: eventIdOf("1abc123"), provider: null, jobPaid: false }),
    job({ ...ran, eventId: eventIdOf("2abc123"), status: "processing" }),
    job({
      ...ran,
      eventId: eventIdOf("3abc123"),
      role: "provider",
      status: "success",
      exitCode: 0,
    }),
  ]);
});
Deno.test.afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

const jobs = (...args: string[]) => run(["job", ...args, "--network", "local"], { io: home.io() });

Deno.test("job list shows what was bought and sold, and that open jobs are not brought up to date", async () => {
  const { code, out, err } = await jobs("list");
  assert.equal(code, 0);
  assert.match(out, /^job-0abc123 +buyer +ci-run +error +- +local +0\.00875 M2M +- /m);
  assert.match(out, /^job-3abc123 +provider +ci-run +success +0 +local +0\.00 M2M +0\.00875 M2M /m);
  assert.match(err, /Warning: not brought up to date: there is no wallet for local in this home/);
  const csv = await jobs("list", "--status", "success", "--output", "csv");
  assert.equal(csv.out.trimEnd().split("\r\n").length, 2);
});

for (const what of ["status", "results", "wait"]) {
  Deno.test(`job ${what} keeps a provider's reason in its line, and asks no wallet for a job that is over`, async () => {
    const { code, out, err } = await jobs(what, "job-0abc");
    assert.equal(code, what === "status" ? 0 : 1);
    assert.match(out, /^ {2}reason +no\\u001b\[2J Job job-x: SUCCESS \(failed\)$/m);
    assert.equal(err, "TESTNET local: tokens are worth nothing\n");
  });
}

Deno.test("job status shows what the home has of an open job, and job wait needs the wallet", async () => {
  const { code, out, err } = await jobs("status", "job-2abc123");
  assert.equal(code, 0);
  assert.match(out, /: PROCESSING$/m);
  assert.match(err, /not brought up to date/);
  const waited = await jobs("wait", "job-2abc123");
  assert.equal(waited.code, 1);
  assert.match(waited.err, /there is no wallet .*'crosstown init'.*'crosstown wallet init'/s);
});

Deno.test("job cancel --dry-run says that the write which tells the provider costs nothing on a plain relay", async () => {
  const { code, out } = await jobs("cancel", "job-2abc123", "--dry-run");
  assert.equal(code, 0);
  assert.match(
    out,
    /^ {2}costs {5}nothing: no write is paid on this network$/m,
  );
  const told = await jobs("cancel", "job-2abc123", "--dry-run", "--output", "json");
  assert.equal(JSON.parse(told.out).cancel_units, "0");
});

Deno.test("job history has a line for each event, and job watch a document", async () => {
  assert.match((await jobs("history", "job-0abc123")).out, /^\S+Z +job +error +- +0abc1230/m);
  const { code, out } = await jobs("watch", "job-0abc123", "--output", "json");
  assert.equal(code, 1, "the job failed");
  assert.deepEqual([JSON.parse(out).status, JSON.parse(out).event], ["error", "now"]);
});

Deno.test("job cancel --dry-run says what is lost and changes nothing; job cancel gives a job up that was not sent", async () => {
  const dry = await jobs("cancel", "job-2abc123", "--dry-run");
  assert.match(dry.out, /^Would give up job-2abc123$/m);
  assert.match(dry.out, /^ {2}lost +0\.00875 M2M: what was paid is not returned/m);
  assert.match((await jobs("status", "job-2abc123")).out, /: PROCESSING$/m);
  const { out } = await jobs("cancel", "job-1abc123");
  assert.match(out, /: CANCELLED$/m);
  assert.match(out, /^ {2}provider +not told: nothing had been sent$/m);
});

for (
  const { args, code, says } of [
    { args: ["list", "--status", "constructor"], code: 2, says: /there is no status constructor/ },
    { args: ["status", "job-x\x1b[2J"], code: 1, says: /there is no job job-x\\u001b\[2J in/ },
    { args: ["cancel", "job-0abc123"], code: 1, says: /has already ended: error/ },
    { args: ["callback", "job-0abc123"], code: 1, says: /has no callback skill/ },
    { args: ["artifacts", "job-0abc123"], code: 1, says: /has no artifacts/ },
    { args: ["evidence", "job-0abc123"], code: 1, says: /was done by one provider/ },
    { args: ["logs", "job-2abc123"], code: 1, says: /there is no wallet/ },
    { args: ["quote", "echo", "--input", "x"], code: 1, says: /there is no wallet/ },
  ]
) {
  Deno.test(`job ${args.join(" ").replace("\x1b", "ESC")} is refused with exit ${code}, also as a document`, async () => {
    const text = await jobs(...args);
    assert.deepEqual([text.code, text.out], [code, ""], text.err);
    assert.match(text.err, says);
    const document = await jobs(...args, "--output", "json");
    assert.equal(document.code, code);
    const lines = document.out.trimEnd().split("\n");
    assert.match(
      JSON.parse(lines.at(-1)!).error.message,
      new RegExp(says.source.replace("\\\\u001b", "\\x1b")),
    );
  });
}

for (
  const { args, says } of [
    { args: ["echo", "--context", "/no/such/folder"], says: /--context .* is no folder/ },
    { args: ["echo"], says: /echo needs an input/ },
    { args: ["echo", "--context", "/tmp", "--input", "x"], says: /exclude each other/ },
    {
      args: ["echo", "--input", "x", "--provider", "npub1qqqq"],
      says: /--provider is not a valid npub/,
    },
    {
      args: ["echo", "--input", "x", "--require", "memory>=lots"],
      says: /Cannot read the requirement/,
    },
    { args: ["echo", "--input", "x", "--param", "novalue"], says: /novalue/ },
    { args: ["echo", "--input", "x", "--timeout", "0"], says: /--timeout/ },
    { args: ["echo", "--input", "x", "--kind", "4999"], says: /--kind/ },
    {
      args: ["echo", "--input", "x", "--bid", "21sat"],
      says: /--bid must be in M2M \(got 21sat\)/,
    },
  ]
) {
  Deno.test(`job submit ${args.join(" ")} is refused with exit 2, and makes no job`, async () => {
    const before = (await jobs("list", "--output", "csv")).out;
    const { code, out, err } = await jobs("submit", ...args);
    assert.deepEqual([code, out], [2, ""], err);
    assert.match(err, says);
    assert.equal((await jobs("list", "--output", "csv")).out, before);
  });
}

Deno.test("job submit says on a terminal that it packs a folder, on a line that goes away", async () => {
  await using at = await temporaryFolder();
  await Deno.writeTextFile(`${at.path}/test.sh`, "true\n");
  const io = home.io();
  io.terminal = true;
  const args = ["ci-run", "--input", at.path, "--param", "command=true", "--dry-run"];
  await run(["job", "submit", ...args, "--network", "local"], { io });
  const [before, after] = io.err.split(`packing ${at.path}`);
  assert.ok(before.endsWith("\r\x1b[K"), io.err);
  assert.ok(after.startsWith("\r\x1b[K"), io.err);
  const piped = home.io();
  await run(["job", "submit", ...args, "--network", "local"], { io: piped });
  assert.doesNotMatch(piped.err, /packing/);
});

Deno.test("job evidence --check says that a hostile file proves nothing, and refuses what is no file of evidence", async () => {
  await using at = await temporaryFolder();
  const texts = {
    empty: "",
    deep: "[".repeat(100_000),
    other: '{"format":"\x1b[2J"}',
    proto: '{"__proto__":{"what":"key"}}',
  };
  for (const [name, text] of Object.entries(texts)) {
    const file = `${at.path}/${name}.json`;
    await Deno.writeTextFile(file, text);
    const { code, out, err } = await jobs("evidence", "--check", file);
    assert.equal(code, 1, `${name}: ${out}${err}`);
    assert.match(`${out}${err}`, /proves nothing/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(`${out}${err}`, /\x1b/);
    assert.doesNotMatch(err, /this is a bug/);
  }
  await Deno.truncate(`${at.path}/empty.json`, 5 << 20);
  for (
    const [args, says] of [
      [["--check", `${at.path}/missing`], /missing is not there/],
      [["--check", at.path], /is no file of evidence/],
      [["--check", `${at.path}/empty.json`], /is no file of evidence/],
      [[], /name a job, or a file with --check/],
      [["job-0abc123", "--check", at.path], /name a job, or a file with --check/],
    ] as const
  ) {
    const { code, out, err } = await jobs("evidence", ...args);
    assert.deepEqual([code, out], [2, ""], err);
    assert.match(err, says);
  }
});
