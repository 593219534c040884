/**
 * The only implementation of the home's methods. Most methods wait for a pipeline to do something. A daemon runs its pipelines all the
 * time; a one-off command runs them for the call ({@link HomeWork}).
 *
 * @module
 */
import type { JobLogReader } from "../../market/logs/job_log_reader.ts";
import type { Messages } from "../../market/messages/messages.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import { orderKey } from "./late_key.ts";
import { orderQuote } from "./offered_quote.ts";
import { topUpJob, turnJob } from "./metered_job.ts";
import { cancelSequence } from "../../market/sequences/cancel_sequence.ts";
import type { Blobs } from "../../market/blobs/blobs.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import { doChannelWork } from "../../money/channels/channel_work.ts";
import type { MoneyMover } from "../../money/channels/money_mover.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import { ControlError } from "../../base/control_error.ts";
import { buildsRequests, type RequestParts } from "./built_requests.ts";
import { changesOf, comparing, rowsOfJobs, thirdChanges, untilSomeThere } from "./compared_jobs.ts";
import { jobLogOf } from "./job_log.ts";
import { sequenceState, untilSequenceThere } from "./sequence_progress.ts";
import type { HomeApi, HomeCall } from "./home_api.ts";
import { payProbe } from "./payment_probe.ts";
import { putBlob } from "./put_blob.ts";
import type { HomeWork } from "./home_work.ts";
import {
  deletionWaits,
  isThere,
  untilBooked,
  untilCalled,
  untilDeletionSent,
  untilJobThere,
  untilKeySettled,
  untilPaid,
  untilTurned,
} from "./job_progress.ts";

/** The message in a cancelled job. */
export const GIVEN_UP = "cancelled by its buyer";

/** How long old rows are removed before the signal is checked again, in milliseconds. */
const SWEEP_MS = 500;

/** The parts of a home that the methods use. */
interface HomeParts extends RequestParts {
  readonly store: Store;
  readonly relayReader: Pick<RelayReader, "announcements"> & RequestParts["relayReader"];
  /** Asks providers for job logs; null if they cannot be asked. */
  readonly jobLogs: JobLogReader | null;
  /** Null where the wallet cannot sign. */
  readonly blobs: Blobs | null;
  /** Null where the network has no chain. */
  readonly manager: ChannelManager & MoneyMover | null;
  /** Null or absent where the wallet cannot sign. */
  readonly messages?: Messages | null;
  /** True if callback skills are run for submitted jobs. */
  readonly callbacks: boolean;
  readonly work: HomeWork;
  /** How long the deletion of a request may wait before the relay's state is checked, in milliseconds; 5,000 by default. */
  readonly firstSendMs?: number;
}

