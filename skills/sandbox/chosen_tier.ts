/**
 * Which sandbox a provider uses: the one that its owner chose (`node.sandbox`), if a job runs in it.
 *
 * @module
 */
import type { SandboxChoice } from "../../base/sandbox_choice.ts";
import { type ChildEnd, runChild } from "./child.ts";
import { isRoot } from "./is_root.ts";
import type { Runsc } from "./runsc.ts";
import { type Sandbox, sandboxed } from "./sandbox.ts";
import type { Tools } from "./tools.ts";

/** Where a trial runs. */
interface TrialPlace {
  readonly tools: Tools;
  readonly clock: () => number;
  /** A folder for a short-lived file. */
  readonly scratch: string;
  /** How long a trial may take. Default: {@link TRIAL_MS}. */
  readonly timeoutMs?: number;
}

/**
 * The sandbox with the chosen tier. If `runsc` was chosen and does not work, the result is `none`, and never a weaker sandbox than the owner
 * chose. Never throws.
 */
export async function chosenSandbox(
  sandbox: Sandbox,
  choice: SandboxChoice,
  place: TrialPlace,
): Promise<Sandbox> {
  if (choice === "bubblewrap" || sandbox.type === "none") return sandbox;
  const tried = await tryRunsc(sandbox, { ...place, kvm: choice === "runsc+kvm" });
  // Jobs of many buyers use ls. Who wants an old runsc has to name it.
  if ("runsc" in tried && (choice !== "auto" || tried.runsc.lists)) {
    return { ...sandbox, runsc: tried.runsc };
  }
  return "runsc" in tried || choice === "auto"
    ? sandbox
    : { type: "none", reason: `${choice}: ${tried.fault}` };
}

/** A trial may take this long: `runsc` starts in less than a second on a machine that has nothing else to do. */
const TRIAL_MS = 30_000;
const MARK = "it runs";

/** Runs a command in `runsc`. Returns the `runsc` that did it, or why it did not. Never throws. */
export async function tryRunsc(
  sandbox: Extract<Sandbox, { type: "bubblewrap" }>,
  { tools, clock, scratch, timeoutMs = TRIAL_MS, kvm }: TrialPlace & { readonly kvm: boolean },
): Promise<{ readonly runsc: Runsc } | { readonly fault: string }> {
  const { sh, perl, path } = tools;
  if (!tools.runsc) return { fault: "runsc is not installed" };
  if (sh === null || !perl?.startsWith("/usr/")) return { fault: "it needs perl below /usr" };
  try {
    const byRoot = await isRoot(sh, path);
    const runsc = { path: tools.runsc, perl, kvm, byRoot, lists: true };
    const { end, exitCode, stdout, stderr } = await runChild({
      ...sandboxed({ ...sandbox, runsc }, {
        binds: [],
        temp: null,
        seed: path,
        cwd: "/",
        env: { PATH: "/usr/bin:/bin" },
        command: ["/bin/sh", "-c", 'echo "$0"; ls / >/dev/null 2>&1 || echo "no ls"', MARK],
      }, scratch),
      timeoutMs,
      outputBytes: 65_536,
      sh,
      path,
      clock,
    });
    const text = new TextDecoder().decode(stdout.bytes);
    const [said, lacks] = text.split("\n");
    if (exitCode === 0 && said === MARK) return { runsc: { ...runsc, lists: lacks !== "no ls" } };
    return {
      fault: faultOf(end, timeoutMs) ?? (lastLine(stderr.bytes) || `exit code ${exitCode}`),
    };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function faultOf(end: ChildEnd, timeoutMs: number): string | null {
  if (end === "exit") return null;
  return end === "timeout" ? `a command did not end within ${timeoutMs / 1_000} s` : end;
}

function lastLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim().split("\n").at(-1)!.slice(0, 200);
}
