/**
 * skillSink: hands each document to the skill that its route names, raw bytes untouched, makes what came of it durable, and only
 * then settles it. On the provider's side a paid request becomes a result in the outbox; on the buyer's a result becomes the
 * job's outcome and goes to the callback skill.
 *
 * At most `concurrency` documents are with skills; then the sink takes no more.
 *
 * @module
 */
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Change, JobRow, JobStatus, Store } from "../services/store/store.ts";
import {
  type Batch,
  defineStage,
  type Item,
  type Settlement,
  type StageContext,
  type StagePermissions,
} from "./stage.ts";

const NAME = "skill-sink";

/** Where answers are published and how much runs at once. */
export interface SkillSinkOptions {
  readonly concurrency: number;
  /** The relay as a paid destination: its ILP address and key; empty strings where writes are free. */
  readonly relay: { readonly destination: string; readonly terminalPubkey: string };
  /** Options of the skills that run beside the stage; absent where nothing is run (requests are only recorded). */
  readonly skills?: Readonly<Record<string, unknown>>;
  /** Exactly what the skills need. */
  readonly permissions: StagePermissions;
}

/** The document as a skill gets it. */
export interface SkillDocument {
  readonly bytes: Uint8Array;
  readonly encoding: "toon" | "json";
  readonly known: Item["known"];
}

/** What a run came to: what to publish, and how the job stands. */
export interface RunAnswer {
  readonly status: Extract<JobStatus, "success" | "error" | "partial">;
  readonly exitCode: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly result: UnsignedEvent | null;
  readonly feedback: readonly UnsignedEvent[];
}

/** The skills of this home. */
export interface SkillRunner {
  /** Feedback that the provider has taken the job, published before the run. */
  taken(job: JobRow): UnsignedEvent;
  /** Runs a job's skill to its end; a skill that fails is an answer with status `error`, not a throw. */
  run(job: JobRow, document: SkillDocument, signal: AbortSignal): Promise<RunAnswer>;
  /** The row of a request that costs nothing. */
  admitFree(document: SkillDocument): Promise<JobRow>;
  /** Gives a document to a skill by name or kind; resolves when the skill took it, throws when it failed. */
  call(skill: string, document: SkillDocument, signal: AbortSignal): Promise<void>;
}

/** What the stage asks for. */
export interface SkillSinkServices {
  readonly store: Store;
  readonly skills: SkillRunner;
}

