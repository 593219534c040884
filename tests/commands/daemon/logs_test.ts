/** `crosstown logs` of a home's log, whatever is written in it. */
import assert from "node:assert/strict";
import { temporaryFolder } from "../../skills/machine.ts";
import { MemoryIo, run } from "../memory_io.ts";

const LINES = [
  'time=2026-11-23T12:00:00.000Z level=info msg="job posted" job=job-0abc123',
  'time=2026-11-23T12:00:01.000Z level=warn msg="said" text="x\\u001b[2J\u202ey"',
  "no line of ours \x1b[2J",
  "time=2026-11-23T12:00:02.000Z level=error msg=failed code=bad",
];

async function logged(lines: readonly string[]) {
  const folder = await temporaryFolder();
  const file = `${folder.path}/home/hooks/mayor-001/crosstown.log`;
  await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true, mode: 0o700 });
  await Deno.chmod(`${folder.path}/home`, 0o700);
  await Deno.writeTextFile(file, lines.map((each) => `${each}\n`).join(""));
  return {
    file,
    io() {
      const io = new MemoryIo();
      io.variables = { HOME: folder.path, GASTOWN_HOME: `${folder.path}/home` };
      return io;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test("logs prints the last lines, of a level and above, and moves no cursor by them", async () => {
  await using log = await logged(LINES);
  const all = await run(["logs"], { io: log.io() });
  assert.equal(all.code, 0);
  assert.equal(all.out.trimEnd().split("\n").length, LINES.length);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(all.out, /\x1b|\u202e/);
  const last = await run(["logs", "-n", "1"], { io: log.io() });
  assert.equal(last.out, `${LINES[3]}\n`);
  const bad = await run(["logs", "--level", "warn", "--output", "json"], { io: log.io() });
  const messages = bad.out.trimEnd().split("\n").map((line) => JSON.parse(line).msg);
  assert.deepEqual(messages, ["said", "failed"]);
  assert.equal((await run(["logs", "-n", "0"], { io: log.io() })).out, "");
});

Deno.test("logs --follow prints what is written later, until it is stopped", async () => {
  await using log = await logged(LINES.slice(0, 1));
  const io = log.io();
  const stop = new AbortController();
  const following = run(["logs", "--follow"], { io, signal: stop.signal });
  await io.until("job-0abc123");
  await Deno.writeTextFile(log.file, `${LINES[3]}\n`, { append: true });
  await io.until("code=bad");
  stop.abort(new Error("stopped"));
  await following;
  assert.equal(io.out.trimEnd().split("\n").length, 2);
});

Deno.test("logs says where there is no log yet, and refuses a level that is none", async () => {
  await using log = await logged([]);
  await Deno.remove(log.file);
  const none = await run(["logs"], { io: log.io() });
  assert.deepEqual([none.code, none.out], [1, ""]);
  assert.match(none.err, /there is no log yet at .*crosstown\.log/);
  assert.equal((await run(["logs", "--level", "constructor"], { io: log.io() })).code, 2);
});
