/**
 * The part of skillSink that answers customers whose requests name this provider: `payment-required` if the request was not paid, `error`
 * if it cannot be accepted.
 *
 * A buyer that has read our announcement pays a moment after its request is on the relay, so a quote waits that long. If an answer is a
 * paid write, a refusal waits too, because such a buyer first gets the refusal of its payment. Held: at most 256 waiting requests; further
 * ones are not answered, and counted. There are at most 600 answers an hour, or 60 if each is a paid write, because strangers decide how
 * many requests come. A restart does not begin a new hour ({@link ./skill_sink_budget.ts}).
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Change } from "../store/store.ts";
import { replyBudget } from "./skill_sink_budget.ts";
import { seenChange, text } from "./skill_sink_changes.ts";
import type { SkillDocument, SkillSinkServices } from "./skill_sink_services.ts";
import type { Item, StageContext } from "./stage.ts";

/** Options of the answers. */
interface ReplyOptions {
  /** How long to wait for the payment before asking for it, in milliseconds; default 5,000. */
  readonly quoteAfterMs?: number;
  /** The most answers an hour. */
  readonly perHour: number;
  /** Whether a refusal waits for the payment too. */
  readonly declineLater: boolean;
}

/** The answers of one stage. */
interface Replies {
  /** Asks for the payment of a request, unless it is paid meanwhile. Returns at once. */
  quote(item: Item, document: SkillDocument): void;
  /** Says that a request is not accepted, and why, in the commit that marks it as seen. Returns at once if the answer must wait. */
  decline(item: Item, document: SkillDocument, code: string, message: string): Promise<void>;
  /** What answers are counted against. */
  readonly budget: ReturnType<typeof replyBudget>;
  /** Drops all waiting answers. */
  stop(): void;
}

/** Answers an hour if they are free, and if each is a paid write. */
export const REPLIES_PER_HOUR = { free: 600, paid: 60 } as const;
const QUOTE_AFTER_MS = 5_000;
const MAX_WAITING = 256;
/** Requests that are due within this time of each other are looked up together. */
const TOGETHER_MS = 250;
/** A timer may fire slightly early. */
const EARLY_MS = 2;

/** A request that waits for its answer. */
interface Waiting {
  readonly answer: () => Promise<void>;
  readonly dueAtMs: number;
}

/** Makes the answers. `publish` makes the outbox row of an event. */
export function replies(
  { quoteAfterMs = QUOTE_AFTER_MS, perHour, declineLater }: ReplyOptions,
  { store, skills }: SkillSinkServices,
  publish: (event: UnsignedEvent) => Change,
  context: StageContext,
): Replies {
  /** By request id, the one that is due first at the front, because all wait equally long. */
  const waiting = new Map<string, Waiting>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const budget = replyBudget(perHour, store, context);

  const tell = async (
    item: Item,
    outcome: string,
    event: UnsignedEvent | null,
    more: readonly Change[] = [],
  ) => {
    const changes = [seenChange(item, outcome, context.clock()), ...more];
    await store.commit(event === null ? changes : [...changes, publish(event), budget.spent()]);
    if (event === null) return;
    context.log("info", "request answered", { event_id: text(item.known.id), outcome });
  };

  /** Answers later, unless the request was paid meanwhile. */
  const later = (item: Item, answer: () => Promise<void>) => {
    const id = String(item.known.id);
    if (waiting.has(id)) return;
    if (waiting.size >= MAX_WAITING) return context.count("quotes_too_many");
    waiting.set(id, { answer, dueAtMs: performance.now() + quoteAfterMs });
    timer ??= setTimeout(answerDue, quoteAfterMs);
  };

  /** Answers the requests that are due and not paid, with one question for all of them. */
  const answerDue = async () => {
    const nowMs = performance.now();
    const due = [...waiting].filter(([, { dueAtMs }]) => dueAtMs <= nowMs + EARLY_MS);
    for (const [id] of due) waiting.delete(id);
    const [next] = waiting.values();
    timer = next === undefined
      ? null
      : setTimeout(answerDue, Math.max(next.dueAtMs - nowMs, TOGETHER_MS));
    const failed = (id: string) => (error: unknown) =>
      context.log("warn", "a request could not be answered", {
        event_id: id,
        error: messageOf(error),
      });
    try {
      const { known } = await store.placesTaken(due.map(([id]) => id), 0);
      const paid = new Set(known);
      await Promise.all(
        due.map(([id, { answer }]) => paid.has(id) ? undefined : answer().catch(failed(id))),
      );
    } catch (error) {
      for (const [id] of due) failed(id)(error);
    }
  };

  return {
    budget,
    quote(item, document) {
      later(item, async () => {
        if (!await budget.take()) return;
        const byInvoice = await skills.quoteByInvoice(document).catch((error: Error) => {
          context.log("warn", "no invoice was made", {
            event_id: text(item.known.id),
            error: error.message,
          });
          return null;
        });
        const asked = byInvoice === null ? await skills.quote(document) : null;
        const event = asked?.event ?? byInvoice!.event;
        await tell(item, asked?.code ?? "payment_required", event, byInvoice?.changes);
      });
    },
    async decline(item, document, code, message) {
      const answer = async () => {
        const may = await budget.take();
        await tell(item, code, may ? skills.decline(document, code, message) : null);
      };
      if (declineLater) later(item, answer);
      else await answer();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      waiting.clear();
    },
  };
}
