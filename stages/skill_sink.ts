/**
 * skillSink: gives each document, byte for byte, to the skill that its route names. It commits the outcome, and only then settles the
 * document. For a provider, a paid request becomes a result in the outbox. For a buyer, a result becomes the job's outcome and a row for
 * its callback skill; the pipeline of callbacks then gives it to that skill (`callback`).
 *
 * At most `concurrency` documents are with skills; then the sink accepts no more. A document that comes again while it is with a skill (its
 * source was replaced) joins the first one. If a commit fails, the stage ends, and its items come again. A run that was aborted is not
 * settled, and runs again after the next start.
 *
 * @module
 */
import { rarely } from "../base/log/rarely.ts";
import { codeOf, messageOf } from "../base/thrown.ts";
import { FEEDBACK_KIND, isJobResultKind } from "../protocols/nostr/kinds.ts";
import { answers } from "./skill_sink_answers.ts";
import { runs } from "./skill_sink_runs.ts";
import { type Batch, type Item, type StageContext } from "./stage.ts";
import type {
  Came,
  SkillDocument,
  SkillSinkOptions,
  SkillSinkServices,
} from "./skill_sink_services.ts";
import { answerChange, SEEN, seenChange, text } from "./skill_sink_changes.ts";

/** Pauses before a failed callback is tried again, in milliseconds. After them it is only tried if somebody asks for it. */
export const CALLBACK_PAUSES_MS: readonly number[] = [1_000, 4_000, 16_000];
const MAX_WORDS = 500;

/** Makes the stage. Errors if an outcome cannot be made durable. */
export function skillSink(
  options: SkillSinkOptions,
  services: SkillSinkServices,
  context: StageContext,
): WritableStream<Batch> {
  const underWay = new Map<string, Promise<Came>>();
  const { store, skills } = services;
  const provider = runs(options, services, context);
  const answer = answers(services, context);
  const logRefused = rarely(context.log, context.clock);
  context.signal.addEventListener("abort", () => provider.stop(), { once: true });

  const handle = async (item: Item): Promise<Came> => {
    if (item.refusal) {
      return item.known.accepted === undefined ? await refused(item) : await provider.end(item);
    }
    const document: SkillDocument = {
      bytes: item.bytes,
      encoding: item.known.encoding === "json" ? "json" : "toon",
      known: item.known,
    };
    switch (item.known.route) {
      case "run":
        return await provider.run(item, document);
      case "request":
        return await provider.admit(item, document);
      case "result":
      case "feedback":
        return await answer(item, document);
      case "cancel":
        return await isSettled(item) ? SEEN : await provider.cancel(item);
      case "message":
        return await isSettled(item) ? SEEN : await provider.message(item, document);
      case "callback":
        return await callback(item, document);
      default:
        return { outcome: "done", detail: "not for this home" };
    }
  };

  /** A copy from another relay may have passed the correlator before this event was settled. */
  const isSettled = async ({ known: { id } }: Item): Promise<boolean> =>
    typeof id === "string" && (await store.seen([id]))[id] !== undefined;

  const refused = async (item: Item): Promise<Came> => {
    const { code, message, stage } = item.refusal!;
    if (code !== "seen") {
      logRefused("info", "event refused", {
        code,
        reason: message,
        stage,
        event_id: text(item.known.id),
      });
      if (typeof item.known.id === "string") {
        const answer = stage === "correlator" && isAnswer(item.known.kind);
        await store.commit([(answer ? answerChange : seenChange)(item, code, context.clock())]);
      }
    }
    return { outcome: "refused", detail: code };
  };

  const callback = async (item: Item, document: SkillDocument): Promise<Came> => {
    const callbackId = Number(item.known.callback_id);
    const skill = String(item.known.skill);
    let error: { readonly code: string; readonly message: string } | null = null;
    try {
      await skills.call(skill, document, context.signal);
    } catch (cause) {
      const code = codeOf(cause) ?? "skill_failed";
      error = { code, message: messageOf(cause).slice(0, MAX_WORDS) };
    }
    if (context.signal.aborted) return null;
    const atMs = context.clock();
    const pauseMs = CALLBACK_PAUSES_MS[Number(item.known.tries)];
    const retryAtMs = pauseMs === undefined ? null : atMs + pauseMs;
    await store.commit([{ op: "settleCallback", callbackId, error, retryAtMs, atMs }]);
    if (error === null) return { outcome: "done", detail: skill };
    context.log("error", "callback skill failed", {
      job_id: text(item.known.job_id),
      skill,
      code: error.code,
      error: error.message,
      tries: Number(item.known.tries) + 1,
    });
    return { outcome: "failed", detail: error.code };
  };

  const start = (item: Item, broken: (error: unknown) => void) => {
    const key = keyOf(item);
    const joined = underWay.get(key);
    const work = joined ?? handle(item).finally(() => underWay.delete(key));
    if (joined === undefined) underWay.set(key, work);
    work.then((came) => {
      if (came === null) return;
      context.count(came.outcome);
      context.settlements.settle([{ ...came, seq: item.seq }]);
    }).catch((error) => {
      if (!context.signal.aborted) broken(error);
    });
  };

  let controller: WritableStreamDefaultController;
  return new WritableStream<Batch>({
    start: (own) => void (controller = own),
    async write(batch) {
      for (const item of batch) {
        while (underWay.size >= options.concurrency) await Promise.race(underWay.values());
        start(item, (error) => controller.error(error));
      }
    },
    async close() {
      await Promise.all(underWay.values());
      provider.stop();
    },
    abort: () => provider.stop(),
  }, new CountQueuingStrategy({ highWaterMark: 1 }));
}

/** One job, or one event, is processed once at a time. */
function keyOf({ seq, refusal, known }: Item): string {
  if (known.accepted !== undefined && known.job_id !== undefined) return `job:${known.job_id}`;
  return known.id === undefined || refusal ? `seq:${seq}` : `event:${known.id}`;
}

function isAnswer(kind: string | number | undefined): boolean {
  return typeof kind === "number" && (kind === FEEDBACK_KIND || isJobResultKind(kind));
}
