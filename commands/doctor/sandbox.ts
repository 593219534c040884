/**
 * `crosstown doctor sandbox`: shows the sandbox of this machine and tests whether it holds.
 *
 * @module
 */
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { alignedText, printable } from "../../shell/output.ts";
import type { Probe } from "../../skills/sandbox/sandbox_trial.ts";
import { foundSandbox } from "./found_sandbox.ts";

/** `crosstown doctor sandbox`. */
export const sandboxCommand: CommandSpec = {
  name: "sandbox",
  summary: "test the sandbox for strangers' jobs, and name its tier",
  description:
    "Runs jobs that try to escape or to use too much, for some seconds. Exit 1 if there is no " +
    "sandbox or if a job escapes. Tiers: none, bubblewrap, bubblewrap+cgroup. runsc and KVM are named if they " +
    "are installed; jobs do not use them.",
  examples: [
    { command: "crosstown doctor sandbox" },
    { command: "crosstown doctor sandbox --output json | jq -r .tier", note: "for programs" },
  ],
  effect: "reads",
  run,
};

async function run({ output, io }: Invocation): Promise<number> {
  const startedAt = performance.now();
  await using found = await foundSandbox(io);
  const { sandbox, tools, groups, tier, scratch } = found;
  const { trySandbox } = await import("../../skills/sandbox/sandbox_trial.ts");
  const home = io.env("HOME") ?? "/root";
  const probes = sandbox.type === "none"
    ? []
    : await trySandbox({ tools, sandbox, scratch, home, clock: Date.now });
  const ok = sandbox.type !== "none" && probes.every(({ held }) => held);
  const document = {
    ok,
    tier,
    reason: sandbox.type === "none" ? sandbox.reason : null,
    bubblewrap: sandbox.type === "none" ? null : {
      path: sandbox.path,
      mode: sandbox.mode,
      disables_user_namespaces: sandbox.disablesUserns,
    },
    // The program that sets it.
    landlock: sandbox.type === "none" ? null : sandbox.landlock ?? null,
    control_groups: groups === null
      ? null
      : { version: groups.version, processes: groups.version === 2 || groups.processes !== null },
    runsc: tools.runsc ?? null,
    kvm: await isThere("/dev/kvm"),
    probes,
    elapsed_ms: Math.round(performance.now() - startedAt),
  };
  await output.document(
    "sandbox",
    document,
    () => text(document, probes),
    probes.map((each) => ({ ...each })),
  );
  return ok ? 0 : 1;
}

interface Shown {
  readonly tier: string;
  readonly landlock: string | null;
  readonly reason: string | null;
  readonly runsc: string | null;
  readonly kvm: boolean;
  readonly elapsed_ms: number;
}

function text(
  { tier, landlock, reason, runsc, kvm, elapsed_ms }: Shown,
  probes: readonly Probe[],
): string {
  if (reason !== null) {
    return `tier none: ${printable(reason)}\n` +
      "install bubblewrap; until then only jobs of buyers on node.allow_buyers run, without a sandbox";
  }
  const rows = probes.map(({ name, held, message }) => [held ? "held" : "OPEN", name, message]);
  const others = [runsc === null ? [] : [`runsc at ${runsc}`], kvm ? ["KVM"] : []].flat();
  return [
    alignedText(rows.map((row) => row.map(printable))),
    "",
    `tier ${tier}; ${probes.filter(({ held }) => held).length} of ${probes.length} held, ${
      (elapsed_ms / 1000).toFixed(1)
    } s`,
    landlock === null
      ? "no Landlock: it takes perl below /usr and a kernel that has it"
      : `Landlock below the mounts, set by ${printable(landlock)}`,
    ...(others.length === 0 ? [] : [`also installed, not used by jobs: ${others.join(", ")}`]),
  ].join("\n");
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
