/**
 * The part of skillSink for providers: runs accepted jobs, commits their end together with the events to publish, and accepts free
 * requests.
 *
 * @module
 */
import { formatUnits, UNITS } from "../protocols/ilp/asset.ts";
import { isConflict } from "../store/store_error.ts";
import { InputError } from "../market/packing/input_error.ts";
import type { RunnerAnswer } from "../market/run_answer.ts";
import { codeOf, messageOf } from "../base/thrown.ts";
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Change } from "../store/store.ts";
import { isAnswered } from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";
import { SEEN, seenChange, text } from "./skill_sink_changes.ts";
import type {
  Came,
  SkillDocument,
  SkillSinkOptions,
  SkillSinkServices,
} from "./skill_sink_services.ts";
import { tellings } from "./skill_sink_tellings.ts";
import { replies, REPLIES_PER_HOUR } from "./skill_sink_replies.ts";
import type { Item, StageContext } from "./stage.ts";
import { METER_ENDS, type MeterEnd, runMeter } from "./skill_sink_meter.ts";
import { readRun } from "./skill_sink_run_terms.ts";
import { untilOver } from "./skill_sink_run_watch.ts";

/** The operations of a provider. */
interface Runs {
  /** Runs an accepted job to its end. Returns null if it was aborted. */
  run(item: Item, document: SkillDocument): Promise<Came>;
  /** Ends an accepted job that an earlier stage refused, because it can never run. */
  end(item: Item): Promise<Came>;
  /** Ends a job whose buyer deleted its request, and stops its run. */
  cancel(item: Item): Promise<Came>;
  /** Accepts a request from the relay if it is free. A request that names us gets an answer in any case. */
  admit(item: Item, document: SkillDocument): Promise<Came>;
  /** Gives a message to its skill, and publishes the answer if there is one. */
  message(item: Item, document: SkillDocument): Promise<Came>;
  /** Drops all waiting answers to requests. */
  stop(): void;
}

/** The most starts of a job over all restarts of the program; then the job ends. */
const MAX_STARTS = 3;
const FREE_CAPACITY = 64;

/** The change that records what a run used. */
function took({ usage }: RunnerAnswer): Change[] {
  return usage === undefined ? [] : [{ op: "addJobUsage", row: usage }];
}

