import assert from "node:assert/strict";
import { echo } from "../../skills/builtin/echo.ts";
import { CI_REQUEST, parseCiSpec } from "../../skills/builtin/ci_run/spec.ts";
import { ANY_REQUEST, checkRequest, type RequestRules } from "../../skills/request_rules.ts";
import { requestEvent } from "./machine.ts";
import { manifestOf } from "./skill_files.ts";

const text = ["i", "hello", "text"];
const command = ["param", "command", "make"];

const CASES: readonly {
  readonly name: string;
  readonly rules: RequestRules;
  readonly tags: readonly (readonly string[])[];
  readonly error?: RegExp;
}[] = [
  { name: "anything for a skill without rules", rules: ANY_REQUEST, tags: [text, text, command] },
  {
    name: "a file of the provider's, whatever the skill",
    rules: ANY_REQUEST,
    tags: [["i", "file:///etc/passwd", "url"]],
    error: /on a network.*file:/,
  },
  {
    name: "a file address in other letters",
    rules: ANY_REQUEST,
    tags: [["i", "FiLe:/etc/passwd", "url"]],
    error: /on a network/,
  },
  { name: "an https address", rules: ANY_REQUEST, tags: [["i", "https://x.example/", "url"]] },
  { name: "an echo of a text", rules: echo.manifest.request!, tags: [text, ["param", "a", "b"]] },
  {
    name: "an echo of nothing",
    rules: echo.manifest.request!,
    tags: [],
    error: /needs 1 input, 0/,
  },
  {
    name: "an echo of an event",
    rules: echo.manifest.request!,
    tags: [["i", "a".repeat(64), "event"]],
    error: /type text, not "event"/,
  },
  { name: "a command", rules: CI_REQUEST, tags: [command, text, ["param", "name", "a.txt"]] },
  { name: "no command", rules: CI_REQUEST, tags: [text], error: /needs a param command/ },
  {
    name: "an unknown param",
    rules: CI_REQUEST,
    tags: [command, ["param", "comand", "x"]],
    error: /no param "comand", only command,/,
  },
  { name: "a param twice", rules: CI_REQUEST, tags: [command, command], error: /given twice/ },
  { name: "two inputs", rules: CI_REQUEST, tags: [command, text, text], error: /takes 1 input, 2/ },
];
for (const { name, rules, tags, error } of CASES) {
  Deno.test(`checkRequest() ${error === undefined ? "takes" : "refuses"} ${name}`, () => {
    const check = () => checkRequest({ tags: tags.map((tag) => [...tag]) }, rules);
    if (error === undefined) check();
    else assert.throws(check, { code: "bad_input", message: error });
  });
}

Deno.test("parseCiSpec() refuses what its rules refuse", () => {
  const read = (...tags: string[][]) =>
    parseCiSpec(requestEvent(5601, tags), { allowLoopback: false });
  assert.throws(() => read(command, ["param", "colour", "blue"]), { code: "bad_input" });
  assert.equal(read(command).command, "make");
});

const MANIFEST = `kinds = [5650]
[run]
runner = "deno"
module = "main.ts"
`;

Deno.test("parseManifest() reads which requests a skill can run", () => {
  assert.equal(manifestOf(MANIFEST).request, undefined);
  const rules = `[request]\ninputs = ["text"]\nleast_inputs = 1\nmost_inputs = 2\n`;
  assert.deepEqual(
    manifestOf(`${MANIFEST}${rules}params = ["lang"]\nrequired = ["lang"]\n`).request,
    { inputs: ["text"], leastInputs: 1, mostInputs: 2, params: ["lang"], required: ["lang"] },
  );
  assert.deepEqual(manifestOf(`${MANIFEST}[request]\n`).request, ANY_REQUEST);
  for (
    const [wrong, message] of [
      [`[request]\ninputs = ["file"]`, /request\.inputs holds text, url, event, job/],
      [`[request]\nleast_inputs = 2\nmost_inputs = 1`, /above/],
      [`[request]\nparams = ["a"]\nrequired = ["b"]`, /contains b, but/],
      [`[request]\nparam = ["a"]`, /unknown key request\.param/],
    ] as const
  ) {
    assert.throws(() => manifestOf(`${MANIFEST}${wrong}\n`), { code: "bad_manifest", message });
  }
});
