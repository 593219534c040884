/**
 * Finds the sandbox of this machine, as a provider does.
 *
 * @module
 */
import { RUN_PREFIX, temporaryFolder } from "../../base/files/temporary_folder.ts";
import type { SandboxChoice } from "../../base/sandbox_choice.ts";
import type { Io } from "../../shell/io.ts";
import { temporaryRoot } from "../../shell/temporary_root.ts";

/** The sandbox that the owner chose, its tools, and a scratch folder that is removed when this is disposed. */
export async function foundSandbox(io: Pick<Io, "env">, choice: SandboxChoice) {
  const [{ locateTools }, { findControlGroups }, { probeSandbox }, { sandboxTier }] = await Promise
    .all([
      import("../../skills/sandbox/tools.ts"),
      import("../../skills/sandbox/control_groups.ts"),
      import("../../skills/sandbox/sandbox_probe.ts"),
      import("../../skills/sandbox/tier.ts"),
    ]);
  const path = io.env("PATH") ?? "";
  const located = await locateTools({ path, execPath: Deno.execPath() });
  const { sh } = located;
  const groups = sh === null ? null : await findControlGroups({ sh, path });
  const tools = { ...located, groups };
  const dir = temporaryRoot(io.env, "/var/tmp");
  const scratch = await temporaryFolder({ dir, prefix: RUN_PREFIX });
  const remove = () => Deno.remove(scratch, { recursive: true });
  try {
    const sandbox = await probeSandbox(tools, Date.now, scratch, choice);
    const tier = sandboxTier(sandbox, groups);
    return { sandbox, tools, groups, tier, scratch, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