/** Makes the provider's side of the sink. */
export function runs(
  options: SkillSinkOptions,
  { store, skills }: SkillSinkServices,
  context: StageContext,
): Runs {
  const write = (jobId: string | null, event: UnsignedEvent): Change => ({
    op: "addOutbox",
    row: {
      jobId,
      purpose: "write",
      event: new TextEncoder().encode(JSON.stringify(event)),
      destination: options.relay.destination,
      terminalPubkey: options.relay.terminalPubkey,
      amountUnits: null,
      createdAtMs: context.clock(),
    },
  });

  const publish = ({ jobId }: JobRow, event: UnsignedEvent): Change => write(jobId, event);
  const reply = replies(
    {
      quoteAfterMs: options.quoteAfterMs,
      perHour: options.relay.destination === "" ? REPLIES_PER_HOUR.free : REPLIES_PER_HOUR.paid,
      declineLater: options.relay.destination !== "",
    },
    { store, skills },
    (event) => write(null, event),
    context,
  );

  const telling = tellings(options, { store, skills }, publish, context);

  /** Commits the job's end and the events to publish, all or nothing. A later run of the job sees that it has ended. */
  const finish = async (item: Item, job: JobRow, came: RunnerAnswer): Promise<Came> => {
    const events = came.result ? [came.result, ...came.feedback] : came.feedback;
    const patch: Partial<JobRow> = {
      status: came.status,
      exitCode: came.exitCode,
      errorCode: came.errorCode,
      errorMessage: came.errorMessage,
      result: came.result ? new TextEncoder().encode(JSON.stringify(came.result)) : null,
      updatedAtMs: context.clock(),
    };
    try {
      await store.commit([
        ...(item.known.id === undefined ? [] : [seenChange(item, came.status, context.clock())]),
        { op: "patchJob", jobId: job.jobId, role: "provider", patch },
        ...took(came),
        ...came.sale === undefined ? [] : [{ op: "putSealed" as const, row: came.sale }],
        ...events.map((event) => publish(job, event)),
      ]);
    } catch (error) {
      // The buyer cancelled it at the same moment.
      if (!isConflict(error) || await openJob(item) !== null) throw error;
      return { outcome: "done", detail: "ended before" };
    }
    context.log("info", "job finished", {
      job_id: job.jobId,
      status: came.status,
      exit_code: came.exitCode ?? undefined,
      error: came.errorCode ?? undefined,
    });
    return { outcome: came.status === "error" ? "failed" : "done", detail: came.status };
  };

  const failure = (job: JobRow, code: string, message: string): RunnerAnswer => {
    try {
      return skills.failure(job, code, message);
    } catch (error) {
      context.log("error", "the buyer cannot be told that its job has ended", {
        job_id: job.jobId,
        error: messageOf(error),
      });
      const none = { exitCode: null, result: null, feedback: [] };
      return { status: "error", errorCode: code, errorMessage: message, ...none };
    }
  };

  const unpaid = (job: JobRow, code: MeterEnd): RunnerAnswer =>
    failure(job, code, METER_ENDS[code]);

  const openJob = async (item: Item): Promise<JobRow | null> => {
    const job = await store.getJob(String(item.known.job_id), "provider");
    return job === null || isAnswered(job.status) ? null : job;
  };

  return {
    async run(item, document) {
      const [job, terms] = await readRun(store, item);
      if (job === null || isAnswered(job.status)) {
        return { outcome: "done", detail: "ended before" };
      }
      if (job.attempt >= MAX_STARTS) {
        const told = `it was started ${job.attempt} times and never ended`;
        return await finish(item, job, failure(job, "poison", told));
      }
      const started: JobRow = { ...job, attempt: job.attempt + 1, status: "processing" };
      const patch: Partial<JobRow> = {
        status: started.status,
        attempt: started.attempt,
        updatedAtMs: context.clock(),
      };
      await store.commit([{ op: "patchJob", jobId: job.jobId, role: "provider", patch }]);
      context.log("info", "job started", {
        job_id: job.jobId,
        kind: job.kind,
        attempt: started.attempt,
      });
      let came: RunnerAnswer;
      using stop = untilOver(store, job.jobId, context.signal);
      using meter = terms?.meter === null ? null : await runMeter(store, job);
      const signal = meter === null ? stop.signal : AbortSignal.any([stop.signal, meter.signal]);
      const told = telling.later(started);
      const partial = telling.partials(started);
      try {
        const metering = meter ?? undefined;
        came = await skills.run(started, document, signal, partial.tell, metering, terms);
      } catch (error) {
        context.log("error", "job could not be run", {
          job_id: job.jobId,
          error: messageOf(error),
        });
        came = failure(started, "internal", "the provider could not run the job");
      }
      await Promise.all([told.over(), partial.over()]);
      // A stop of the program aborted the run. The job did not fail, and runs again.
      if (context.signal.aborted) return null;
      if (stop.signal.aborted) {
        await store.commit(took(came));
        return { outcome: "done", detail: "cancelled" };
      }
      const why = await meter?.end(came.result !== null, stop.signal) ?? null;
      if (context.signal.aborted) return null;
      const { usage } = came;
      return await finish(item, started, why === null ? came : { ...unpaid(started, why), usage });
    },

    async cancel(item) {
      const job = await openJob(item);
      if (job === null) return { outcome: "done", detail: "ended before" };
      const paidUnits = job.jobPaid ? job.amountUnits : 0n;
      const paid = formatUnits(paidUnits, options.asset ?? UNITS);
      const told = `cancelled by its buyer; ${paid} were paid for it, and are kept`;
      const { feedback } = failure(job, "cancelled", told);
      const patch: Partial<JobRow> = {
        status: "cancelled",
        errorCode: "cancelled",
        errorMessage: told,
        updatedAtMs: context.clock(),
      };
      try {
        await store.commit([
          seenChange(item, "cancelled", context.clock()),
          { op: "patchJob", jobId: job.jobId, role: "provider", patch },
          ...feedback.map((event) => publish(job, event)),
        ]);
      } catch (error) {
        if (!isConflict(error)) throw error;
        return { outcome: "done", detail: "ended before" };
      }
      context.log("info", "job cancelled by its buyer", { job_id: job.jobId });
      return { outcome: "done", detail: "cancelled" };
    },

    async end(item) {
      const { code, message } = item.refusal!;
      const job = await openJob(item);
      if (job === null) return { outcome: "refused", detail: code };
      await finish(item, job, failure(job, code, message));
      return { outcome: "refused", detail: code };
    },

    async admit(item, document) {
      const named = item.known.named === "yes";
      const refused = async (code: string, message: string): Promise<Came> => {
        if (named) await reply.decline(item, document, code, message);
        else await store.commit([seenChange(item, code, context.clock())]);
        return { outcome: "refused", detail: code };
      };
      const { error_code: code, error_message: message } = item.known;
      const id = String(item.known.id);
      const capacity = options.freeCapacity ?? FREE_CAPACITY;
      // A copy from another relay may have passed the correlator before this event was settled.
      const [seen, taken] = await store.readTogether(
        ["seen", [id]],
        ["placesTaken", [], capacity],
      );
      if (seen[id] !== undefined) return SEEN;
      if (code !== undefined) return await refused(String(code), String(message));
      if (taken.paused) return await refused("busy", "this provider takes no new jobs now");
      if (item.known.free !== "yes") {
        context.log("info", "request waits for its payment", {
          event_id: text(item.known.id),
          kind: item.known.kind,
        });
        if (named) reply.quote(item, document);
        return { outcome: "done", detail: "waits for payment" };
      }
      if (taken.runnable >= capacity) {
        context.log("warn", "free request refused: all places are taken", {
          event_id: text(item.known.id),
        });
        return await refused("busy", "all places are in use, try again later");
      }
      let row: JobRow;
      try {
        row = await skills.admitFree(document);
      } catch (error) {
        // The market's refusals have a code. Other errors are faults of this program.
        if (!(error instanceof InputError)) throw error;
        return await refused(error.code, error.message);
      }
      try {
        await store.commit([{ op: "putJob", row, expect: "absent" }]);
      } catch (error) {
        if (!isConflict(error)) throw error;
        return { outcome: "done", detail: "known before" };
      }
      return { outcome: "done", detail: row.jobId };
    },

    async message(item, document) {
      let code = "done";
      let answer: NostrEvent | null = null;
      try {
        answer = await skills.answer(document, context.signal);
      } catch (error) {
        code = codeOf(error) ?? "skill_failed";
      }
      if (context.signal.aborted) return null;
      const seen = seenChange(item, code, context.clock());
      const goes = answer !== null && await reply.budget.take();
      await store.commit(goes ? [seen, write(null, answer!), reply.budget.spent()] : [seen]);
      return code === "done" ? { outcome: "done" } : { outcome: "failed", detail: code };
    },

    stop: reply.stop,
  };
}
