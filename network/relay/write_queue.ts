/**
 * The way of an event into the relay: read, screened, verified, durable, then passed on.
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

/** What became of a write. Survives a structured clone. */
export interface WriteResult {
  readonly result: "stored" | "duplicate" | "refused";
  /** `stored`, `broadcast` (ephemeral), `duplicate`, or a RefusalCode. */
  readonly code: string;
  readonly message: string;
  /** Null where no event could be read. */
  readonly eventId: string | null;
  /** The event's author, where one could be read. */
  readonly pubkey: string | null;
  /** Whether exactly this event was taken in before, though it may be deleted, replaced or expired by now. */
  readonly takenBefore: boolean;
}

/** What a check says: the same as a write would. */
export interface CheckResult extends Omit<WriteResult, "result"> {
  readonly result: "new" | "duplicate" | "refused";
}

/** What writing needs. */
interface WriteQueueDeps {
  readonly store: EventStore;
  readonly desk: AdmissionCheck;
  readonly writes: GroupWrite;
  readonly figures: FigureBook;
  /** Gives an event that was taken in to whoever listens for it. */
  readonly broadcast: (stored: StoredEvent) => void;
}

/** Documents that were checked and are not written yet, at most: about as many as a payer has under way. */
const REMEMBERED = 128;

/** The writes of one relay. Held: the last {@link REMEMBERED} documents that were checked and would be taken in. */
export class WriteQueue {
  readonly #deps: WriteQueueDeps;
  readonly #checked = new Map<string, ReceivedEvent>();

  /** Over a store. */
  constructor(deps: WriteQueueDeps) {
    this.#deps = deps;
  }

  /** Whether these bytes (TOON or JSON) would be taken in. No effect. */
  async check(raw: Uint8Array): Promise<CheckResult> {
    const received = this.#deps.desk.read(raw);
    if ("result" in received) return this.#refusal(received);
    const admission = await this.#deps.desk.check(received);
    if (admission.result === "refused") return this.#refusal(admission);
    const { result, stored: { event: { id, pubkey } } } = admission;
    const takenBefore = result === "duplicate";
    if (result === "new") this.#remember(id, received);
    return { result, code: result, message: "", eventId: id, pubkey, takenBefore };
  }

  /** Takes a document in, unless it is another event than `expectedId` says. */
  async write(raw: Uint8Array, expectedId?: string): Promise<WriteResult> {
    const received = this.#remembered(raw, expectedId) ?? this.#deps.desk.read(raw);
    if ("result" in received) return this.#refused(received);
    if (expectedId !== undefined && received.event.id !== expectedId) {
      const message = "the document holds another event";
      return this.#refused({ result: "refused", code: "bad_id", message, event: received.event });
    }
    return await this.take(received);
  }

  /** Takes an event in: durable, or broadcast if ephemeral, before it resolves. */
  async take(received: ReceivedEvent, proved?: ReadonlySet<string>): Promise<WriteResult> {
    const { desk, writes, figures, broadcast } = this.#deps;
    const admission = await desk.check(received, proved);
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
      // While the signature was looked at, the same event may have gone out.
      return desk.sends(stored.event)
        ? done("stored", "broadcast")
        : done("duplicate", "duplicate");
    }
    reached("relay.before_store");
    const standing = await writes.put(stored);
    reached("relay.stored");
    if (standing === "duplicate") return done("duplicate", "duplicate");
    if (standing === "new") return done("stored", "stored");
    const message = "another event of the same moment took its place";
    return this.#refused({ result: "refused", code: standing, message, event: stored.event });
  }

  #remember(id: string, received: ReceivedEvent): void {
    this.#checked.set(id, received);
    if (this.#checked.size > REMEMBERED) this.#checked.delete(this.#checked.keys().next().value!);
  }

  /** The very bytes that were checked are not read again; everything else about them is looked at again. */
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

/** NIP-01's words for an OK. */
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
