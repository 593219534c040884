/**
 * The connector of `crosstown init`: it is asked before it is written.
 *
 * @module
 */
import { configOf } from "../../shell/home/load_config.ts";
import { asTyped, failureOf, type InitTools, setting, type Step } from "./step.ts";

/** Chooses the connector. One that is new and does not answer is not written. */
export async function connectorStep(tools: InitTools): Promise<Step> {
  const name = "connector";
  const { invocation, questions, run } = tools;
  const { profile } = await configOf(invocation);
  const now = profile.connectorBtp ?? "";
  const url = await questions.text("Connector", now);
  if (url === "") return { name, status: "kept", message: "none: nothing is paid" };
  const isNew = url !== now || invocation.globals.connector !== undefined;
  const asked = await run(["connector", "status", "--connector", url]);
  const failure = failureOf(name, asked);
  if (failure !== null) {
    return asTyped(failure, "--connector", invocation.globals.connector ? "--connector" : null);
  }
  const { state, reason } = asked.document as { readonly state: string; readonly reason?: string };
  const why = `${url} ${state === "refused" ? "refuses this home" : "does not answer"}${
    reason ? `: ${reason}` : ""
  }`;
  if (asked.exitCode !== 0 && isNew && state !== "refused") {
    return {
      name,
      status: "failed",
      message: why,
      suggestion: `check the address; 'crosstown config set connector ${url}' uses it all the same`,
    };
  }
  const written = isNew ? await setting(tools, name, "connector", url) : null;
  if (written?.status === "failed") return written;
  if (asked.exitCode === 0) {
    return { name, status: isNew ? "done" : "kept", message: `${url} answers` };
  }
  return {
    name,
    status: "warn",
    message: why,
    suggestion: "'crosstown connector status' asks again",
  };
}
