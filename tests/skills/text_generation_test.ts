import assert from "node:assert/strict";
import { RunPause } from "../../base/pausing.ts";
import { textGeneration } from "../../skills/builtin/text_generation/text_generation.ts";
import type { ModelEndpoint } from "../../skills/builtin/text_generation/model_endpoint.ts";
import { requestEvent, skillContext, skillRequest, temporaryFolder } from "./machine.ts";
import { modelServer } from "./model_server.ts";

const KEY = "sk-very-secret";
const WORDS = ["Once", " upon", " a", " time"];

function endpointOf(url: string, more: Partial<ModelEndpoint> = {}): ModelEndpoint {
  return { url, api: "openai", model: "tiny", keyFile: null, maxTokens: 64, rates: null, ...more };
}

function run(
  endpoint: ModelEndpoint,
  tags: readonly (readonly string[])[] = [["i", "Tell me a story", "text"]],
  more: { readonly clock?: () => number; readonly maxContentBytes?: number } = {},
) {
  const context = { ...skillContext(), ...(more.clock && { clock: more.clock }) };
  const request = skillRequest(requestEvent(5050, tags), "/nowhere", {
    maxContentBytes: more.maxContentBytes ?? 60_000,
  });
  return textGeneration(endpoint).run(request, context).then((outcome) => ({ outcome, context }));
}

for (const api of ["openai", "ollama"] as const) {
  Deno.test(`text-generation asks a server that speaks ${api}, streams what it says, and counts its tokens`, async () => {
    await using folder = await temporaryFolder();
    const keyFile = `${folder.path}/key`;
    await Deno.writeTextFile(keyFile, `${KEY}\n`, { mode: 0o600 });
    await using server = modelServer(WORDS, { api });
    let nowMs = 0;
    const { outcome, context } = await run(
      endpointOf(`${server.url}${api === "openai" ? "/v1" : ""}`, { api, keyFile }),
      [
        ["i", "Tell me", "text"],
        ["i", "a story", "text"],
        ["param", "max_tokens", "9"],
        ["param", "temperature", "0.5"],
      ],
      { clock: () => nowMs += 1_000 },
    );
    assert.deepEqual([outcome.status, outcome.content], ["success", "Once upon a time"]);
    assert.deepEqual(outcome.tags, [
      ["model", "tiny"],
      ["tokens", "7", "4", "counted"],
      ["finish_reason", "stop"],
    ]);
    assert.equal(context.told.map(({ content }) => content).join(""), "Once upon a time");
    assert.ok(context.told.every(({ status }) => status === "partial"));
    const [{ path, authorization, body }] = server.asked;
    assert.equal(path, api === "openai" ? "/v1/chat/completions" : "/api/chat");
    assert.equal(authorization, `Bearer ${KEY}`);
    assert.deepEqual(body.messages, [{ role: "user", content: "Tell me\na story" }]);
    const { max_tokens, temperature } = api === "openai"
      ? body
      : { ...body.options, max_tokens: body.options.num_predict };
    assert.deepEqual([max_tokens, temperature, body.model], [9, 0.5, "tiny"]);
  });
}

Deno.test("text-generation ends at the tokens and bytes that were sold, whatever the server continues to say", async () => {
  await using server = modelServer(Array(500).fill("word "));
  const tokens = await run(endpointOf(server.url, { maxTokens: 3 }));
  assert.equal(tokens.outcome.content, "word word word ");
  assert.deepEqual(tokens.outcome.tags?.[2], ["finish_reason", "length"]);
  // Without the server's own count the parts are counted.
  assert.deepEqual(tokens.outcome.tags?.[1], ["tokens", "4", "3", "estimated"]);
  const bytes = await run(endpointOf(server.url, { maxTokens: 9_999 }), undefined, {
    maxContentBytes: 100,
  });
  assert.equal(bytes.outcome.content, "word ".repeat(9));
});

Deno.test("text-generation stands still while its run is paused, goes on after that, and ends if it is stopped meanwhile", async () => {
  await using server = modelServer(WORDS);
  const pausing = new RunPause();
  const stop = new AbortController();
  const said: string[] = [];
  const started = () => {
    said.length = 0;
    pausing.set(false);
    const output = (bytes: Uint8Array) => {
      said.push(new TextDecoder().decode(bytes));
      if (said.length === 2) pausing.set(true);
    };
    const request = skillRequest(
      requestEvent(5050, [["i", "Tell me a story", "text"]]),
      "/nowhere",
      { maxContentBytes: 60_000 },
    );
    const context = { ...skillContext(stop.signal), pausing, output };
    return textGeneration(endpointOf(server.url)).run(request, context);
  };
  const paused = async () => {
    while (!pausing.isPaused) await new Promise((resolve) => setTimeout(resolve, 5));
    // The server has sent all of its words by then, and none of them is read.
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(said.length, 2);
  };
  const first = started();
  await paused();
  pausing.set(false);
  assert.equal((await first).content, "Once upon a time");
  const second = started();
  await paused();
  stop.abort();
  assert.equal((await second).errorCode, "cancelled");
});

