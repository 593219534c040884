/**
 * correlator: classifies each verified event for this home: a `request` to run, a `result` or `feedback` for a job that was posted
 * here, a `message` for a skill, or `unknown`. It also finds the event's job and skill. It reads the store and writes nothing.
 *
 * A gift wrap that contains an event of the market is opened, and the inner event is passed on.
 *
 * Holds one batch, and asks the store once which of its events were seen before. Only the market's kinds are decoded. Refuses events
 * that claim to belong to a job and do not: `foreign_provider`, `wrong_buyer`, `wrong_kind`, `wrong_time`, `unknown_job`,
 * `malformed`... Events that were settled before are refused as `seen`.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import {
  DELETION_KIND,
  FEEDBACK_KIND,
  GIFT_WRAP_KIND,
  isJobRequestKind,
  isMarketKind,
} from "../protocols/nostr/kinds.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { Store } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import {
  type Batch,
  defineStage,
  type Item,
  type Known,
  learned,
  refuse,
  type StageContext,
} from "./stage.ts";

const NAME = "correlator";

/** Whose events these are. */
export interface CorrelatorOptions {
  readonly role: "buyer" | "provider";
  /** Own public key in hex. */
  readonly pubkey: string;
}

/** The market's rules, given by the host: verdicts over an event whose id and signature are right. */
export interface Judge {
  /** A result (6xxx) or feedback (7000) against the job that it names: what is known of it, or why it is not this job's. */
  answer(event: NostrEvent, job: JobRow, nowMs: number): { readonly known: Known } | Denied;
  /** A request seen on the relay against what this provider serves: whether it is free, to be paid first, or not for us. */
  request(event: NostrEvent, nowMs: number): { readonly known: Known } | Denied;
  /** Whether a skill here takes events of this kind, which is none of the market's. */
  takesMessage(kind: number): boolean;
  /** What of the market is in a gift wrap for this home, verified; null where it is none of it. Without it no wrap is opened. */
  open?(wrap: NostrEvent): Promise<NostrEvent | null>;
}

/** A verdict against an event. */
interface Denied {
  readonly code: string;
  readonly message: string;
}

/** What the stage asks for. */
interface CorrelatorServices {
  readonly store: Pick<Store, "seen" | "getJobByEvent">;
  readonly judge: Judge;
}

