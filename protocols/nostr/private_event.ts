/**
 * Events whose inputs, parameters or words are encrypted to one reader, as NIP-90 marks them. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md#encrypted-params
 * @module
 */
import type { EventTemplate } from "./event.ts";

/** Whether what an event says is in its content, encrypted: of a request, its inputs and parameters. */
export function isPrivate({ tags }: Pick<EventTemplate, "tags">): boolean {
  return tags.some(([name]) => name === "encrypted");
}
