/**
 * The loop of an agent that buys compute through `crosstown mcp`: look, decide, call a tool, look again. `decide()`
 * takes the place of a model: it gets the earlier outputs and names the next tool. The ceilings apply whatever it
 * decides.
 *
 *     deno task -q example examples/agent_loop.ts "how long is this text?"
 *
 * @module
 */
import { toolServer } from "./tool_server.ts";

/** The output of a tool. */
interface Seen {
  readonly tool: string;
  // deno-lint-ignore no-explicit-any -- each tool gives the document of its command
  readonly document: any;
  readonly isError: boolean;
}

/** The next call of a tool, or the end with a message for the person. */
type Step =
  | { readonly tool: string; readonly given: Record<string, unknown> }
  | { readonly answer: string };

/** A model would read `seen` and the tools' descriptions. This example has fixed steps. */
function decide(task: string, seen: readonly Seen[]): Step {
  const order = { type: "echo", text: task };
  const last = seen.at(-1);
  if (last === undefined) return { tool: "find_providers", given: { type: order.type } };
  if (last.isError) return { answer: `I stop: ${last.document.error.message}` };
  switch (last.tool) {
    case "find_providers":
      return last.document.providers.length === 0
        ? { answer: "Nobody sells it." }
        : { tool: "quote_job", given: order };
    case "quote_job":
      return { tool: "submit_job", given: { ...order, bid: "0.1", wait_s: 60 } };
    case "submit_job":
    case "wait_job":
      return last.document.status === "success"
        ? { tool: "balance", given: {} }
        : { tool: "wait_job", given: { job_id: last.document.job_id, wait_s: 60 } };
    default: {
      const job = seen.findLast(({ document }) => document.result !== undefined)!.document;
      const left = last.document.ceilings.left_units;
      return { answer: `"${job.result.content}" for ${job.paid_units} units; ${left} are left.` };
    }
  }
}

const MOST_STEPS = 12; // a model that goes in circles ends here
const [task = "hello"] = Deno.args;
await using server = await toolServer(["--max-job", "0.1", "--max-total", "0.5"]);
const seen: Seen[] = [];
for (let step = decide(task, seen);; step = decide(task, seen)) {
  if ("answer" in step || seen.length === MOST_STEPS) {
    console.log("answer" in step ? step.answer : "I took too many steps.");
    break;
  }
  console.log(`> ${step.tool} ${JSON.stringify(step.given)}`);
  seen.push({ tool: step.tool, ...await server.call(step.tool, step.given) });
}