for (
  const { name, prompt, completion, tokens } of [
    { name: "what is right", prompt: 7, completion: 4, tokens: ["7", "4", "counted"] },
    { name: "nothing", prompt: 0, completion: 0, tokens: ["0", "0", "counted"] },
    // The prompt has 15 bytes; each of the parts is a token.
    { name: "a negative number", prompt: -7, completion: 4, tokens: ["4", "4", "estimated"] },
    { name: "a part of a token", prompt: 7, completion: 0.5, tokens: ["4", "4", "estimated"] },
    { name: "texts", prompt: "7", completion: "4", tokens: ["4", "4", "estimated"] },
    {
      name: "more than any number",
      prompt: 7,
      completion: 2 ** 60,
      tokens: ["4", "4", "estimated"],
    },
    { name: "only one of them", prompt: 7, completion: null, tokens: ["4", "4", "estimated"] },
    {
      name: "more than the prompt can have",
      prompt: 81,
      completion: 4,
      tokens: ["80", "4", "counted"],
    },
    { name: "more than max_tokens", prompt: 7, completion: 10, tokens: ["7", "9", "counted"] },
  ]
) {
  Deno.test(`text-generation states ${tokens.join(", ")} of a server that counts ${name}`, async () => {
    const usage = { prompt_tokens: prompt, completion_tokens: completion };
    await using server = modelServer(WORDS, { usage });
    const { outcome } = await run(endpointOf(server.url), [
      ["i", "Tell me a story", "text"],
      ["param", "max_tokens", "9"],
    ]);
    assert.deepEqual(outcome.tags?.[1], ["tokens", ...tokens]);
  });
}

Deno.test("text-generation sells tokens where the operator names their price", () => {
  const rates = { inputUnits: 20n, outputUnits: 60n };
  const { price } = textGeneration(endpointOf("http://127.0.0.1:1", { rates })).manifest;
  assert.deepEqual(price.tokens, { ...rates, mostOutput: 64 });
  assert.equal(textGeneration(endpointOf("http://127.0.0.1:1")).manifest.price.tokens, undefined);
});

const FAULTS: readonly {
  readonly name: string;
  readonly server: Parameters<typeof modelServer>[1];
  readonly code: string;
}[] = [
  { name: "a refusal", server: { status: 401 }, code: "model_failed" },
  { name: "a redirect", server: { status: 307 }, code: "model_unreachable" },
  { name: "no JSON", server: { raw: "data: {oops\n\n" }, code: "model_failed" },
  { name: "a line without an end", server: { raw: "d".repeat(300_000) }, code: "model_failed" },
  { name: "nothing", server: { raw: "data: [DONE]\n\n" }, code: "model_failed" },
];
for (const { name, server: options, code } of FAULTS) {
  Deno.test(`text-generation says ${code} of a server that answers ${name}, and none of its words`, async () => {
    await using server = modelServer([], options);
    const { outcome } = await run(endpointOf(server.url));
    assert.deepEqual([outcome.status, outcome.errorCode], ["error", code]);
    assert.doesNotMatch(JSON.stringify(outcome), /secret|127\.0\.0\.1/);
  });
}

Deno.test("text-generation refuses a key file that others can read, another model, and a bad number, before it asks", async () => {
  await using folder = await temporaryFolder();
  const keyFile = `${folder.path}/key`;
  await Deno.writeTextFile(keyFile, KEY, { mode: 0o644 });
  await Deno.chmod(keyFile, 0o644);
  await using server = modelServer(WORDS);
  const open = await run(endpointOf(server.url, { keyFile }));
  assert.equal(open.outcome.errorCode, "cannot_run");
  assert.doesNotMatch(JSON.stringify(open.outcome), new RegExp(KEY));
  for (const param of [["model", "other"], ["max_tokens", "-1"], ["temperature", "1e9"]]) {
    const { outcome } = await run(endpointOf(server.url), [["i", "x"], ["param", ...param]]);
    assert.equal(outcome.errorCode, "bad_input", param.join(" "));
  }
  assert.deepEqual(server.asked, []);
});

Deno.test("text-generation says that a model which is not there does not answer", async () => {
  const { outcome } = await run(endpointOf("http://127.0.0.1:1"));
  assert.equal(outcome.errorCode, "model_unreachable");
  assert.doesNotMatch(outcome.content, /127/);
});