/** Makes the methods. */
export function homeMethods(parts: HomeParts): HomeApi {
  const { store, relayReader, jobLogs, blobs, messages, quotes, manager } = parts;
  const { callbacks, work, firstSendMs } = parts;
  const withManager = (): ChannelManager & MoneyMover => {
    if (manager !== null) return manager;
    throw new ControlError("no_chain", "this network has no chain to keep channels on");
  };
  const withBlobs = (): Blobs => {
    if (blobs !== null) return blobs;
    throw new ControlError("no_wallet", "blobs are stored and fetched with the wallet's key");
  };
  const api: HomeApi = {
    announcements: async ({ kinds, provider }) =>
      await relayReader.announcements(kinds, provider, await store.deliverers()),

    async quotes({ questions, windowMs }) {
      if (!quotes) throw new ControlError("no_connector", "there is no connector to ask over");
      return await quotes.ask(questions, windowMs);
    },

    ...buildsRequests(parts),

    async submitJob(job) {
      if (job.row.callbackSkill !== null && !callbacks) {
        throw new ControlError("no_callbacks", "this process calls no skills for others");
      }
      await store.commit(changesOf(job));
    },

    async submitVerification({ jobs, ...rule }) {
      await store.commit([...jobs.flatMap(changesOf), comparing(jobs, rule)]);
    },

    async submitThird(third) {
      await store.commit(thirdChanges(third));
    },

    async storeJudgement(row) {
      await store.commit([{ op: "putJudgement", row }]);
    },

    async acceptAnswers({ jobIds }) {
      await store.commit([{ op: "acceptAnswers", jobIds }]);
    },

    async untilJobs({ jobIds, wanted, count, forMs }, call) {
      const rows = await rowsOfJobs(store, jobIds);
      const open = rows.filter((row) => !isThere(row, wanted));
      if (rows.length - open.length >= count) {
        for (const row of rows) call.progress(row);
        return rows;
      }
      const told = (changed: JobRow) => {
        call.progress(changed);
        if (isThere(changed, "sent")) work.sent();
      };
      await work.during(
        { need: "jobs", rows: open, wanted },
        call.signal,
        () => untilSomeThere(store, { jobIds, wanted, count, forMs }, { ...call, progress: told }),
      );
      return await rowsOfJobs(store, jobIds);
    },

    async untilJob({ jobId, wanted, knownMs }, call) {
      const row = await store.getJob(jobId, "buyer");
      if (row === null) throw new RangeError(`Cannot wait for ${jobId}: there is no such job`);
      const told = (changed: JobRow) => {
        call.progress(changed);
        if (isThere(changed, "sent")) work.sent();
      };
      const there = await work.during(
        { need: "jobs", rows: [row], wanted },
        call.signal,
        async () => {
          const shown = { ...call, progress: told };
          const last = await untilJobThere(store, jobId, wanted, shown, knownMs);
          // A job without an answer at its time limit stays open, and its row says so.
          if (wanted === "ended" && last.status !== "timeout") {
            await untilBooked(store, jobId, call.signal);
          }
          return last;
        },
      );
      return await store.getJob(jobId, "buyer") ?? there;
    },

    jobLog: jobLogOf({ store, relayReader, jobLogs }),

    // The outbox orders the storage, so the sending pipeline must run.
    putBlob: (asked, call) =>
      work.during({ need: "sending" }, call.signal, () => putBlob(withBlobs(), asked, call)),

    fetchBlob: ({ reference, ...limits }) => withBlobs().fetch(reference, limits),

    async denyResult({ jobId, resultEventId, message, atMs }) {
      const row = await store.getJob(jobId, "buyer");
      if (row?.status !== "success" || row.resultEventId !== resultEventId) return;
      await store.commit([{ op: "denyResult", jobId, resultEventId, message, atMs }]);
    },

    async cancelJob({ jobId, atMs }, { signal }) {
      const before = await store.getJob(jobId, "buyer");
      await store.commit([{ op: "cancelJob", jobId, message: GIVEN_UP, atMs }]);
      const waits = await deletionWaits(store, jobId);
      if (before?.status === "created" && !waits) return "not_needed";
      if (!work.sends) return waits ? "queued" : "not_needed";
      const isRelayThere = async () => {
        const asked = relayReader.announcements([], before!.provider ?? undefined);
        return await asked.then(() => true, () => false);
      };
      return await work.during(
        { need: "sending" },
        signal,
        () => untilDeletionSent(store, jobId, isRelayThere, firstSendMs),
      );
    },

    async turnJob(asked, { signal }) {
      await turnJob(store, asked);
      const { jobId } = asked;
      if (!work.sends) return await untilTurned(store, jobId, signal, 0);
      return await work.during(
        { need: "sending" },
        signal,
        () => untilTurned(store, jobId, signal, firstSendMs),
      );
    },

    async payKey(asked, { signal }) {
      await orderKey(store, asked);
      const { jobId } = asked;
      await work.during({ need: "sending" }, signal, () => untilKeySettled(store, jobId, signal));
    },

    async payQuote(asked, { signal }) {
      await orderQuote(store, asked);
      await work.during({ need: "sending" }, signal, () => untilPaid(store, asked.jobId, signal));
    },

    topUpJob: (asked) => topUpJob(store, asked),

    async repeatCallback({ jobId, callbackId, atMs }, { signal }) {
      if (!callbacks) throw new ControlError("no_callbacks", "this process calls no skills");
      await store.commit([{ op: "repeatCallback", callbackId, atMs }]);
      return await work.during(
        { need: "callbacks" },
        signal,
        () => untilCalled(store, jobId, signal),
      );
    },

    async refreshJobs({ jobIds }) {
      if (work.always) return false;
      const rows = await Promise.all(jobIds.map((id) => store.getJob(id, "buyer")));
      await work.refresh(rows.filter((row) => row !== null));
      return true;
    },

    async submitSequence(change) {
      await store.commit([change]);
      work.sequenceCame();
    },

    async untilSequence({ sequenceId, wanted }, call: HomeCall<SequenceState>) {
      const state = await sequenceState(store, sequenceId);
      if (state.sequence.status !== "running") return state;
      const told = (changed: SequenceState) => {
        call.progress(changed);
        if (changed.attempts.some(({ status }) => status !== "created")) work.sent();
      };
      await work.during(
        { need: "sequence", state },
        call.signal,
        () => untilSequenceThere(store, sequenceId, wanted, { ...call, progress: told }),
      );
      return await sequenceState(store, sequenceId);
    },

    async tendSequence({ sequenceId }, call) {
      if (work.always) return await sequenceState(store, sequenceId);
      return await api.untilSequence({ sequenceId, wanted: "sent" }, call);
    },

    cancelSequence: ({ sequenceId, atMs }) => cancelSequence(store, sequenceId, atMs),

    async pause({ side, atMs }) {
      await store.commit([{ op: "pause", side, atMs }]);
      return await store.pauses();
    },

    async retryDocument({ quarantineId }) {
      await store.commit([{ op: "retryQuarantined", quarantineId, retry: true }]);
    },

    async removeOld({ beforeMs }, { signal }) {
      const removed: Record<string, number> = {};
      for (let done = false; !done;) {
        signal.throwIfAborted();
        const swept = await store.removeOld(beforeMs, SWEEP_MS);
        for (const [name, count] of Object.entries(swept.removed)) {
          removed[name] = (removed[name] ?? 0) + count;
        }
        done = swept.done;
      }
      return removed;
    },

    // The type of the answer follows from the work.
    channel: async (asked) => await doChannelWork(withManager(), asked) as never,

    watchChannels: (_asked, { signal }) => {
      withManager();
      return work.watchChannels(signal);
    },

    message: async (asked, { signal }) => {
      if (!messages) throw new ControlError("no_wallet", "messages need the wallet's key");
      const run = () => messages.run(asked);
      return asked.op === "list"
        ? await run()
        : await work.during({ need: "sending" }, signal, run);
    },

    probe: (asked, { signal }) =>
      work.during({ need: "sending" }, signal, () => payProbe(store, asked, signal)),

    priceMoney: (asked) => withManager().price(asked),

    moveMoney: ({ call, passphrase }) => withManager().move(call, passphrase ?? undefined),
  };
  return api;
}
