/**
 * Keeps a payer's limits equal to the signer's ceilings while the program runs.
 *
 * Held: one question to the signer.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import { messageOf } from "../../base/thrown.ts";
import type { KeySigner } from "../signer/key_signer.ts";
import type { SpendingGuard } from "./spending_limits.ts";

/** How long one question waits, in milliseconds. */
const WAIT_MS = 30_000;

/**
 * Takes the ceilings as they are now, and follows them until the signal. Resolves when the guard has the first ones. Rejects only if the
 * signer does not answer at all.
 */
export async function followCeilings(
  signer: Pick<KeySigner, "ceilingsAfter">,
  guard: Pick<SpendingGuard, "change">,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const take = async (seen: number, waitMs: number) => {
    const { changes, effective } = await signer.ceilingsAfter(seen, waitMs);
    const {
      perJobUnits: jobUnits,
      perProviderDayUnits: providerDayUnits,
      perStrangersDayUnits: strangersDayUnits,
      windowUnits,
    } = effective;
    const limits = { jobUnits, providerDayUnits, strangersDayUnits, windowUnits };
    if (changes !== seen) await guard.change(limits);
    return changes;
  };
  const follow = async (first: number) => {
    for (let seen = first; !signal.aborted;) seen = await take(seen, WAIT_MS);
  };
  follow(await take(NONE_SEEN, 0)).catch((error: unknown) => {
    if (signal.aborted) return;
    log("error", "changes of limits are not seen any more", { error: messageOf(error) });
  });
}

/** Below every count, so that the first answer is taken in any case. */
const NONE_SEEN = -1;
