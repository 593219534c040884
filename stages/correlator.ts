/**
 * correlator: says of each verified event what it is to this home: a `request` to run, a `result` or `feedback` of a job that was
 * posted here, a `message` for a skill, or `unknown`; and to which job and skill it goes. It reads the store and writes nothing.
 *
 * Holds one batch. Refuses what claims to belong to a job and does not: `foreign_provider`, `wrong_buyer`, `wrong_kind`,
 * `wrong_time`, `unknown_job`, `malformed`...; and `seen` for what was settled before.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md
 * @module
 */
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import { isJobRequestKind, isJobResultKind } from "../protocols/nostr/kinds.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { JobRow, Store } from "../services/store/store.ts";
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
const FEEDBACK_KIND = 7000;

/** Whose events these are. */
export interface CorrelatorOptions {
  readonly role: "buyer" | "provider";
  /** Own public key in hex. */
  readonly pubkey: string;
  /** Kinds that a skill here takes, beside the market's. */
  readonly messageKinds?: readonly number[];
}

/** The market's rules, given by the host: verdicts over an event whose id and signature are right. */
export interface Judge {
  /** A result (6xxx) or feedback (7000) against the job that it names: what is known of it, or why it is not this job's. */
  answer(event: NostrEvent, job: JobRow, nowMs: number): { readonly known: Known } | Denied;
  /** A request seen on the relay against what this provider serves: whether it is free, to be paid first, or not for us. */
  request(event: NostrEvent, nowMs: number): { readonly known: Known } | Denied;
}

/** A verdict against an event. */
export interface Denied {
  readonly code: string;
  readonly message: string;
}

/** What the stage asks for. */
export interface CorrelatorServices {
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
    const id = String(item.known.id);
    const earlier = seen[id];
    if (earlier !== undefined && item.known.accepted === undefined) {
      return refuse(item, NAME, "seen", `event ${id} was settled before (${earlier})`);
    }
    let event: NostrEvent;
    try {
      event = parseEvent(decodeDocument(item.bytes).event);
    } catch (error) {
      return refuse(item, NAME, "malformed", (error as Error).message);
    }
    if (isJobRequestKind(event.kind)) return await request(item, event);
    if (isJobResultKind(event.kind) || event.kind === FEEDBACK_KIND) {
      return await answer(item, event);
    }
    const route = options.messageKinds?.includes(event.kind) ? "message" : "unknown";
    return learned(item, { route });
  };

  const request = async (item: Item, event: NostrEvent): Promise<Item> => {
    if (options.role !== "provider") return learned(item, { route: "unknown" });
    const job = await services.store.getJobByEvent(event.id, "provider");
    if (job) {
      return learned(item, { route: item.known.accepted ? "run" : "known", job_id: job.jobId });
    }
    const verdict = services.judge.request(event, context.clock());
    return "code" in verdict
      ? refuse(item, NAME, verdict.code, verdict.message)
      : learned(item, { route: "request", ...verdict.known });
  };

  const answer = async (item: Item, event: NostrEvent): Promise<Item> => {
    const requestId = event.tags.find((tag) => tag[0] === "e")?.[1];
    if (requestId === undefined) {
      return refuse(item, NAME, "malformed", "an answer to a job needs an e tag");
    }
    const job = await services.store.getJobByEvent(requestId, "buyer");
    if (!job) {
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
      const ids = batch.flatMap((item) =>
        item.refusal || item.known.id === undefined ? [] : [String(item.known.id)]
      );
      const seen = ids.length > 0 ? await services.store.seen(ids) : {};
      controller.enqueue(await Promise.all(batch.map((item) => correlate(item, seen))));
    },
  });
}

/** For the host. */
export const definition = defineStage<CorrelatorOptions, CorrelatorServices>({
  name: NAME,
  role: "transform",
  services: ["store", "judge"],
  permissions: () => ({}),
  create: correlator,
});