/** Makes the stage. Learns `route`, and with it `job_id`, `skill`, `status`... */
export function correlator(
  options: CorrelatorOptions,
  services: CorrelatorServices,
  context: StageContext,
): TransformStream<Batch, Batch> {
  const correlate = async (item: Item, seen: Readonly<Record<string, string>>): Promise<Item> => {
    if (item.refusal) return item;
    const inner = await opened(item);
    if (inner !== null) {
      return await correlate(inner, await services.store.seen([String(inner.known.id)]));
    }
    const earlier = item.known.id === undefined ? undefined : seen[String(item.known.id)];
    if (earlier !== undefined && item.known.accepted === undefined) {
      return refuse(item, NAME, "seen", `event ${item.known.id} was settled before (${earlier})`);
    }
    // The kind was scanned and the event verified: what is not the market's need not be decoded again.
    const { kind } = item.known;
    const cancels = options.role === "provider" && kind === DELETION_KIND;
    if (typeof kind === "number" && !isMarketKind(kind) && !cancels) {
      const route = services.judge.takesMessage(kind) ? "message" : "unknown";
      return learned(item, { route });
    }
    let event: NostrEvent;
    try {
      event = parseEvent(decodeDocument(item.bytes).event);
    } catch (error) {
      return refuse(item, NAME, "malformed", messageOf(error));
    }
    if (isJobRequestKind(event.kind)) return await request(item, event);
    if (event.kind === DELETION_KIND) return await cancellation(item, event);
    if (isMarketKind(event.kind)) return await answer(item, event);
    const route = services.judge.takesMessage(event.kind) ? "message" : "unknown";
    return learned(item, { route });
  };

  /** What is in a wrap; null where it is none, or a message. */
  const opened = async (item: Item): Promise<Item | null> => {
    if (item.known.kind !== GIFT_WRAP_KIND || services.judge.open === undefined) return null;
    let event: NostrEvent | null;
    try {
      event = await services.judge.open(parseEvent(decodeDocument(item.bytes).event));
    } catch (error) {
      return refuse(item, NAME, "malformed", messageOf(error));
    }
    if (event === null) return null;
    const { id, pubkey, kind } = event;
    const bytes = new TextEncoder().encode(JSON.stringify(event));
    return learned({ ...item, bytes }, { id, pubkey, kind, encoding: "json" });
  };

  const request = async (item: Item, event: NostrEvent): Promise<Item> => {
    if (options.role !== "provider") return learned(item, { route: "unknown" });
    // An accepted request came from the store, with its job.
    if (item.known.accepted !== undefined && item.known.job_id !== undefined) {
      return learned(item, { route: "run" });
    }
    const job = await services.store.getJobByEvent(event.id, "provider");
    if (job) {
      const route = item.known.accepted === undefined ? "known" : "run";
      return learned(item, { route, job_id: job.jobId });
    }
    const verdict = services.judge.request(event, context.clock());
    return "code" in verdict
      ? refuse(item, NAME, verdict.code, verdict.message)
      : learned(item, { route: "request", ...verdict.known });
  };

  /** A buyer deletes its request: one job of it at most runs here. */
  const cancellation = async (item: Item, event: NostrEvent): Promise<Item> => {
    for (const [, id] of event.tags.filter(([name]) => name === "e").slice(0, MAX_DELETED)) {
      const job = id === undefined ? null : await services.store.getJobByEvent(id, "provider");
      if (job === null) continue;
      if (job.buyer === event.pubkey) return learned(item, { route: "cancel", job_id: job.jobId });
      return refuse(item, NAME, "wrong_buyer", "a request is deleted by its author alone");
    }
    return learned(item, {
      route: services.judge.takesMessage(event.kind) ? "message" : "unknown",
    });
  };

  const answer = async (item: Item, event: NostrEvent): Promise<Item> => {
    // Programs in use name other events beside the request, so the one that is a job of ours is looked for.
    const named = new Set(event.tags.flatMap(([name, id]) => name === "e" && id ? [id] : []));
    const jobs: JobRow[] = [];
    for (const id of [...named].slice(0, MAX_NAMED)) {
      const job = await services.store.getJobByEvent(id, "buyer");
      if (job !== null) jobs.push(job);
    }
    if (named.size === 0 || jobs.length > 1) {
      const told = `an answer needs e tags that name one job (this names ${jobs.length})`;
      return refuse(item, NAME, "malformed", told);
    }
    const [job] = jobs;
    if (job === undefined) {
      return refuse(
        item,
        NAME,
        "unknown_job",
        "the event answers a job that was not posted from this home",
      );
    }
    const verdict = services.judge.answer(event, job, context.clock());
    if ("code" in verdict) {
      return refuse(learned(item, { job_id: job.jobId }), NAME, verdict.code, verdict.message);
    }
    return learned(item, {
      route: event.kind === FEEDBACK_KIND ? "feedback" : "result",
      job_id: job.jobId,
      ...(job.callbackSkill === null ? {} : { skill: job.callbackSkill }),
      ...verdict.known,
    });
  };

  return new TransformStream<Batch, Batch>({
    async transform(batch, controller) {
      const ids = batch.flatMap(({ refusal, known: { id, accepted } }) =>
        refusal || id === undefined || accepted !== undefined ? [] : [String(id)]
      );
      const seen = ids.length > 0 ? await services.store.seen(ids) : {};
      controller.enqueue(await Promise.all(batch.map((item) => correlate(item, seen))));
    },
  });
}

/** Events that one answer may name; each is looked up. */
const MAX_NAMED = 16;
/** Requests that one deletion may name; each is looked up. */
const MAX_DELETED = 16;

/** For the host. */
export const definition = defineStage<CorrelatorOptions, CorrelatorServices>({
  name: NAME,
  role: "transform",
  services: ["store", "judge"],
  permissions: () => ({}),
  create: correlator,
});
