/**
 * How many answers a provider copies to relays that its customers name. A customer may name any public host, so without a limit it could
 * have many providers connect to a host of its choice.
 *
 * Held: a limit for each customer and each host of the last hour, at most 1,024 of either. If there are more, what would need another one
 * is not copied: to forget one would give it a new hour.
 *
 * @see docs/security.md#connections-that-strangers-cause
 * @module
 */
import { RateLimit } from "../base/rate_limit.ts";

/** Copies for one customer, and to one host: so many at once, and as many an hour. */
const PER_CUSTOMER = 300;
const PER_HOST = 600;
const MOST_HELD = 1_024;
const HOUR_S = 3_600;

/** The limits of one stage. */
interface CopyLimits {
  /** Counts copies of one answer. Returns the relays that may get one. */
  take(customer: string, relayUrls: readonly string[], nowMs: number): string[];
}

/** Makes them. */
export function copyLimits(): CopyLimits {
  const customers = limited(PER_CUSTOMER);
  const hosts = limited(PER_HOST);
  return {
    take: (customer, relayUrls, nowMs) =>
      relayUrls.filter((url) =>
        hosts.free(hostOf(url), nowMs) && customers.take(customer, nowMs) &&
        hosts.take(hostOf(url), nowMs)
      ),
  };
}

/** Every port of a name is the same host. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/\.$/, "");
}

/** The limit of each key. */
function limited(perHour: number) {
  const held = new Map<string, { readonly limit: RateLimit; usedMs: number }>();
  const of = (key: string, nowMs: number): RateLimit | null => {
    const known = held.get(key);
    if (known !== undefined) {
      known.usedMs = nowMs;
      return known.limit;
    }
    if (held.size >= MOST_HELD) {
      // After an unused hour a limit is whole again.
      for (const [each, { usedMs }] of held) {
        if (nowMs - usedMs >= HOUR_S * 1_000) held.delete(each);
      }
      if (held.size >= MOST_HELD) return null;
    }
    const limit = new RateLimit(perHour, perHour / HOUR_S);
    held.set(key, { limit, usedMs: nowMs });
    return limit;
  };
  return {
    free: (key: string, nowMs: number) => (of(key, nowMs)?.waitMs(nowMs) ?? 1) === 0,
    take: (key: string, nowMs: number) => of(key, nowMs)?.take(nowMs) ?? false,
  };
}
