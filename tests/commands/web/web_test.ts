/** `crosstown web` without a browser: what its page gets and asks for. */
import assert from "node:assert/strict";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { marketHome } from "../market_home.ts";
import { run } from "../memory_io.ts";

const HOSTILE = "<script>a</script>\x1b[2J\u202e\nb";

Deno.test("web streams the home's jobs as text to each browser, opens one, and ends with the command", async () => {
  const jobs = ["success", "error"].map((status, i) =>
    job({
      eventId: eventIdOf(`${i}abc123`),
      status: status as "success",
      errorCode: status === "error" ? "failed" : null,
      errorMessage: status === "error" ? HOSTILE : null,
      createdAtMs: Date.now() - 10_000,
      updatedAtMs: Date.now() - 8_000,
    })
  );
  await using home = await marketHome([], jobs);
  const io = home.io();
  const stop = new AbortController();
  const web = run(["web", "--output", "json", "--network", "local"], { io, signal: stop.signal });
  await io.until("\n");
  const { url } = JSON.parse(io.out);
  const page = await fetch(url);
  assert.match(await page.text(), /dashboard\.js/);

  const listed = await shown(`${url}frames?columns=120&rows=40&choice=all`, /job-1abc123/);
  assert.match(listed, /^ +job-0abc123 +ci-run/m);
  const failed = await shown(`${url}frames?columns=120&rows=40&choice=failed`, /job-1abc123/);
  assert.doesNotMatch(failed, /^ +job-0abc123 +ci-run/m);
  const opened = await shown(`${url}frames?columns=120&rows=40&job=job-1abc123`, /<script>a/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(opened, /\x1b|\u202e/);
  assert.match(opened, /<script>a<\/script>\\u001b\[2J\\u202e b/);
  await shown(`${url}frames?columns=120&rows=40&job=job-9999999`, /job-9999999 is no longer kept/);

  // A browser that does not read holds up neither the others nor the end.
  const idle = await Promise.all(Array.from({ length: 8 }, () => fetch(`${url}frames`)));
  const ninth = await fetch(`${url}frames`);
  await ninth.body?.cancel();
  assert.equal(ninth.status, 503);
  stop.abort(new Error("stopped"));
  await web;
  await Promise.all(idle.map(({ body }) => body!.cancel().catch(() => undefined)));
  await assert.rejects(fetch(url));
});

/** There is one each second at most while nothing changes. */
const MOST_FRAMES = 120;

/** The text of the first frame that matches; the stream is closed then. */
async function shown(url: string, wanted: RegExp): Promise<string> {
  const { body } = await fetch(url);
  let text = "";
  for await (const part of body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const frames = text.split("\n\n").slice(0, -1).map((each) =>
      JSON.parse(each.replace("data: ", "")).map((line: [string, string][]) =>
        line.map(([words]) => words).join("")
      ).join("\n")
    );
    const found = frames.find((each) => wanted.test(each));
    if (found !== undefined) return found;
    if (frames.length > MOST_FRAMES) break;
  }
  throw new Error(`no frame has ${wanted}`);
}

Deno.test("web refuses a home in which there is nothing, and a port that is none", async () => {
  await using home = await marketHome([]);
  const web = (...args: string[]) => run(["web", "--network", "local", ...args], { io: home.io() });
  const empty = await web();
  assert.equal(empty.code, 1);
  assert.match(empty.err, /there is nothing to show in this home yet/);
  assert.equal((await web("--port", "65536")).code, 2);
});
