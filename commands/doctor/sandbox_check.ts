/**
 * The sandbox's part of `doctor`: whether there is one for strangers' jobs. `doctor sandbox` tries to break out of it.
 *
 * @module
 */
import type { SandboxChoice } from "../../base/sandbox_choice.ts";
import { describeFailure } from "../../shell/errors.ts";
import type { Io } from "../../shell/io.ts";
import { type Check, fail, good, warn } from "./check.ts";
import { foundSandbox } from "./found_sandbox.ts";

/** Finds the sandbox that a provider on this machine would use. */
export async function sandboxCheck(
  io: Pick<Io, "env">,
  choice: SandboxChoice,
): Promise<Check> {
  try {
    await using found = await foundSandbox(io, choice);
    const { sandbox, tier } = found;
    if (sandbox.type !== "none") {
      const by = `tier ${tier}, by ${sandbox.path}`;
      return good("sandbox", `${by}; 'crosstown doctor sandbox' tries to break out`);
    }
    if (choice.startsWith("runsc")) {
      return fail(
        "sandbox",
        `${sandbox.reason}; a provider does not start`,
        "'crosstown doctor sandbox' says what works here; node.sandbox names another",
      );
    }
    return none(sandbox.reason);
  } catch (error) {
    // E.g. in a container whose permissions name no scratch folder.
    return none(describeFailure(error).message);
  }
}

function none(reason: string): Check {
  return warn(
    "sandbox",
    `none: ${reason}; this machine can buy, and sells only to node.allow_buyers`,
    `${sandboxAdvice(reason)} to sell to strangers; 'crosstown doctor sandbox' says more`,
  );
}

/** What to do where there is no sandbox, for the reason that its trial gave. */
export function sandboxAdvice(reason: string): string {
  if (reason.startsWith("TMPDIR ")) return "make that folder, or unset TMPDIR,";
  return reason.includes("does not work here")
    ? "let this process make namespaces, mounts and host names, as the systemd unit of 'packaging/' does"
    : "install bubblewrap";
}