/** Makes the stage. */
export function skillSink(
  options: SkillSinkOptions,
  services: SkillSinkServices,
  context: StageContext,
): WritableStream<Batch> {
  const { store, skills } = services;
  const underWay = new Set<Promise<void>>();

  const start = (item: Item) => {
    const work: Promise<void> = handle(item).then((settlement) => {
      context.count(settlement.outcome);
      context.settlements.settle([{ ...settlement, seq: item.seq }]);
    }).finally(() => underWay.delete(work));
    work.catch((error: Error) =>
      context.log("error", "document could not be settled", { seq: item.seq, error: error.message })
    );
    underWay.add(work);
  };

  type Came = Omit<Settlement, "seq">;

  const handle = async (item: Item): Promise<Came> => {
    if (item.refusal) return await recordRefusal(item);
    const document: SkillDocument = {
      bytes: item.bytes,
      encoding: item.known.encoding === "json" ? "json" : "toon",
      known: item.known,
    };
    switch (item.known.route) {
      case "run":
        return await run(item, document);
      case "request":
        return await admit(item, document);
      case "result":
      case "feedback":
        return await answer(item, document);
      case "message":
        return await message(item, document);
      default:
        return { outcome: "done", detail: "not for this home" };
    }
  };

  const recordRefusal = async (item: Item): Promise<Came> => {
    const { code, message, stage } = item.refusal!;
    if (code !== "seen") {
      context.log("info", "event refused", {
        code,
        reason: message,
        stage,
        event_id: text(item.known.id),
      });
      if (typeof item.known.id === "string") await markSeen(item, code);
    }
    return { outcome: "refused", detail: code };
  };

  const markSeen = (item: Item, outcome: string, also: readonly Change[] = []) =>
    store.commit([...also, {
      op: "markSeen",
      eventId: String(item.known.id),
      outcome,
      atMs: context.clock(),
    }]);

  const run = async (item: Item, document: SkillDocument): Promise<Came> => {
    const job = await store.getJob(String(item.known.job_id), "provider");
    if (!job || ENDED.includes(job.status)) return { outcome: "done", detail: "ended before" };
    const started: JobRow = { ...job, attempt: job.attempt + 1, status: "processing" };
    const patch = {
      status: started.status,
      attempt: started.attempt,
      updatedAtMs: context.clock(),
    };
    const changes: Change[] = [{ op: "patchJob", jobId: job.jobId, role: "provider", patch }];
    if (started.attempt === 1) changes.push(publish(job, skills.taken(started)));
    await store.commit(changes);
    context.log("info", "job started", {
      job_id: job.jobId,
      kind: job.kind,
      attempt: started.attempt,
    });
    const came = await skills.run(started, document, context.signal);
    const events = came.result ? [came.result, ...came.feedback] : came.feedback;
    await markSeen(item, came.status, [
      {
        op: "patchJob",
        jobId: job.jobId,
        role: "provider",
        patch: {
          status: came.status,
          exitCode: came.exitCode,
          errorCode: came.errorCode,
          errorMessage: came.errorMessage,
          result: came.result ? new TextEncoder().encode(JSON.stringify(came.result)) : null,
          updatedAtMs: context.clock(),
        },
      },
      ...events.map((event) => publish(job, event)),
    ]);
    context.log("info", "job finished", {
      job_id: job.jobId,
      status: came.status,
      exit_code: came.exitCode ?? undefined,
    });
    return { outcome: came.status === "error" ? "failed" : "done", detail: came.status };
  };

  const publish = (job: JobRow, event: UnsignedEvent): Change => ({
    op: "addOutbox",
    row: {
      jobId: job.jobId,
      purpose: "write",
      event: new TextEncoder().encode(JSON.stringify(event)),
      destination: options.relay.destination,
      terminalPubkey: options.relay.terminalPubkey,
      amountUnits: null,
      createdAtMs: context.clock(),
    },
  });

  /** A request that was read from the relay: one that costs nothing may run, one with a price waits for its packet. */
  const admit = async (item: Item, document: SkillDocument): Promise<Came> => {
    if (item.known.free !== "yes") {
      context.log("info", "request waits for its payment", {
        event_id: text(item.known.id),
        kind: item.known.kind,
      });
      return { outcome: "done", detail: "waits for payment" };
    }
    const row = await skills.admitFree(document);
    await store.commit([{ op: "putJob", row, expect: "absent" }]);
    return { outcome: "done", detail: row.jobId };
  };

  const answer = async (item: Item, document: SkillDocument): Promise<Came> => {
    const jobId = String(item.known.job_id);
    const job = await store.getJob(jobId, "buyer");
    if (!job) return { outcome: "failed", detail: "job is gone" };
    if (item.known.skill !== undefined) {
      try {
        await skills.call(String(item.known.skill), document, context.signal);
      } catch (error) {
        context.log("error", "callback skill failed", {
          job_id: jobId,
          skill: text(item.known.skill),
          error: (error as Error).message,
        });
      }
    }
    const patch = patchOf(item, document, job, context.clock());
    await markSeen(
      item,
      String(item.known.status ?? item.known.route),
      patch ? [{ op: "patchJob", jobId, role: "buyer", patch }] : [],
    );
    context.log("info", item.known.route === "result" ? "result verified" : "feedback received", {
      job_id: jobId,
      event_id: text(item.known.id),
      status: text(item.known.status),
    });
    return { outcome: "done", detail: jobId };
  };

  const message = async (item: Item, document: SkillDocument): Promise<Came> => {
    try {
      await skills.call(`kind:${item.known.kind}`, document, context.signal);
    } catch (error) {
      await markSeen(item, "skill_failed");
      return {
        outcome: "failed",
        detail: (error as Error & { code?: string }).code ?? "skill_failed",
      };
    }
    await markSeen(item, "done");
    return { outcome: "done" };
  };

  return new WritableStream<Batch>({
    async write(batch) {
      for (const item of batch) {
        while (underWay.size >= options.concurrency) await Promise.race(underWay);
        start(item);
      }
    },
    async close() {
      await Promise.all(underWay);
    },
  }, new CountQueuingStrategy({ highWaterMark: 1 }));
}

const ENDED: readonly JobStatus[] = [
  "success",
  "error",
  "refused",
  "timeout",
  "cancelled",
  "partial",
];
const BEFORE_RESULT: readonly JobStatus[] = [
  "created",
  "posted",
  "quoted",
  "paid",
  "processing",
  "partial",
  "unknown",
];

function text(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function patchOf(
  item: Item,
  document: SkillDocument,
  job: JobRow,
  nowMs: number,
): Partial<JobRow> | null {
  const status = String(item.known.status) as JobStatus;
  if (item.known.route === "feedback") {
    if (!BEFORE_RESULT.includes(job.status)) return null;
    // Feedback `success` announces a result that is still to come; the result itself ends the job.
    if (status === "success") return null;
    return {
      status,
      provider: job.provider ?? text(item.known.pubkey) ?? null,
      updatedAtMs: nowMs,
      ...(status === "error" || status === "refused"
        ? {
          errorCode: text(item.known.error_code) ?? "provider_error",
          errorMessage: text(item.known.error_message) ?? null,
        }
        : {}),
    };
  }
  return {
    status,
    provider: job.provider ?? text(item.known.pubkey) ?? null,
    resultEventId: String(item.known.id),
    result: document.bytes,
    exitCode: typeof item.known.exit_code === "number" ? item.known.exit_code : null,
    errorCode: text(item.known.error_code) ?? null,
    errorMessage: text(item.known.error_message) ?? null,
    updatedAtMs: nowMs,
  };
}

/** For the host. */
export const definition = defineStage<SkillSinkOptions, SkillSinkServices>({
  name: NAME,
  role: "sink",
  services: ["store", "skills"],
  permissions: (options) => options.permissions,
  create: skillSink,
});
