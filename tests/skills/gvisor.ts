/**
 * The sandbox of this machine with gVisor, for tests that need it. Loading this module starts a job in it.
 *
 * @module
 */
import { tryRunsc } from "../../skills/sandbox/chosen_tier.ts";
import type { Sandbox } from "../../skills/sandbox/sandbox.ts";
import { sandbox, tools } from "./machine.ts";

const runscTried = sandbox.type === "none" ? { fault: sandbox.reason } : await tryRunsc(sandbox, {
  tools,
  clock: Date.now,
  scratch: Deno.env.get("TMPDIR") ?? "/tmp",
  kvm: false,
});

/** Its sandbox with gVisor; null if no job runs in it. */
export const runscSandbox: Extract<Sandbox, { type: "bubblewrap" }> | null =
  "runsc" in runscTried && sandbox.type !== "none" ? { ...sandbox, runsc: runscTried.runsc } : null;

/** For the name of a test that needs gVisor. */
export const noRunsc = "fault" in runscTried
  ? { ignore: true, why: ` (ignored: ${runscTried.fault})` }
  : { ignore: false, why: "" };
