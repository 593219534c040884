/**
 * `deno task evals --agent "claude -p"`: whether an agent that has only `skills/crosstown/SKILL.md` does what it is asked, on a dev
 * network; exit 1 where an assertion does not hold.
 */
import { parseArgs } from "node:util";
import { printable } from "../../shell/output.ts";
import { runEvals } from "./run_evals.ts";

const { values } = parseArgs({
  options: {
    agent: { type: "string" },
    only: { type: "string", multiple: true },
    minutes: { type: "string", default: "10" },
  },
});
const ids = values.only?.map(Number);
const minutes = Number(values.minutes);
if (!values.agent || !(minutes > 0) || ids?.some((id) => !Number.isSafeInteger(id))) {
  console.error('usage: deno task evals --agent "claude -p" [--only ID] [--minutes 10]');
  Deno.exit(2);
}
let failed = 0;
for await (
  const { id, held, code, said } of runEvals({
    agent: values.agent,
    timeoutMs: minutes * 60_000,
    ids,
  })
) {
  const broken = Object.values(held).filter((holds) => !holds).length;
  failed += broken;
  console.log(`eval ${id}: ${broken === 0 ? "passed" : "FAILED"} (the agent ended with ${code})`);
  for (const [assertion, holds] of Object.entries(held)) {
    console.log(`  ${holds ? "holds" : "FAILS"}  ${assertion}`);
  }
  if (broken > 0) console.log(printable(said).replaceAll(/^/gm, "  | "));
}
Deno.exit(failed === 0 ? 0 : 1);
