/**
 * Repeats a result without its `request` tag if a relay refused it because of that tag. Some relays accept at most 1,024 characters in a
 * tag, and a result that cannot be published has no value.
 *
 * @module
 */
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import { isJobResultKind } from "../protocols/nostr/kinds.ts";
import { readAnswer } from "../protocols/nostr/same_answer.ts";
import type { Change } from "../store/store.ts";
import type { SinkOutcome } from "./prepare_sink_services.ts";
import type { Item } from "./stage.ts";

/** Refusals that may be due to the event's form. */
const OF_FORM: readonly string[] = ["refused", "noticed", "too_large"];

/** The outbox row of the same result without its `request` tag; null if the refusal has another reason or the event is no such result. */
export function shorterResult(item: Item, outcome: SinkOutcome, nowMs: number): Change | null {
  const { outbox_id: outboxId, job_id: jobId, destination, terminal } = item.known;
  if (outcome.state !== "refused" || !OF_FORM.includes(outcome.code)) return null;
  if (typeof outboxId !== "number" || typeof jobId !== "string") return null;
  const event = shortened(item);
  return event === null ? null : {
    op: "addOutbox",
    row: {
      jobId,
      purpose: "write",
      event: new TextEncoder().encode(JSON.stringify(event)),
      destination: String(destination ?? ""),
      terminalPubkey: String(terminal ?? ""),
      amountUnits: null,
      createdAtMs: nowMs,
    },
  };
}

/** A result without its `request` tag, unsigned; null if it has no such tag. */
export function shortened({ known: { kind }, bytes }: Item): UnsignedEvent | null {
  if (typeof kind !== "number" || !isJobResultKind(kind)) return null;
  // Our own event, signed by this home.
  const { pubkey, created_at, tags, content } = readAnswer(bytes);
  const shorter = tags.filter(([name]) => name !== "request");
  return shorter.length === tags.length
    ? null
    : { pubkey, created_at, kind, tags: shorter, content };
}
