/**
 * A buyer's daemon asks the third provider of each challenged job whose two answers differ. `job wait` does the same; the store accepts the
 * first of both.
 *
 * Held: the ids of challenges that were looked at and need nothing, at most the 200 newest, and for each other one the time of the next try.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { thirdChanges } from "../../home/client/compared_jobs.ts";
import type { Market } from "../../market/market_service.ts";
import { needsThird, verificationState } from "../../market/verification_state.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";
import { aboutCommand } from "../../shell/home/serve_home.ts";
import { type AsksThird, makeThird } from "../job/third_job.ts";

const LOOK_MS = 2_000;
/** The most challenges that are looked at, the newest first. */
const MAX_LEADS = 200;
/** A challenge that is older stays as it is; `job wait` still asks. */
const MAX_AGE_MS = 86_400_000;
/** The pauses between tries that find no third provider. */
const PAUSES_MS: readonly number[] = [10_000, 60_000, 300_000];

/** Looks every two seconds until it is stopped. */
export function askThirdProviders(
  home: ConfiguredHome,
  config: Config,
  clock: () => number,
): { readonly stop: () => Promise<void> } {
  const { store, log } = home;
  const done = new Set<string>();
  const tries = new Map<string, { readonly count: number; readonly atMs: number }>();
  let opened: Promise<Market> | undefined;
  const market = () =>
    opened ??= home.supervisor.whenNeeded("market").then((service) => service.client());

  /** Whether nothing is left to do for it. */
  const tend = async (leadId: string): Promise<boolean> => {
    const members = await store.verificationOf(leadId);
    const [lead] = members;
    if (lead?.challenge !== true || members.length !== 2) return true;
    if (clock() - lead.atMs > MAX_AGE_MS) return true;
    const rows = await Promise.all(members.map(({ jobId }) => store.getJob(jobId, "buyer")));
    if (!rows.every((row) => row !== null && isEnded(row.status))) return false;
    const state = await verificationState(store, await market(), leadId);
    if (state === null || !needsThird(state)) return true;
    await makeThird(asHome(home), config, await market(), state, clock);
    log("info", "a third provider is asked, because two answers differ", { job_id: leadId });
    return true;
  };

  const look = async (): Promise<void> => {
    const leads = await store.verificationLeads(MAX_LEADS);
    for (const known of [...done, ...tries.keys()]) {
      if (leads.includes(known)) continue;
      done.delete(known);
      tries.delete(known);
    }
    for (const leadId of leads) {
      if (done.has(leadId) || (tries.get(leadId)?.atMs ?? 0) > clock()) continue;
      try {
        if (await tend(leadId)) done.add(leadId);
      } catch (error) {
        const { count } = tries.get(leadId) ?? { count: 0 };
        const pauseMs = PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)];
        tries.set(leadId, { count: count + 1, atMs: clock() + pauseMs });
        log("warn", "no third provider could be asked; it is tried again", {
          job_id: leadId,
          reason: messageOf(error),
          in_ms: pauseMs,
        });
      }
    }
  };

  let looking: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = look()
      .catch((error) =>
        log("warn", "challenged jobs could not be looked at", { error: messageOf(error) })
      )
      .finally(() => busy = false);
  }, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      return looking;
    },
  };
}

/** The daemon's home as planning uses it. */
function asHome(home: ConfiguredHome): AsksThird {
  const { store, relayReader, services } = home;
  return {
    about: aboutCommand(home),
    read: (ask) => ask(store),
    announcements: ({ kinds, provider }) => relayReader.announcements(kinds, provider),
    quotes: async ({ questions, windowMs }) =>
      await services.quotes?.client().ask(questions, windowMs) ?? [],
    submitThird: async (third) => {
      await store.commit(thirdChanges(third));
    },
  };
}
