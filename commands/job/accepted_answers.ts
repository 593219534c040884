/**
 * Notes which answers of verified jobs were accepted. Only these count as delivered for the limit of strangers.
 *
 * @see docs/money.md#strangers
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { VerificationState } from "../../market/verification_state.ts";
import type { Invocation } from "../../shell/command.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";
import { readStore } from "../../shell/home/read_store.ts";
import { NOT_NOW } from "./not_now.ts";

/** Notes which answers were accepted, so that they count as delivered. */
export async function acceptAnswers(
  home: Pick<HomeClient, "acceptAnswers">,
  { agreed }: Pick<VerificationState, "agreed">,
): Promise<void> {
  if (agreed.length === 0) return;
  await home.acceptAnswers({ jobIds: agreed.map(({ row }) => row.jobId) });
}

/**
 * Notes which answers were accepted where nobody has done it: no command waited, and no daemon runs. It is tried again at the next look if
 * the wallet cannot be opened now.
 */
export async function noteAccepted(
  invocation: Invocation,
  config: Config,
  state: VerificationState,
): Promise<void> {
  if (invocation.globals.dryRun) return;
  const jobIds = state.agreed.map(({ row }) => row.jobId);
  {
    await using store = await readStore(config);
    if ((await store.unacceptedAnswers(jobIds)).length === 0) return;
  }
  try {
    await using home = await openHomeClient(invocation, config);
    await acceptAnswers(home, state);
  } catch (error) {
    if (!NOT_NOW.includes(codeOf(error) ?? "")) throw error;
  }
}
