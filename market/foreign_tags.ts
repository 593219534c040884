/**
 * Rewrites tags that providers and customers of other programs write in their own way into the form of NIP-90. The strict readers refuse a
 * whole event for one bad tag, so without this a job would be lost for a tag that nothing depends on. The fields on which a decision
 * depends (key, job, buyer, time, content) are never changed.
 *
 * @module
 */
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import { JobTagError, parseAmount, relayUrl, type Tag } from "../protocols/nostr/job_tags.ts";
import { parseStrictJson } from "../protocols/json/strict_json.ts";

/**
 * A result or feedback for the job of one request. The one `e` tag that names the job is kept. Amounts that cannot be read, `request` tags
 * that hold no event, and repeated inputs are removed. Of several statuses the first counts, in lower case.
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

/**
 * A request with readable tags. Bids, relays and topics that cannot be read are removed, because no provider here acts on them. Bad relay
 * hints are removed too.
 */
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

/** The text of an answer's `amount` tag if that is not an amount of NIP-90. Null if it is, or if there is no such tag. */
export function amountWords(event: NostrEvent): string | null {
  const tag = event.tags.find(([name]) => name === "amount");
  return tag === undefined || readableAmount(tag) !== null ? null : tag.slice(1).join(" ");
}

/** Units and invoices are accepted in upper case. Some programs repeat the number in the place of the unit; that repetition is removed. */
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
