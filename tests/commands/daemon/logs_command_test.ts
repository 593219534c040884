/** `crosstown logs`. */
import assert from "node:assert/strict";
import { home } from "../configured_home.ts";
import { run } from "../memory_io.ts";

Deno.test("logs shows the last lines, filtered, as text and as JSON lines", async () => {
  await using dir = await home();
  const folder = `${dir.path}/hooks/mayor-001`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/crosstown.log`,
    'level=info msg="one"\nlevel=warn msg="two" job_id=job-5abc123\nlevel=error msg="thr\\u001bee"\n',
  );
  const text = await run(["logs", "-n", "2"], { io: dir.io });
  assert.equal(
    text.out,
    'level=warn msg="two" job_id=job-5abc123\nlevel=error msg="thr\\u001bee"\n',
  );
  dir.io.out = "";
  const json = await run(["logs", "--level", "warn", "--output", "json"], { io: dir.io });
  assert.deepEqual(json.out.trim().split("\n").map((line) => JSON.parse(line)), [
    { schema: "log-line/1", job_id: "job-5abc123", level: "warn", msg: "two" },
    { schema: "log-line/1", level: "error", msg: "thr\u001bee" },
  ]);
});

Deno.test("logs --follow continues until the signal", async () => {
  await using dir = await home();
  const folder = `${dir.path}/hooks/mayor-001`;
  await Deno.mkdir(folder, { recursive: true });
  const file = `${folder}/crosstown.log`;
  await Deno.writeTextFile(file, "level=info msg=a\n");
  const stop = new AbortController();
  const running = run(["logs", "--follow"], { io: dir.io, signal: stop.signal });
  await Deno.writeTextFile(file, "level=info msg=b\n", { append: true });
  await dir.io.until("msg=b");
  stop.abort();
  assert.equal((await running).code, 0);
  assert.equal(dir.io.out, "level=info msg=a\nlevel=info msg=b\n");
});

Deno.test("logs says that there is no log yet, exit 1", async () => {
  await using dir = await home();
  const { code, out } = await run(["logs", "--output", "json"], { io: dir.io });
  assert.equal(code, 1);
  assert.equal(JSON.parse(out).error.code, "no_log");
});
