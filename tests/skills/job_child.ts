/**
 * Runs one ci-run job in a separate process and writes its log, for tests of what a job inherits.
 *
 * @module
 */
import { ciRun } from "../../skills/builtin/ci_run/ci_run.ts";
import { logOf, requestEvent, sandbox, skillContext, skillRequest, tools } from "./machine.ts";

const [folder, command] = Deno.args;
await Deno.mkdir(folder);
const event = requestEvent(5601, [["param", "command", command]]);
const skill = ciRun({
  tools,
  sandbox,
  policy: { ownNetwork: true, allowBuyers: [] },
  platform: "linux/amd64",
});
const outcome = await skill.run(skillRequest(event, folder), skillContext());
console.log(await logOf(outcome.content));
