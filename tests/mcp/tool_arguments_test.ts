import assert from "node:assert/strict";
import { fromJsonSchema } from "@modelcontextprotocol/server";
import { announcedSchema, checkArguments } from "../../mcp/tool_arguments.ts";
import { TOOLS } from "../../mcp/tools.ts";

const input = (name: string) => TOOLS.find((tool) => tool.name === name)!.input;
const ORDER = { type: "echo" };

for (
  const [tool, given, message, suggestion] of [
    ["submit_job", { ...ORDER, txt: "x" }, "there is no argument txt", /did you mean 'text'/],
    ["submit_job", { ...ORDER, __proto: 1 }, "there is no argument __proto", /known here: type, /],
    [
      "submit_job",
      JSON.parse('{"type":"echo","__proto__":1}'),
      "there is no argument __proto__",
      /./,
    ],
    ["submit_job", { text: "x" }, "type is missing", /type of the job, e.g. echo/],
    [
      "submit_job",
      { type: "ECHO" },
      "type must be a text that matches ^[a-z][a-z0-9-]{0,63}$",
      /./,
    ],
    [
      "submit_job",
      { ...ORDER, timeout_s: "5" },
      "timeout_s must be an integer from 1 to 86400",
      /seconds/,
    ],
    [
      "submit_job",
      { ...ORDER, timeout_s: 0 },
      "timeout_s must be an integer from 1 to 86400",
      /seconds/,
    ],
    [
      "submit_job",
      { ...ORDER, params: { a: 5 } },
      "params.a must be a text of at most 20000 characters",
      /./,
    ],
    [
      "submit_job",
      { ...ORDER, params: { "a b": "x" } },
      "the name params.a b must be a text that matches ^[A-Za-z0-9_.-]{1,64}$",
      /./,
    ],
    [
      "submit_job",
      { ...ORDER, params: [] },
      "params must be an object of at most 64 names",
      /parameters/,
    ],
    [
      "submit_job",
      { ...ORDER, tags: ["a", 1] },
      "tags[1] must be a text of at most 1000 characters",
      /./,
    ],
    [
      "submit_job",
      { ...ORDER, tags: Array(17).fill("a") },
      "tags must be a list of at most 16",
      /tags/,
    ],
    ["find_providers", { sort: "best" }, "sort must be one of price, heard, history", /./],
    ["job_status", {}, "job_id is missing", /id of its request/],
    ["job_status", [], "arguments must be an object", /./],
    [
      "list_jobs",
      { ["\x1b[31m" + "x".repeat(500)]: 1 },
      /there is no argument [^\p{Cc}]{1,80}$/u,
      /./,
    ],
  ] as const
) {
  Deno.test(`checkArguments(): ${tool} ${JSON.stringify(given).slice(0, 60)}: names the argument, and what is expected`, () => {
    assert.throws(() => checkArguments(tool, input(tool), given), (error) => {
      assert.ok(error instanceof Error && "suggestion" in error);
      const said = error.message.replace(`${tool}: `, "");
      if (typeof message === "string") assert.equal(said, message);
      else assert.match(said, message);
      assert.match(String(error.suggestion), suggestion);
      return true;
    });
  });
}

Deno.test("checkArguments() lets through what the SDK's validator lets through", () => {
  for (
    const given of [
      ORDER,
      { ...ORDER, text: "x", params: { command: "sh test.sh" }, tags: ["gpu"], timeout_s: 60 },
    ]
  ) checkArguments("submit_job", input("submit_job"), given);
  for (const { name, input } of TOOLS) {
    if ((input as { required?: string[] }).required?.length) continue;
    checkArguments(name, input, {});
  }
});

Deno.test("announcedSchema() announces what the SDK would, and leaves the refusal to checkArguments()", () => {
  for (const { input } of TOOLS) {
    const announced = announcedSchema(input)["~standard"];
    const options = { target: "draft-2020-12" } as const;
    assert.deepEqual(
      announced.jsonSchema.input(options),
      fromJsonSchema(input)["~standard"].jsonSchema.input(options),
    );
    assert.deepEqual(announced.validate({ nonsense: 1 }), { value: { nonsense: 1 } });
  }
});
