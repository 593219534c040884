/**
 * Runs a ci-run job that sleeps, for a test that kills this process.
 *
 * @module
 */
import { ciRun } from "../../skills/builtin/ci_run/ci_run.ts";
import { requestEvent, sandbox, skillContext, skillRequest, tools } from "./machine.ts";

const [folder, mark] = Deno.args;
const event = requestEvent(5601, [["param", "command", `sleep ${mark}`]]);
const skill = ciRun({
  tools,
  sandbox,
  policy: { ownNetwork: true, allowBuyers: [] },
  platform: "linux/amd64",
});
await skill.run(skillRequest(event, folder), {
  ...skillContext(),
  feedback: ({ message }) => {
    if (message.startsWith("running")) console.log("running");
  },
});
