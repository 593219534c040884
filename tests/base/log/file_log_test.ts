import assert from "node:assert/strict";
import { openFileLog } from "../../../base/log/file_log.ts";
import { followLines, lastLines, parseLine } from "../../../base/log/read_log.ts";
import { formatLine } from "../../../base/log/log.ts";

async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "crosstown-log-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A clock that changes only when the test sets it. */
function fakeClock(): { now: number; clock: () => number } {
  const fake = { now: 1_790_000_000_000, clock: () => fake.now };
  return fake;
}

Deno.test("openFileLog() writes lines that parseLine() reads, in an owner-only file", async () => {
  await using dir = await folder();
  const path = `${dir.path}/hooks/mayor-001/crosstown.log`;
  using log = openFileLog({ path, clock: fakeClock().clock });
  log.log("info", "payment channel opened", { channel_id: "ch_7f3a9b2e", balance_units: 5n });
  log.log("debug", "not written");
  log.log("error", 'quote " and\nnewline', { text: "a b", empty: "", none: undefined });
  const lines = await lastLines(path, 10);
  assert.deepEqual(lines.map(parseLine), [
    {
      time: "2026-09-21T14:13:20.000Z",
      level: "info",
      msg: "payment channel opened",
      fields: { channel_id: "ch_7f3a9b2e", balance_units: "5" },
    },
    {
      time: "2026-09-21T14:13:20.000Z",
      level: "error",
      msg: 'quote " and\nnewline',
      fields: { text: "a b", empty: "" },
    },
  ]);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.equal((await Deno.stat(`${dir.path}/hooks/mayor-001`)).mode! & 0o777, 0o700);
});

Deno.test("openFileLog() closes an existing file to others", async () => {
  await using dir = await folder();
  const path = `${dir.path}/crosstown.log`;
  await Deno.writeTextFile(path, "", { mode: 0o644 });
  using _log = openFileLog({ path, clock: fakeClock().clock });
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("openFileLog() rotates by size and keeps so many files", async () => {
  await using dir = await folder();
  const path = `${dir.path}/crosstown.log`;
  using log = openFileLog({ path, clock: fakeClock().clock, maxBytes: 200, keep: 2 });
  for (let i = 0; i < 20; i++) log.log("info", `line ${i}`);
  const names = [...Deno.readDirSync(dir.path)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["crosstown.log", "crosstown.log.1", "crosstown.log.2"]);
  for (const name of names) {
    const info = await Deno.stat(`${dir.path}/${name}`);
    assert.ok(info.size <= 200, `${name} has ${info.size} bytes`);
    assert.equal(info.mode! & 0o777, 0o600);
  }
  assert.equal(parseLine((await lastLines(path, 1))[0]).msg, "line 19");
});

Deno.test("openFileLog() of two processes loses no line over a rotation", async () => {
  await using dir = await folder();
  const path = `${dir.path}/crosstown.log`;
  const time = fakeClock();
  using a = openFileLog({ path, clock: time.clock, maxBytes: 300, keep: 9 });
  using b = openFileLog({ path, clock: time.clock, maxBytes: 300, keep: 9 });
  for (let i = 0; i < 10; i++) {
    a.log("info", `a${i}`);
    b.log("info", `b${i}`);
    time.now += 1_500;
  }
  const seen = new Set<string>();
  for (const { name } of Deno.readDirSync(dir.path)) {
    for (const line of await lastLines(`${dir.path}/${name}`, 100)) seen.add(parseLine(line).msg!);
  }
  assert.equal(seen.size, 20);
});

Deno.test("openFileLog() never throws, and reports what it dropped", async () => {
  await using dir = await folder();
  const path = `${dir.path}/crosstown.log`;
  const time = fakeClock();
  using log = openFileLog({ path, clock: time.clock });
  // The file is replaced by a folder: nothing can be written until that is gone.
  await Deno.remove(path);
  await Deno.mkdir(path);
  time.now += 2_000;
  log.log("info", "lost 1");
  time.now += 2_000;
  log.log("info", "lost 2");
  assert.equal(log.dropped(), 2);
  await Deno.remove(path);
  time.now += 2_000;
  log.log("info", "kept");
  assert.equal(log.dropped(), 0);
  const lines = (await lastLines(path, 10)).map(parseLine);
  assert.deepEqual(lines.map(({ msg, fields }) => ({ msg, fields })), [
    { msg: "log lines dropped", fields: { count: "2" } },
    { msg: "kept", fields: {} },
  ]);
});

Deno.test("lastLines() reads from the end over block borders and gives whole lines", async () => {
  await using dir = await folder();
  const path = `${dir.path}/x.log`;
  const all = Array.from({ length: 5_000 }, (_, i) => `line ${i} ${"é".repeat(20)}`);
  await Deno.writeTextFile(path, all.join("\n") + "\nunfinished");
  assert.deepEqual(await lastLines(path, 3_000), all.slice(-3_000));
  assert.deepEqual(await lastLines(path, 10_000), all);
  assert.deepEqual(await lastLines(path, 0), []);
});

Deno.test("parseLine() gives a foreign line back as its message", () => {
  for (const line of ["", "panic: x", 'msg="unended', "a b=c"]) {
    const parsed = parseLine(line);
    assert.equal(parsed.msg ?? "", line);
    assert.deepEqual(parsed.fields, {});
  }
  const hostile = parseLine(formatLine(0, "info", "x", { __proto__x: "1" }));
  assert.equal(hostile.fields.__proto__x, "1");
});

Deno.test("followLines() yields what is added, through a rotation, until the signal", async () => {
  await using dir = await folder();
  const path = `${dir.path}/x.log`;
  await Deno.writeTextFile(path, "1\n2\n3\n");
  const stop = new AbortController();
  const steps = [
    () => Deno.writeTextFile(path, "4\npart", { append: true }),
    () => Deno.writeTextFile(path, "ly 5\n", { append: true }),
    async () => {
      await Deno.rename(path, `${path}.1`);
      await Deno.writeTextFile(path, "6\n");
    },
    () => Promise.resolve(stop.abort()),
  ];
  const lines: string[] = [];
  const pause = async () => await steps.shift()?.();
  for await (const line of followLines({ path, count: 2, signal: stop.signal, pause })) {
    lines.push(line);
  }
  assert.deepEqual(lines, ["2", "3", "4", "partly 5", "6"]);
});
