import assert from "node:assert/strict";
import { json, run, testHome } from "./process.ts";

const FIXTURES = new URL("../../fixtures/", import.meta.url).pathname;

function files(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(`${FIXTURES}${folder}`)].map(({ name }) => name)
    .filter((name) => name.endsWith(ending)).toSorted()
    .map((name) => `${FIXTURES}${folder}/${name}`);
}

const lines = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line));

Deno.test("stage kind-extractor tells the kind of a document on standard input", async () => {
  const bytes = await Deno.readFile(`${FIXTURES}toon/job_5050.toon`);
  const found = await json(["stage", "kind-extractor"], { stdin: bytes });
  assert.equal(found.kind, 5050);
  assert.equal(found.bytes, bytes.length);
});

Deno.test("stage kind-extractor, event-verifier and correlator are piped over all fixtures", async () => {
  await using home = await testHome();
  const names = files("toon", ".toon");
  assert.ok(names.length >= 100);
  const kinds = await run(["stage", "kind-extractor", ...names]);
  assert.equal(kinds.code, 0, kinds.stderr);
  const verified = await run(["stage", "event-verifier", "--output", "json"], {
    stdin: kinds.stdout,
  });
  assert.equal(verified.code, 0, verified.stderr);
  assert.equal(lines(verified.stdout).length, names.length);
  const events = await run(["stage", "event-verifier"], { stdin: kinds.stdout });
  const routed = await home.run(["stage", "correlator", "--output", "json"], {
    stdin: events.stdout,
  });
  assert.equal(lines(routed.stdout).length, names.length, routed.stderr);
});

Deno.test("stage refuses a bad document with exit 1 and passes on the good ones", async () => {
  const good = `${FIXTURES}toon/job_5050.toon`;
  const bad = `${FIXTURES}bad/toon_kind_twice.document`;
  const { code, stdout } = await run([
    ...["stage", "kind-extractor", good, bad, good, "--output", "json"],
  ]);
  assert.equal(code, 1);
  const [first, refusal, last] = lines(stdout);
  assert.equal(first.kind, 5050);
  assert.equal(last.kind, 5050);
  assert.equal(typeof refusal.error.code, "string");
  assert.equal(typeof refusal.error.message, "string");
});
