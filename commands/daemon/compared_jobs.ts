/**
 * A buyer's daemon has the answers of several providers judged, if a skill judges them, asks the third provider of each challenged job whose
 * two answers are not equal, notes which answers were accepted, and cancels the jobs that still run when the others agree. `job wait` does
 * the same; the store accepts the first of both.
 *
 * Held: the ids of challenges that were looked at and need nothing, at most the 200 newest, and for each other one the time of the next try.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { GIVEN_UP } from "../../home/client/home_methods.ts";
import { thirdChanges } from "../../home/client/compared_jobs.ts";
import {
  asksJudgeAgain,
  needsThird,
  type VerificationState,
  verificationState,
} from "../../market/verification_state.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";
import { aboutCommand } from "../../shell/home/home_about.ts";
import type { Io } from "../../shell/io.ts";
import { judgeAnswers, type StoresJudgements } from "../job/answer_judge.ts";
import { type AsksThird, makeThird } from "../job/third_job.ts";
import { acceptAnswers } from "../job/accepted_answers.ts";
import { isRestOver, type StopsVerifiers, stopVerifiers } from "../job/stop_verifiers.ts";

const LOOK_MS = 2_000;
/** The most challenges that are looked at, the newest first. */
const MAX_LEADS = 200;
/** A challenge that is older stays as it is; `job wait` still asks. */
const MAX_AGE_MS = 86_400_000;
/** A skill is asked this long after the last answer, because a command that waits for the job asks it at once. */
const JUDGE_AFTER_MS = 10_000;
/** The pauses between tries that find no third provider or get no verdict. */
const PAUSES_MS: readonly number[] = [10_000, 60_000, 300_000];

/** Looks every two seconds until it is stopped. A skill that judges then is stopped too, and nothing is stored of its run. */
export function tendComparedJobs(
  home: ConfiguredHome,
  config: Config,
  io: Io,
): { readonly stop: () => Promise<void> } {
  const { store, log } = home;
  const stopping = new AbortController();
  const { clock } = io;
  const done = new Set<string>();
  const tries = new Map<string, { readonly count: number; readonly atMs: number }>();
  const market = home.services.market.client();

  const later = (leadId: string, what: string, reason: string): void => {
    const { count } = tries.get(leadId) ?? { count: 0 };
    const pauseMs = PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)];
    tries.set(leadId, { count: count + 1, atMs: clock() + pauseMs });
    log("warn", what, { job_id: leadId, reason, in_ms: pauseMs });
  };

  /** Whether nothing is left to do for it. */
  const tend = async (leadId: string): Promise<boolean> => {
    const members = await store.verificationOf(leadId);
    const [lead] = members;
    if (lead === undefined || clock() - lead.atMs > MAX_AGE_MS) return true;
    const rows = await Promise.all(members.map(({ jobId }) => store.getJob(jobId, "buyer")));
    const ended = rows.filter((row) => row === null || isEnded(row.status)).length;
    // Fewer cannot be decided.
    if (ended < Math.min(lead.needed, rows.length)) return false;
    const isOver = ended === rows.length;
    const read = async () => await verificationState(store, market, leadId);
    let state = await read();
    if (state?.judging?.isDue || isOver && state !== null && asksJudgeAgain(state)) {
      // A command that waits for the job has it judged at once.
      const endedAtMs = Math.max(
        ...state.rows.filter(({ status }) => isEnded(status)).map(({ updatedAtMs }) => updatedAtMs),
      );
      if (clock() - endedAtMs < JUDGE_AFTER_MS) return false;
      const from = { io, signal: stopping.signal };
      await judgeAnswers(from, config, asHome(home), market, state);
      state = await read();
      if (isOver && state !== null && asksJudgeAgain(state)) {
        const reason = state.judging!.error!.message;
        later(leadId, "a skill gave no verdict; it is asked again", reason);
        return false;
      }
    }
    if (state === null) return true;
    if (!isOver) {
      await stopRest(state);
      return false;
    }
    if (!needsThird(state)) {
      await acceptAnswers(asHome(home), state);
      return true;
    }
    await makeThird(asHome(home), config, market, state, clock);
    log("info", "a third provider is asked, because two answers are not equal", { job_id: leadId });
    // The answers are compared again once the third one is there.
    return false;
  };

  /** Cancels what still runs of a decided verification. A command that waits for the job may do so at the same moment. */
  const stopRest = async (state: VerificationState): Promise<void> => {
    if (!isRestOver(state, clock())) return;
    await acceptAnswers(asHome(home), state);
    const freeWrites = home.options.profile.write === "nostr";
    const stopped = await stopVerifiers(asHome(home), state, freeWrites, clock);
    if (stopped.length === 0) return;
    log("info", "jobs are cancelled, because the others agree", { job_ids: stopped.join(" ") });
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
        // The next start has the answers judged.
        if (stopping.signal.aborted) return;
        later(leadId, "no third provider could be asked; it is tried again", messageOf(error));
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
      stopping.abort();
      return looking;
    },
  };
}

/** The daemon's home as planning uses it. */
function asHome(
  home: ConfiguredHome,
): AsksThird & StoresJudgements & StopsVerifiers & Pick<HomeClient, "acceptAnswers"> {
  const { store, relayReader, services } = home;
  return {
    about: aboutCommand(home),
    read: (ask) => ask(store),
    async announcements({ kinds, provider }) {
      return await relayReader.announcements(kinds, provider, await store.deliverers());
    },
    quotes: async ({ questions, windowMs }) =>
      await services.quotes?.client().ask(questions, windowMs) ?? [],
    storeJudgement: async (row) => {
      await store.commit([{ op: "putJudgement", row }]);
    },
    acceptAnswers: async ({ jobIds }) => {
      await store.commit([{ op: "acceptAnswers", jobIds }]);
    },
    cancelJob: async ({ jobId, atMs }) => {
      await store.commit([{ op: "cancelJob", jobId, message: GIVEN_UP, atMs }]);
    },
    submitThird: async (third) => {
      await store.commit(thirdChanges(third));
    },
  };
}
