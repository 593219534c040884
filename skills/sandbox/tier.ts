/**
 * The strength of a provider's sandbox in one word. `doctor sandbox` prints it, and an announcement contains it.
 *
 * @module
 */
import type { ControlGroups } from "./control_groups.ts";
import type { Sandbox } from "./sandbox.ts";

/**
 * `none`: jobs run as the user who runs the provider. `bubblewrap`: namespaces and the list of system calls. `runsc`: gVisor inside
 * bubblewrap; `runsc+kvm`: in a virtual machine. With `+cgroup` the kernel enforces the limits of memory and processes, otherwise a watchdog
 * does.
 */
type SandboxTier = "none" | `${"bubblewrap" | "runsc" | "runsc+kvm"}${"" | "+cgroup"}`;

/** The tiers that a skill can require (`tier` in `skill.toml`), the weaker one first. */
export const REQUIRED_TIERS = ["runsc", "runsc+kvm"] as const;

/** One of {@link REQUIRED_TIERS}. */
export type RequiredTier = typeof REQUIRED_TIERS[number];

/** The parts of a sandbox that its tier names. */
type Named =
  | { readonly type: "none" }
  | Pick<Extract<Sandbox, { type: "bubblewrap" }>, "type" | "runsc">;

/** The tier of the sandbox of jobs. */
export function sandboxTier(
  sandbox: Named,
  groups: ControlGroups | null | undefined,
): SandboxTier {
  if (sandbox.type === "none") return "none";
  const kind = sandboxKind(sandbox);
  return groups ? `${kind}+cgroup` : kind;
}

/** The tier of the sandbox of image builds, which run in bubblewrap alone. */
export function buildTier(
  sandbox: Named,
  groups: ControlGroups | null | undefined,
): SandboxTier {
  return sandbox.type === "none" ? "none" : sandboxTier({ type: "bubblewrap" }, groups);
}

/** What runs the jobs, without their limits. */
export function sandboxKind(
  { runsc }: Pick<Extract<Sandbox, { type: "bubblewrap" }>, "runsc">,
): "bubblewrap" | "runsc" | "runsc+kvm" {
  if (!runsc) return "bubblewrap";
  return runsc.kvm ? "runsc+kvm" : "runsc";
}

/** Why a skill that requires a tier cannot run in this sandbox; null if it can. */
export function tierFault(
  { name, tier }: { readonly name: string; readonly tier?: RequiredTier },
  sandbox: Named,
): string | null {
  if (tier === undefined) return null;
  const has = sandbox.type === "none" ? "none" : sandboxKind(sandbox);
  const names: readonly string[] = REQUIRED_TIERS;
  if (names.indexOf(has) >= names.indexOf(tier)) return null;
  return `${name} needs the sandbox ${tier} (tier in its skill.toml), and the sandbox here is ${has}`;
}
