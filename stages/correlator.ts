/**
 * correlator: classifies each verified event for this home: a `request` to run, a `result` or `feedback` for a job that was posted
 * here, a `message` for a skill, or `unknown`. It also finds the event's job and skill. It reads the store and writes nothing.
 *
 * A gift wrap that contains an event of the market is opened, and the inner event is passed on.
 *
 * Holds one batch, and asks the store once which of its events were seen before. Only the market's kinds are decoded. Refuses events
 * that claim to belong to a job and do not: `foreign_provider`, `wrong_buyer`, `wrong_kind`, `wrong_time`, `unknown_job`,
 * `dropped_result`, `malformed`... Events that were settled before are refused as `seen`.
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
import { asksPrivately } from "../protocols/nostr/private_job.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { AnsweredJob } from "../store/answer_row.ts";
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

/** The home that receives the events. */
export interface CorrelatorOptions {
  readonly role: "buyer" | "provider";
  /** Own public key in hex. */
  readonly pubkey: string;
}

/** The market's rules, provided by the host. They judge an event whose id and signature are valid. */
export interface Judge {
  /**
   * Judges a result (6xxx) or feedback (7000) for the job that it names: returns what is known of it, or why it does not belong to the job.
   *
   * @param schema The schema of the result that its author had announced, JSON; null if there is none.
   */
  answer(
    event: NostrEvent,
    job: JobRow,
    nowMs: number,
    schema: string | null,
  ): { readonly known: Known } | Denied;
  /** Judges a request from the relay for this provider: whether it is free, must be paid first, or is not for us. */
  request(event: NostrEvent, nowMs: number): { readonly known: Known } | Denied;
  /** Whether a skill here accepts messages of this kind, which is not a kind of the market. */
  takesMessage(kind: number): boolean;
  /**
   * Opens a gift wrap for this home and verifies the market's event in it; null if it contains none. Without this method no wrap is opened.
   */
  open?(wrap: NostrEvent): Promise<NostrEvent | null>;
}

/** A refusal of an event. */
interface Denied {
  readonly code: string;
  readonly message: string;
}

/** The services that the stage needs. */
interface CorrelatorServices {
  readonly store: Pick<Store, "seen" | "getJobByEvent" | "answeredJob" | "attemptByEvent">;
  readonly judge: Judge;
}

/** Makes the stage. Learns `route`, and depending on it `job_id`, `skill`, `status`... */
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
    // The kind was scanned and the event verified, so an event of another kind than the market's need not be decoded again.
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

  /** The event in a gift wrap; null if the item is no wrap, or contains a message. */
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
    return learned({ ...item, bytes }, { id, pubkey, kind, encoding: "json", wrapped: "yes" });
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

  /** A buyer deletes its request, for which at most one job runs here. */
  const cancellation = async (item: Item, event: NostrEvent): Promise<Item> => {
    for (const [, id] of event.tags.filter(([name]) => name === "e").slice(0, MAX_DELETED)) {
      const job = id === undefined ? null : await services.store.getJobByEvent(id, "provider");
      if (job === null) continue;
      if (job.buyer === event.pubkey) return learned(item, { route: "cancel", job_id: job.jobId });
      return refuse(item, NAME, "wrong_buyer", "only its author may delete a request");
    }
    return learned(item, {
      route: services.judge.takesMessage(event.kind) ? "message" : "unknown",
    });
  };

  const answer = async (item: Item, event: NostrEvent): Promise<Item> => {
    // Some programs add `e` tags of other events, so all are searched for the one that is our job.
    const named = new Set(event.tags.flatMap(([name, id]) => name === "e" && id ? [id] : []));
    const jobs: AnsweredJob[] = [];
    for (const id of [...named].slice(0, MAX_NAMED)) {
      const found = await services.store.answeredJob(id, event.pubkey);
      if (found !== null) jobs.push(found);
    }
    if (named.size === 0 || jobs.length > 1) {
      const told = `an answer needs e tags that name one job (this names ${jobs.length})`;
      return refuse(item, NAME, "malformed", told);
    }
    const [found] = jobs;
    if (found === undefined) {
      const dropped = await ofDropped(item, event, [...named].slice(0, MAX_NAMED));
      if (dropped !== null) return dropped;
      return refuse(
        item,
        NAME,
        "unknown_job",
        "the event answers a job that was not posted from this home",
      );
    }
    const { job, schema } = found;
    // The provider could also publish its wrapped answer for everybody. Then other providers of a compared job could copy it.
    if (item.known.wrapped !== "yes" && asksPrivately(job.request)) {
      const told = "the request was private and this answer came without a gift wrap";
      return refuse(learned(item, { job_id: job.jobId }), NAME, "answered_in_clear", told);
    }
    const ofResult = event.kind === FEEDBACK_KIND ? null : schema;
    const verdict = services.judge.answer(event, job, context.clock(), ofResult);
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

  /**
   * A provider that was dropped answers after its job went to another one. Its answer is counted with the job and changes nothing; null if
   * the event is none.
   */
  const ofDropped = async (
    item: Item,
    event: NostrEvent,
    named: readonly string[],
  ): Promise<Item | null> => {
    for (const id of named) {
      const attempt = await services.store.attemptByEvent(id);
      if (attempt === null) continue;
      const known = learned(item, { job_id: attempt.jobId });
      if (event.pubkey !== attempt.provider) {
        return refuse(known, NAME, "foreign_provider", "its author was never asked for the job");
      }
      const [code, what] = event.kind === FEEDBACK_KIND
        ? ["dropped_feedback", "feedback"]
        : ["dropped_result", "a result"];
      return refuse(known, NAME, code, `${what} of a provider whose job went to another one`);
    }
    return null;
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

/** The most `e` tags of an answer that are looked up. */
const MAX_NAMED = 16;
/** The most requests of a deletion that are looked up. */
const MAX_DELETED = 16;

/** The stage for its host. */
export const definition = defineStage<CorrelatorOptions, CorrelatorServices>({
  name: NAME,
  role: "transform",
  services: ["store", "judge"],
  permissions: () => ({}),
  create: correlator,
});
