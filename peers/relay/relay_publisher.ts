/**
 * Publishes events over whatever sockets come and go: an event without an answer is sent again on the next connection, which is safe
 * because a relay knows it by its id. Holds at most `maxPublishing` events; one more is refused at once.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { ReasonPrefix } from "../../protocols/nostr/reason.ts";
import { reactionTo, RelayError } from "./relay_error.ts";
import type { Timers } from "../../base/timers.ts";

/** What a relay said to an event. `duplicate` counts as being there. */
export interface PublishOutcome {
  readonly eventId: string;
  readonly outcome: "accepted" | "duplicate" | "refused";
  /** What the relay's words begin with (`restricted`, `blocked`...). */
  readonly prefix: ReasonPrefix;
  /** The relay's words. */
  readonly message: string;
}

/** What publishing needs of its session. */
interface PublisherDeps {
  readonly url: string;
  readonly maxPublishing: number;
  readonly timers: Timers;
  send(event: NostrEvent): boolean;
  authenticate(): Promise<void>;
  /** Whether the relay gave a challenge that nobody answered yet. */
  mayProve(): boolean;
}

interface Pending {
  readonly event: NostrEvent;
  readonly promise: Promise<PublishOutcome>;
  readonly end: (result: PublishOutcome | RelayError) => void;
  sent: boolean;
  proved: boolean;
  /** What the relay said meanwhile, perhaps of this event. */
  notice: string | null;
}

/** The events of one session that wait for OK. */
export class RelayPublisher {
  readonly #deps: PublisherDeps;
  readonly #pending = new Map<string, Pending>();

  /** Nothing is sent before {@link RelayPublisher.publish}. */
  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#pending.size;
  }

  /**
   * Sends an event and resolves with the relay's OK. The same event twice is one publication.
   *
   * @throws {RelayError} `timeout` when no OK came in time (it may be there or not: read it back), `noticed` when a NOTICE
   * came meanwhile (some relays refuse an event so), `auth_required`, `auth_refused`,
   * `too_large` when too many wait, `session_closed`.
   */
  publish(
    event: NostrEvent,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<PublishOutcome> {
    signal?.throwIfAborted();
    const waiting = this.#pending.get(event.id);
    if (waiting !== undefined) return waiting.promise;
    if (this.#pending.size >= this.#deps.maxPublishing) {
      return Promise.reject(
        new RelayError(
          "too_large",
          `${this.#pending.size} events wait for ${this.#deps.url} already`,
        ),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<
      PublishOutcome
    >();
    const { timers } = this.#deps;
    const abort = () => pending.end(new RelayError("session_closed", "Publishing was aborted"));
    const cancel = timers.after(
      timeoutMs,
      () => pending.end(late(`Relay ${this.#deps.url} gave no OK within ${timeoutMs} ms`, pending)),
    );
    const pending: Pending = {
      event,
      promise,
      end: (result) => {
        cancel();
        signal?.removeEventListener("abort", abort);
        this.#pending.delete(event.id);
        if (result instanceof RelayError) reject(result);
        else resolve(result);
      },
      sent: false,
      proved: false,
      notice: null,
    };
    this.#pending.set(event.id, pending);
    signal?.addEventListener("abort", abort, { once: true });
    pending.sent = this.#deps.send(event);
    return promise;
  }

  /** A connection stands: what has no answer goes out. */
  connected(): void {
    for (const pending of this.#pending.values()) {
      if (!pending.sent) pending.sent = this.#deps.send(pending.event);
    }
  }

  /** A connection is gone. */
  lost(): void {
    for (const pending of this.#pending.values()) {
      pending.sent = pending.proved = false;
      pending.notice = null;
    }
  }

  /** Sends once more what has no answer: the relay may take it now. */
  again(): void {
    for (const pending of this.#pending.values()) {
      if (!pending.sent) continue;
      pending.notice = null;
      this.#deps.send(pending.event);
    }
  }

  /** A NOTICE names no event: it is kept for those that wait, and told if their OK does not come. */
  noticed(words: string): void {
    for (const pending of this.#pending.values()) {
      if (pending.sent) pending.notice = words;
    }
  }

  /** The relay's OK; one for an event that nobody waits for is ignored. */
  ok(
    eventId: string,
    accepted: boolean,
    prefix: ReasonPrefix,
    message: string,
  ): boolean {
    const pending = this.#pending.get(eventId);
    if (pending === undefined) return false;
    if (
      !accepted && !pending.proved &&
      reactionTo(prefix, this.#deps.mayProve()) === "authenticate"
    ) {
      pending.proved = true;
      this.#deps.authenticate().then(
        () => this.#deps.send(pending.event),
        (error) => {
          // The connection went away meanwhile: the next one sends the event again.
          if (error instanceof RelayError && error.code === "unreachable") return;
          pending.end(
            error instanceof RelayError
              ? error
              : new RelayError("auth_refused", "Could not prove who we are", { cause: error }),
          );
        },
      );
      return true;
    }
    const outcome = prefix === "duplicate" ? "duplicate" : accepted ? "accepted" : "refused";
    pending.end({ eventId, outcome, prefix, message });
    return true;
  }

  /** The session ends: everybody is told. */
  close(): void {
    for (const pending of [...this.#pending.values()]) {
      pending.end(
        new RelayError("session_closed", "The relay session was closed"),
      );
    }
  }
}

function late(message: string, { notice }: Pending): RelayError {
  return notice === null
    ? new RelayError("timeout", message)
    : new RelayError("noticed", `${message}; its notice: ${notice}`);
}
