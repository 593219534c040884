import assert from "node:assert/strict";
import { checkNeeds } from "../../../commands/job/job_params.ts";
import type { Invocation } from "../../../shell/command.ts";
import { UsageError } from "../../../shell/errors.ts";
import { Given } from "../../../shell/given.ts";

const check = (type: string, options: Record<string, unknown>) =>
  checkNeeds({
    args: new Given({ type }, (name) => name),
    options: new Given(options, (name) => name),
  } as Invocation);

for (
  const { type, options, expected } of [
    { type: "ci-run", options: {}, expected: "ci-run needs a command to run" },
    { type: "x", options: { kind: "5601" }, expected: "ci-run needs a command to run" },
    { type: "ci-run", options: { param: ["command=make"] }, expected: null },
    { type: "echo", options: {}, expected: "echo needs an input" },
    { type: "echo", options: { input: ["hi"] }, expected: null },
    { type: "other", options: { kind: "5650" }, expected: null },
  ]
) {
  Deno.test(`checkNeeds() ${expected === null ? "lets" : "refuses"} ${type} with ${JSON.stringify(options)}`, () => {
    if (expected === null) return check(type, options);
    assert.throws(
      () => check(type, options),
      (error: unknown) => error instanceof UsageError && error.message === expected,
    );
  });
}
