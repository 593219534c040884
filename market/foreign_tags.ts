/**
 * What providers and customers of other programs write in their own way, put into NIP-90's, so that a job is not lost for a tag that
 * nothing depends on: the strict readers refuse the whole event. What a verdict depends on (key, job, buyer, time, content) is never
 * touched.
 *
 * @module
 */
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import { JobTagError, parseAmount, relayUrl, type Tag } from "../protocols/nostr/job_tags.ts";
import { parseStrictJson } from "../protocols/json/strict_json.ts";

/**
 * A result or feedback on the job of one request. Of its `e` tags the one that names the job stays; an amount that cannot be read, a
 * request that is no event and repeated inputs go, the first of several statuses counts, in any case.
 */
export function readableAnswer(event: NostrEvent, requestId: string): NostrEvent {
  const seen = new Set<string>();
  const first = (name: string): boolean => !seen.has(name) && seen.add(name) !== undefined;
  const tags = event.tags.flatMap((tag): Tag[] => {
    const [name, value = "", ...rest] = tag;
    switch (name) {
      case "e":
        return value === requestId && first(name) ? [tag] : [];
      case "request":
        return isEvent(value) && first(name) ? [tag] : [];
      case "amount": {
        const amount = readableAmount(tag);
        return amount !== null && first(name) ? [amount] : [];
      }
      case "status":
        return first(name) ? [[name, value.toLowerCase(), ...rest]] : [];
      case "encrypted":
        return first(name) ? [tag] : [];
      case "i":
        return [];
      default:
        return [tag];
    }
  });
  return { ...event, tags };
}

/** The tags of a request: a bid, relays and topics that cannot be read go, since no provider here acts on them, and so do bad hints. */
export function readableRequest(event: NostrEvent): NostrEvent {
  const relays: string[] = [];
  let bid: Tag | null = null;
  const others = event.tags.flatMap((tag): Tag[] => {
    const [name, value = "", type = "", hint = "", ...more] = tag;
    switch (name) {
      case "bid":
        bid ??= readableAmount(tag);
        return [];
      case "relays":
        relays.push(...tag.slice(1).filter(isRelay));
        return [];
      case "t":
        return value === "" ? [] : [tag];
      case "i":
        return hint === "" || isRelay(hint) ? [tag] : [[name, value, type, "", ...more]];
      default:
        return [tag];
    }
  });
  return {
    ...event,
    tags: [
      ...others,
      ...bid === null ? [] : [bid],
      ...relays.length === 0 ? [] : [["relays", ...relays]],
    ],
  };
}

/** How an answer asks for a payment, word for word, where that is no amount of NIP-90; null where it is one, or there is none. */
export function amountWords(event: NostrEvent): string | null {
  const tag = event.tags.find(([name]) => name === "amount");
  return tag === undefined || readableAmount(tag) !== null ? null : tag.slice(1).join(" ");
}

/** Units and invoices in capitals are the same; programs in use repeat the number where the unit would stand. */
function readableAmount([name, digits, ...rest]: Tag): Tag | null {
  const words = rest.map((word) => word.toLowerCase()).filter((word) => !/^\d*$/.test(word));
  const tag = [name!, digits ?? "", ...words];
  try {
    parseAmount(tag);
    return tag;
  } catch (error) {
    if (error instanceof JobTagError) return null;
    throw error;
  }
}

function isEvent(text: string): boolean {
  try {
    parseEvent(parseStrictJson(text));
    return true;
  } catch {
    return false;
  }
}

function isRelay(text: string): boolean {
  try {
    return relayUrl(text, "bad_relays") === text;
  } catch {
    return false;
  }
}
