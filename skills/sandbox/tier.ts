/**
 * How strong a provider's sandbox is, in one word: what `doctor sandbox` says and an announcement carries.
 *
 * @module
 */
import type { ControlGroups } from "./control_groups.ts";
import type { Sandbox } from "./sandbox.ts";

/**
 * `none`: jobs run as the user who runs the provider. `bubblewrap`: namespaces and the list of system calls, limits by a watchdog.
 * `bubblewrap+cgroup`: the kernel holds the limits.
 */
type SandboxTier = "none" | "bubblewrap" | "bubblewrap+cgroup";

/** The tier of what was found. */
export function sandboxTier(
  sandbox: Pick<Sandbox, "type">,
  groups: ControlGroups | null | undefined,
): SandboxTier {
  if (sandbox.type === "none") return "none";
  return groups ? "bubblewrap+cgroup" : "bubblewrap";
}
