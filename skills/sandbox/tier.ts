/**
 * The strength of a provider's sandbox in one word. `doctor sandbox` prints it, and an announcement contains it.
 *
 * @module
 */
import type { ControlGroups } from "./control_groups.ts";
import type { Sandbox } from "./sandbox.ts";

/**
 * `none`: jobs run as the user who runs the provider. `bubblewrap`: namespaces and the list of system calls; a watchdog enforces the
 * limits. `bubblewrap+cgroup`: the kernel enforces the limits of memory and processes.
 */
type SandboxTier = "none" | "bubblewrap" | "bubblewrap+cgroup";

/** The tier of a sandbox. */
export function sandboxTier(
  sandbox: Pick<Sandbox, "type">,
  groups: ControlGroups | null | undefined,
): SandboxTier {
  if (sandbox.type === "none") return "none";
  return groups ? "bubblewrap+cgroup" : "bubblewrap";
}
