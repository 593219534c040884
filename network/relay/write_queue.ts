/**
 * Writes events into the relay: decodes, checks and verifies an event, stores it durably, and then sends it to subscribers.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { hasOwnId } from "../../protocols/nostr/event_id.ts";
import { reached } from "../../base/crash_point.ts";
import type { AdmissionCheck, ReceivedEvent, Refusal } from "./admission.ts";
import { classOfKind } from "./event_class.ts";
import type { EventStore, StoredEvent } from "./event_store.ts";
import type { GroupWrite } from "./group_write.ts";
import type { FigureBook } from "./relay_figures.ts";

/** The result of a write. It can be cloned (structured clone). */
export interface WriteResult {
  readonly result: "stored" | "duplicate" | "refused";
  /** `stored`, `broadcast` (ephemeral), `duplicate`, or a RefusalCode. */
  readonly code: string;
  readonly message: string;
  /** Null if no event could be read. */
  readonly eventId: string | null;
  /** The event's author; null if no event could be read. */
  readonly pubkey: string | null;
  /** Whether the relay accepted exactly this event before. It may have been deleted, replaced or expired since. */
  readonly takenBefore: boolean;
}

/** The result of a check: the same that a write would have. */
export interface CheckResult extends Omit<WriteResult, "result"> {
  readonly result: "new" | "duplicate" | "refused";
}

/** What writes need. */
interface WriteQueueDeps {
  readonly store: EventStore;
  readonly checker: AdmissionCheck;
  readonly writes: GroupWrite;
  readonly figures: FigureBook;
  /** Sends an accepted event to its subscribers. */
  readonly broadcast: (stored: StoredEvent) => void;
}

/** The most checked documents that are remembered until their write: about as many as a payer has open packets. */
const REMEMBERED = 128;

/** The writes of one relay. Held: the last {@link REMEMBERED} documents that passed a check and are not written yet. */
export class WriteQueue {
  readonly #deps: WriteQueueDeps;
  readonly #checked = new Map<string, ReceivedEvent>();

  /** Writes into one store. */
  constructor(deps: WriteQueueDeps) {
    this.#deps = deps;
  }

  /** Whether the relay would accept these bytes (TOON or JSON). Has no effect. */
  async check(raw: Uint8Array): Promise<CheckResult> {
    const received = this.#deps.checker.read(raw);
    if ("result" in received) return this.#refusal(received);
    const admission = await this.#deps.checker.check(received);
    if (admission.result === "refused") return this.#refusal(admission);
    const { result, stored: { event: { id, pubkey } } } = admission;
    const takenBefore = result === "duplicate";
    if (result === "new") this.#remember(id, received);
    return { result, code: result, message: "", eventId: id, pubkey, takenBefore };
  }

  /** Writes a document. With `expectedId`, refuses another event. */
  async write(raw: Uint8Array, expectedId?: string): Promise<WriteResult> {
    const received = this.#remembered(raw, expectedId) ?? this.#deps.checker.read(raw);
    if ("result" in received) return this.#refused(received);
    if (expectedId !== undefined && received.event.id !== expectedId) {
      const message = "the document holds another event";
      return this.#refused({ result: "refused", code: "bad_id", message, event: received.event });
    }
    return await this.take(received);
  }

  /** Writes an event. When it resolves, the event is durable, or was sent to the subscribers if it is ephemeral. */
  async take(received: ReceivedEvent, proved?: ReadonlySet<string>): Promise<WriteResult> {
    const { checker, writes, figures, broadcast } = this.#deps;
    const admission = await checker.check(received, proved);
    if (admission.result === "refused") return this.#refused(admission);
    const { stored, stored: { event: { id, pubkey, kind } } } = admission;
    const done = (result: "stored" | "duplicate", code: string): WriteResult => {
      const takenBefore = result === "duplicate";
      const message = takenBefore ? "already have this event" : "";
      if (takenBefore) figures.duplicate();
      else {
        figures.wrote();
        broadcast(stored);
        reached("relay.broadcast");
      }
      return { result, code, message, eventId: id, pubkey, takenBefore };
    };
    if (admission.result === "duplicate") return done("duplicate", "duplicate");
    if (classOfKind(kind) === "ephemeral") {
      // The same event may have been sent while its signature was checked.
      return checker.sends(stored.event)
        ? done("stored", "broadcast")
        : done("duplicate", "duplicate");
    }
    reached("relay.before_store");
    const standing = await writes.put(stored);
    reached("relay.stored");
    if (standing === "duplicate") return done("duplicate", "duplicate");
    if (standing === "new") return done("stored", "stored");
    const message = "an event that was stored at the same moment replaces or deletes this one";
    return this.#refused({ result: "refused", code: standing, message, event: stored.event });
  }

  #remember(id: string, received: ReceivedEvent): void {
    this.#checked.set(id, received);
    if (this.#checked.size > REMEMBERED) this.#checked.delete(this.#checked.keys().next().value!);
  }

  /** The decoded event, if exactly these bytes passed a check. They are not decoded again, but all other checks are repeated. */
  #remembered(raw: Uint8Array, id: string | undefined): ReceivedEvent | null {
    const received = id === undefined ? undefined : this.#checked.get(id);
    if (received === undefined || !equalBytes(received.raw, raw)) return null;
    this.#checked.delete(id!);
    return received;
  }

  #refused(refusal: Refusal): WriteResult {
    this.#deps.figures.refused(refusal.code);
    return this.#refusal(refusal);
  }

  #refusal({ result, code, message, event }: Refusal): WriteResult & { result: "refused" } {
    return {
      result,
      code,
      message,
      eventId: event?.id ?? null,
      pubkey: event?.pubkey ?? null,
      takenBefore: event !== null && hasOwnId(event) && this.#deps.store.wasWritten(event.id),
    };
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}

/** The OK of a write, with the message form of NIP-01. */
export function okOf({ result, code, message }: WriteResult): {
  readonly accepted: boolean;
  readonly message: string;
} {
  if (result === "stored") return { accepted: true, message: "" };
  if (result === "duplicate") return { accepted: true, message: `duplicate: ${message}` };
  return { accepted: false, message: `${PREFIXES[code] ?? "invalid"}: ${message}` };
}

const PREFIXES: Readonly<Record<string, string>> = {
  blocked: "blocked",
  deleted: "blocked",
  not_stored: "blocked",
  protected: "auth-required",
  superseded: "duplicate",
};
