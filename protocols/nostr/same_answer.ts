/**
 * Compares two answers to the same job. An answer that is published again, after a crash or to another relay, may have another time and so
 * another id.
 *
 * @module
 */
import { decodeDocument } from "../toon/decode.ts";
import { type NostrEvent, parseEvent } from "./event.ts";

/** Whether an event has the same kind and content as a received document. Throws EventError or ToonError. */
export function saysTheSame(event: NostrEvent, document: Uint8Array): boolean {
  const { kind, content } = readAnswer(document);
  return kind === event.kind && content === event.content;
}

/** Decodes a document that was verified before. Throws EventError or ToonError. */
export function readAnswer(document: Uint8Array): NostrEvent {
  return parseEvent(decodeDocument(document, { maxBytes: MAX_BYTES }).event);
}

const MAX_BYTES = 1 << 20;
