/**
 * Publishes events over reconnects. An event without an answer is sent again on the next connection. This is safe, because a relay
 * recognises an event by its id. Holds at most `maxPublishing` events; one more is refused at once.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { ReasonPrefix } from "../../protocols/nostr/reason.ts";
import { reactionTo, RelayError } from "./relay_error.ts";
import type { Timers } from "../../base/timers.ts";

/** A relay's answer to an event. `duplicate` means that the relay has the event. */
export interface PublishOutcome {
  readonly eventId: string;
  readonly outcome: "accepted" | "duplicate" | "refused";
  /** The prefix of the relay's message (`restricted`, `blocked`...). */
  readonly prefix: ReasonPrefix;
  /** The relay's message. */
  readonly message: string;
}

/** What publishing needs from its session. */
interface PublisherDeps {
  readonly url: string;
  readonly maxPublishing: number;
  readonly timers: Timers;
  send(event: NostrEvent): boolean;
  authenticate(): Promise<void>;
  /** Whether the relay sent a challenge that was not answered yet. */
  mayProve(): boolean;
}

interface Pending {
  readonly event: NostrEvent;
  readonly promise: Promise<PublishOutcome>;
  readonly end: (result: PublishOutcome | RelayError) => void;
  sent: boolean;
  proved: boolean;
  /** A NOTICE that came meanwhile. It may be about this event. */
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

  /** How many events wait for OK. */
  get waiting(): number {
    return this.#pending.size;
  }

  /**
   * Sends an event and resolves with the relay's OK. Two calls with the same event share one publication.
   *
   * @throws {RelayError} `timeout` if no OK came in time (read the event back to see whether the relay has it); `noticed` if also a NOTICE
   * came meanwhile (some relays refuse an event in this way); `auth_required`, `auth_refused`; `too_large` if too many events wait;
   * `session_closed`
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

  /** Sends all events without an answer on a new connection. */
  connected(): void {
    for (const pending of this.#pending.values()) {
      if (!pending.sent) pending.sent = this.#deps.send(pending.event);
    }
  }

  /** The connection was lost: its unanswered events must be sent again. */
  lost(): void {
    for (const pending of this.#pending.values()) {
      pending.sent = pending.proved = false;
      pending.notice = null;
    }
  }

  /** Sends all events without an answer again, because the relay may accept them now. */
  again(): void {
    for (const pending of this.#pending.values()) {
      if (!pending.sent) continue;
      pending.notice = null;
      this.#deps.send(pending.event);
    }
  }

  /** Keeps a NOTICE for each waiting event, because a NOTICE names no event. The error contains it if the event's OK does not come. */
  noticed(words: string): void {
    for (const pending of this.#pending.values()) {
      if (pending.sent) pending.notice = words;
    }
  }

  /** Handles the relay's OK. Returns false for an event that is not waiting. */
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
          // The connection was lost meanwhile. The event is sent again on the next one.
          if (error instanceof RelayError && error.code === "unreachable") return;
          pending.end(
            error instanceof RelayError
              ? error
              : new RelayError("auth_refused", "Could not authenticate to the relay", {
                cause: error,
              }),
          );
        },
      );
      return true;
    }
    const outcome = prefix === "duplicate" ? "duplicate" : accepted ? "accepted" : "refused";
    pending.end({ eventId, outcome, prefix, message });
    return true;
  }

  /** Rejects all waiting events, because the session ends. */
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
