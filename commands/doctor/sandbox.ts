/**
 * `crosstown doctor sandbox`: shows the sandbox of this machine and tests whether it holds.
 *
 * @module
 */
import { SANDBOX_CHOICES, type SandboxChoice } from "../../base/sandbox_choice.ts";
import { configOf } from "../../shell/home/load_config.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { alignedText, printable } from "../../shell/output.ts";
import type { Probe } from "../../skills/sandbox/sandbox_trial.ts";
import { foundSandbox } from "./found_sandbox.ts";
import { sandboxAdvice } from "./sandbox_check.ts";

/** `crosstown doctor sandbox`. */
export const sandboxCommand: CommandSpec = {
  name: "sandbox",
  summary: "test the sandbox for strangers' jobs, and name its tier",
  description:
    "Runs jobs that try to escape or to use too much, for some seconds. Exit 1 if there is no " +
    "sandbox or if a job escapes. Tiers: none, bubblewrap, runsc (gVisor inside bubblewrap), runsc+kvm; +cgroup: " +
    "the kernel enforces the limits. Tests the sandbox of node.sandbox, and says which others work here.",
  options: [{
    flags: "--sandbox <name>",
    summary: "test this sandbox instead of that of node.sandbox",
    choices: SANDBOX_CHOICES,
  }],
  examples: [
    { command: "crosstown doctor sandbox" },
    { command: "crosstown doctor sandbox --sandbox runsc", note: "before node.sandbox names it" },
    { command: "crosstown doctor sandbox --output json | jq -r .tier", note: "for programs" },
  ],
  effect: "reads",
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { output, io, options } = invocation;
  const startedAt = performance.now();
  const choice = options.text("sandbox") ?? (await configOf(invocation)).get("node.sandbox");
  await using found = await foundSandbox(io, choice as SandboxChoice);
  const { sandbox, tools, groups, tier, scratch } = found;
  const { trySandbox } = await import("../../skills/sandbox/sandbox_trial.ts");
  const home = io.env("HOME") ?? "/root";
  const probes = sandbox.type === "none"
    ? []
    : await trySandbox({ tools, sandbox, scratch, home, clock: Date.now });
  const { findOtherTiers } = await import("../../skills/sandbox/other_tiers.ts");
  const others = await findOtherTiers(tools, sandbox, { clock: Date.now, scratch });
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
    landlock: sandbox.type === "none" || sandbox.runsc ? null : sandbox.landlock ?? null,
    control_groups: groups === null
      ? null
      : { version: groups.version, processes: groups.version === 2 || groups.processes !== null },
    // The program that makes it.
    session_keyring: sandbox.type === "none" ? null : sandbox.keyring ?? null,
    runsc: others.runsc?.path ?? null,
    runsc_version: others.runsc?.version ?? null,
    runsc_works: others.runsc !== null && others.runsc.fault === null,
    runsc_fault: others.runsc?.fault ?? null,
    runsc_lists_files: others.runsc?.lists ?? null,
    kvm: others.kvm !== null,
    kvm_usable: others.kvm?.usable ?? false,
    kvm_works: others.kvm !== null && others.kvm.fault === null,
    kvm_fault: others.kvm?.fault ?? null,
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
  readonly session_keyring: string | null;
  readonly runsc: string | null;
  readonly runsc_version: string | null;
  readonly runsc_fault: string | null;
  readonly runsc_lists_files: boolean | null;
  readonly kvm: boolean;
  readonly kvm_fault: string | null;
  readonly elapsed_ms: number;
}

function text(
  shown: Shown,
  probes: readonly Probe[],
): string {
  const { tier, landlock, reason, session_keyring, elapsed_ms } = shown;
  const others = othersOf(shown);
  if (reason !== null) {
    return [
      `tier none: ${printable(reason)}`,
      reason.startsWith("runsc")
        ? "a provider with this in node.sandbox does not start"
        : `${
          sandboxAdvice(reason)
        }; until then only jobs of buyers on node.allow_buyers run, without a sandbox`,
      ...others,
    ].join("\n");
  }
  const rows = probes.map(({ name, held, message }) => [held ? "held" : "OPEN", name, message]);
  return [
    alignedText(rows.map((row) => row.map(printable))),
    "",
    `tier ${tier}; ${probes.filter(({ held }) => held).length} of ${probes.length} held, ${
      (elapsed_ms / 1000).toFixed(1)
    } s`,
    landlock === null && tier.startsWith("runsc")
      ? "no Landlock: runsc mounts"
      : landlock === null
      ? "no Landlock: it takes perl below /usr and a kernel that has it"
      : `Landlock below the mounts, set by ${printable(landlock)}`,
    session_keyring === null
      ? "no session keyring of its own for a job: it takes perl and a kernel that lets this user make one"
      : `a session keyring of its own for each job, made by ${printable(session_keyring)}`,
    ...others,
  ].join("\n");
}

/** What else this machine has. */
function othersOf(shown: Shown): string[] {
  const { tier, runsc, runsc_version, runsc_fault, runsc_lists_files, kvm, kvm_fault } = shown;
  const found: string[] = [];
  const state = (name: string, fault: string | null) => {
    if (tier === name || tier === `${name}+cgroup`) return "jobs use it";
    return fault === null ? `works: node.sandbox = "${name}"` : `not usable: ${printable(fault)}`;
  };
  if (runsc !== null) {
    const which = `runsc ${printable(runsc_version ?? "?")} at ${printable(runsc)}`;
    const old = runsc_lists_files === false ? "; 'ls' and 'stat' fail in it, as it is old" : "";
    found.push(`${which}: ${state("runsc", runsc_fault)}${old}`);
  }
  if (kvm) found.push(`runsc with KVM: ${state("runsc+kvm", kvm_fault)}`);
  return found;
}
