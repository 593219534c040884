/**
 * Stronger sandboxes that this machine has: gVisor's `runsc`, and `runsc` with KVM. `doctor sandbox` names them with the result of a trial,
 * so that an owner knows what `node.sandbox` may be. An offer names only the one that jobs run in.
 *
 * @module
 */
import { runChild } from "./child.ts";
import { tryRunsc } from "./chosen_tier.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Tools } from "./tools.ts";

/** What was found. It can be cloned. */
interface OtherTiers {
  /** The runsc of the `PATH`; null if there is none. */
  readonly runsc: {
    readonly path: string;
    /** The version that it names; null if it names none. */
    readonly version: string | null;
    /** Why no job could run in it; null if one did. */
    readonly fault: string | null;
    /** Whether `ls` works in it; null if no job could run. */
    readonly lists: boolean | null;
  } | null;
  /** KVM; null if the machine has none. */
  readonly kvm: {
    /** Whether this user may open it for reading and writing. */
    readonly usable: boolean;
    /** Why no job could run in runsc with it; null if one did. */
    readonly fault: string | null;
  } | null;
}

const TRIAL_MS = 20_000;
/** Where KVM does not work for gVisor, the trial hangs. */
const KVM_TRIAL_MS = 5_000;

/** Tries both, at the same time. Needs to run `sh` and bubblewrap. Never throws. */
export async function findOtherTiers(
  tools: Tools,
  sandbox: Sandbox,
  { clock, scratch }: { readonly clock: () => number; readonly scratch: string },
): Promise<OtherTiers> {
  const { sh, path, runsc = null } = tools;
  if (sh === null) return { runsc: null, kvm: null };
  const run = async (...words: string[]) => {
    try {
      const { exitCode, stdout } = await runChild({
        command: words[0],
        args: words.slice(1),
        env: { PATH: path },
        timeoutMs: TRIAL_MS,
        outputBytes: 65_536,
        sh,
        path,
        clock,
      });
      return { text: new TextDecoder().decode(stdout.bytes), ok: exitCode === 0 };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { text: "", ok: false };
    }
  };
  const trial = async (kvm: boolean, timeoutMs: number) => {
    if (sandbox.type === "none") return { fault: "it runs inside bubblewrap", lists: null };
    const tried = await tryRunsc(sandbox, { tools, clock, scratch, kvm, timeoutMs });
    return "fault" in tried
      ? { fault: tried.fault, lists: null }
      : { fault: null, lists: tried.runsc.lists };
  };
  const device = await run(sh, "-c", 'if [ -e "$0" ]; then echo there; exec 3<>"$0"; fi', KVM);
  const [version, plain, withKvm] = await Promise.all([
    runsc === null ? "" : run(runsc, "--version").then(({ text }) => text),
    runsc === null ? null : trial(false, TRIAL_MS),
    device.text === ""
      ? null
      : device.ok
      ? trial(true, KVM_TRIAL_MS)
      : { fault: "this user may not open it" },
  ]);
  return {
    runsc: runsc === null || plain === null ? null : {
      path: runsc,
      version: /^runsc version (\S{1,64})/.exec(version)?.[1] ?? null,
      ...plain,
    },
    kvm: device.text === "" ? null : { usable: device.ok, fault: withKvm?.fault ?? null },
  };
}

const KVM = "/dev/kvm";
