import assert from "node:assert/strict";
import { runStage, type StdioRun } from "../../runtime/stdio.ts";
import { encodeFrame } from "../../runtime/stdio_frames.ts";
import { generateSecretKey } from "./keys.ts";
import { definition as bytesSource } from "./stages/bytes.ts";
import { definition as collect } from "./stages/collect.ts";
import { definition as troubled } from "./stages/troubled.ts";
import { definition as eventVerifier } from "../../stages/event_verifier.ts";
import { definition as kindExtractor } from "../../stages/kind_extractor.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function run(
  run: Omit<StdioRun, "stdin" | "stdout" | "output"> & { output?: "frames" | "json" },
  input: Uint8Array | string = "",
): Promise<{ exit: number; output: Uint8Array }> {
  const chunks: Uint8Array[] = [];
  const stdout = new WritableStream<Uint8Array>({
    write(chunk) {
      chunks.push(chunk);
    },
  });
  const stdin = new Blob([input as BlobPart]).stream();
  const exit = await runStage({ output: "json", ...run, stdin, stdout });
  return { exit, output: await new Blob(chunks as BlobPart[]).bytes() };
}

const lines = (output: Uint8Array) => decode(output).split("\n").filter(Boolean);
const secret = generateSecretKey();
const event = signEvent(
  { kind: 5050, created_at: 1, tags: [], content: "\x1e1 \n\n", pubkey: publicKeyOf(secret) },
  secret,
  new Uint8Array(32),
);
const toon = encodeToon(event, "1.4");

Deno.test("runStage() prints kind and bytes first", async () => {
  const { exit, output } = await run({ stage: kindExtractor }, "content: a\nkind: 5050");
  assert.equal(decode(output), '{"kind":5050,"bytes":21,"encoding":"toon"}\n');
  assert.equal(exit, 0);
});

Deno.test("runStage() prints a refusal as its code and message, and exits 1", async () => {
  const { exit, output } = await run({ stage: kindExtractor }, "content: a");
  assert.deepEqual(lines(output), [
    '{"error":{"code":"missing","message":"a document must have a top-level kind"}}',
  ]);
  assert.equal(exit, 1);
});

Deno.test("runStage() can be chained by frames, which keep bytes unchanged and pass on refusals", async () => {
  const files: Record<string, Uint8Array> = { good: toon, bad: encode("kind: x") };
  const readFile = (path: string) => Promise.resolve(files[path]);
  const first = await run({
    stage: kindExtractor,
    files: ["good", "bad", "good"],
    readFile,
    output: "frames",
  });
  assert.equal(first.exit, 1);
  const second = await run({ stage: eventVerifier, output: "frames" }, first.output);
  assert.equal(second.exit, 1);
  const known = {
    kind: 5050,
    bytes: toon.length,
    encoding: "toon",
    id: event.id,
    pubkey: event.pubkey,
    created_at: 1,
  };
  const good = encodeFrame({ bytes: toon, known });
  const message = "kind must be an integer";
  const bad = encodeFrame({
    bytes: new Uint8Array(0),
    known: {},
    refusal: { stage: "kind-extractor", code: "not_an_integer", message },
  });
  assert.deepEqual(second.output, await new Blob([good, bad, good] as BlobPart[]).bytes());
  const shown = await run({ stage: eventVerifier }, first.output);
  assert.equal(JSON.parse(lines(shown.output)[0]).id, event.id);
  assert.equal(JSON.parse(lines(shown.output)[1]).error.code, "not_an_integer");
});

Deno.test("runStage() prints what a source gives and reports settlements to it", async () => {
  const items = [0, 1, 2].map((seq) => ({ seq, bytes: encode(`d${seq}`), known: { n: seq } }));
  const { exit, output } = await run({
    stage: bytesSource,
    options: { items, batch: 2 },
    output: "frames",
  });
  assert.equal(exit, 0);
  assert.equal(decode(output), "\x1e2 n=0\nd0\n\x1e2 n=1\nd1\n\x1e2 n=2\nd2\n");
});

Deno.test("runStage() prints a sink's outcome of each document", async () => {
  const services = { collector: { collect: () => Promise.resolve() } };
  const input = "\x1e1 n=1\na\n\x1e0 error.stage=s error.code=c error.message=m\n\n";
  const { exit, output } = await run({ stage: collect, services }, input);
  assert.deepEqual(lines(output), [
    '{"bytes":1,"n":1,"outcome":"done"}',
    '{"error":{"code":"c","message":"m"}}',
  ]);
  assert.equal(exit, 1);
});

Deno.test("runStage() throws what the stage throws", async () => {
  const journal = { visit: () => Promise.resolve(0) };
  const broken = run(
    { stage: troubled, options: { at: { 7: "throw" } }, services: { journal } },
    "7",
  );
  await assert.rejects(broken, /troubled/);
});

Deno.test("runStage() refuses files for a source", async () => {
  await assert.rejects(run({ stage: bytesSource, files: ["a"] }), { code: "usage" });
});

Deno.test("runStage() ends a source that is aborted, with what it gave", async () => {
  const abort = new AbortController();
  const items = Array.from({ length: 100 }, (_, seq) => ({ seq, bytes: encode("x"), known: {} }));
  const stdout = new WritableStream<Uint8Array>({ write: () => abort.abort() });
  const exit = await runStage({
    stage: bytesSource,
    options: { items, batch: 1 },
    stdin: new Blob([]).stream(),
    stdout,
    output: "json",
    signal: abort.signal,
  });
  assert.equal(exit, 0);
});
