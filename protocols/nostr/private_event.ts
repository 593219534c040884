/**
 * Events whose inputs, parameters or content are encrypted to one reader, as NIP-90 marks them. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md#encrypted-params
 * @module
 */
import type { EventTemplate } from "./event.ts";

/** Whether an event's content is encrypted. In a request, the encrypted content holds inputs and parameters. */
export function isPrivate({ tags }: Pick<EventTemplate, "tags">): boolean {
  return tags.some(([name]) => name === "encrypted");
}
