/**
 * A provider's announcement: kind 31990 (NIP-89). Each heartbeat replaces it. It names the kinds that the provider serves, their prices,
 * its platform, its tags, and the ILP address at which it is paid.
 *
 * ```text
 * ["d","crosstown"] ["k","5601"] ["t","ci-cd-linux"] ["platform","linux/amd64"] ["ilp","g.dev.provider"]
 * ["price","5601","50000","0","units"]     for each job, and for each KiB of the request event
 * ["sandbox","bubblewrap+cgroup"]          the sandbox of jobs; kind_access.ts has the kinds that run without it
 * ["input_schema","5650","{\"type\":\"object\"}"]   the schema of text inputs, or the hash of a long one; also output_schema
 * ["build","linux/arm64","emulated"]      it builds images for this platform; "native": on it
 * ["expiration","1763700000"]              NIP-40: so the announcement of a stopped provider ends
 * ```
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/89.md
 * @module
 */
import { asPubkey, type NostrEvent } from "../protocols/nostr/event.ts";
import { ANNOUNCEMENT_KIND, isJobRequestKind } from "../protocols/nostr/kinds.ts";
import { type Increment, parseIncrement } from "../protocols/nostr/metered.ts";
import {
  mostTokens,
  readTokenPrice,
  type TokenPrice,
  tokenUnits,
} from "../protocols/nostr/token_price.ts";
import { type KindAccess, readAccess } from "./kind_access.ts";
import { type KindSchema, type LongSchema, readLongSchemas, readSchemas } from "./kind_schemas.ts";
import { type Offer, readOffer } from "./offer.ts";

/**
 * The price of one kind: `flatUnits + ceil(bytes x unitsPerKib / 1024)`, where `bytes` is the size of the request event in the payment, and
 * the most tokens that the request can use.
 */
export interface KindPrice {
  /** The kind of the request. */
  readonly kind: number;
  /** The price of each job, in base units. */
  readonly flatUnits: bigint;
  /** The additional price of each KiB of the request, in base units. */
  readonly unitsPerKib: bigint;
  /** What one increment buys. Present if such a job may be paid while it runs. */
  readonly increment?: Increment;
  /** The price of tokens. Absent if they cost nothing. */
  readonly tokens?: TokenPrice;
  /** The only payment modes that this provider's owner allows. Absent if every possible one is, and in announcements that were read. */
  readonly modes?: readonly string[];
}

/** Whether a provider's own rules allow this payment mode. */
export function allowsMode({ modes }: Pick<KindPrice, "modes">, mode: string): boolean {
  return modes === undefined || modes.includes(mode);
}

/** An announcement that was read, or that will be written. It survives a structured clone. */
export interface Announcement {
  /** The provider's public key in hex. */
  readonly pubkey: string;
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  /** The time until which it is valid, in seconds since the epoch. */
  readonly expiresAtS: number;
  /** The kinds that are served, and their prices. */
  readonly prices: readonly KindPrice[];
  /** Names of kinds that have none of their own. Invalid ones are left out. */
  readonly types?: readonly KindType[];
  /** The schemas of text inputs by kind. A schema that cannot be read is left out. */
  readonly inputSchemas?: readonly KindSchema[];
  /** The schemas of results by kind. A schema that cannot be read is left out. */
  readonly outputSchemas?: readonly KindSchema[];
  /** Long schemas that the announcement names by their hash, and whose text was not found yet. Default: none. */
  readonly longSchemas?: readonly LongSchema[];
  /** Kinds that are served, but without a price in units. */
  readonly unpriced: readonly number[];
  /** True if the provider withdrew its announcement and published this one in its place. */
  readonly offline: boolean;
  /** `t` tags, e.g. `ci-cd-linux`. */
  readonly tags: readonly string[];
  /** e.g. `linux/amd64`. Null if the announcement names none. */
  readonly platform: string | null;
  /** The sandbox of its jobs, e.g. `bubblewrap+cgroup`, or `none`. Null if the announcement names none. */
  readonly sandbox: string | null;
  /** The kinds that run without the sandbox, or that only named buyers may buy. Default: none. */
  readonly access?: readonly KindAccess[];
  /** The platforms for which it builds images. Empty if the announcement names none. */
  readonly builds: readonly { readonly platform: string; readonly emulated: boolean }[];
  /** The ILP address at which it is paid. Null if it has none; then only free jobs can be bought from it. */
  readonly ilpAddress: string | null;
  /** Further addresses, at other connectors. Default: none. */
  readonly moreAddresses?: readonly string[];
  /** A name for people. It may be empty. */
  readonly name: string;
  /** A description for people. It may be empty. */
  readonly about: string;
  /** The machine, its limits and its queue (offer.ts). Absent if it was not read. */
  readonly offer?: Offer;
}

/** The name of a kind, for buyers that order by name. */
export interface KindType {
  /** The kind of the request. */
  readonly kind: number;
  /** The name of a job type, as in `crosstown job submit TYPE`. */
  readonly type: string;
}

const TYPE_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;

/**
 * The `d` tag of this program's announcements. Announcements of other programs have other `d` tags; they are read if they name the wanted
 * kind (`k`).
 */
export const ANNOUNCEMENT_D = "crosstown";
const ADDRESS = /^[a-zA-Z0-9._~-]{1,1023}$/;
const MAX_MORE_ADDRESSES = 8;
const MAX_TAGS = 512;
const MAX_TYPES = 64;
const MAX_BUILDS = 16;

/** Whether the provider lets jobs of this kind be paid while they run. Only quotes make that possible. */
export function meters(
  { prices, offer }: Pick<Announcement, "prices" | "offer">,
  kind: number,
): boolean {
  return offer?.quotes === true && offer.modes.includes("metered") &&
    prices.some((price) => price.kind === kind && price.increment !== undefined);
}

/** The increment of a kind from its `metered` tag. Null if there is no such tag, more than one, or one that cannot be read. */
function incrementOf(tags: readonly (readonly string[])[], kind: string): Increment | null {
  const [found, another] = tags.filter((tag) => tag[1] === kind);
  return another === undefined ? parseIncrement(found?.[2]) : null;
}

/**
 * Reads an announcement of this program or of another one. The caller has verified its signature. A kind whose price is not in units counts
 * as unpriced, because an amount without a known unit is never paid. An announcement without an expiration is valid for a day. Throws
 * {@link AnnouncementError} if it cannot be read.
 */
export function parseAnnouncement(event: NostrEvent): Announcement {
  if (event.kind !== ANNOUNCEMENT_KIND) bad(`kind must be ${ANNOUNCEMENT_KIND}`);
  if (event.tags.length > MAX_TAGS) bad(`it has more than ${MAX_TAGS} tags`);
  const values = (name: string) => event.tags.filter((tag) => tag[0] === name);
  const one = (name: string): string | null => {
    const found = values(name);
    if (found.length > 1) bad(`it has more than one ${name} tag`);
    return found[0]?.[1] ?? null;
  };
  one("d");
  const offline = one("status") === "offline";
  const kinds = new Set(values("k").map((tag) => tag[1]));
  if (kinds.size === 0) bad("it names no kind");
  const prices = new Map<number, KindPrice>();
  for (const [, kindText, flat, perKib, unit] of values("price")) {
    if (unit !== "units" || !kinds.has(kindText)) continue;
    const kind = Number(kindText);
    if (!isJobRequestKind(kind)) continue;
    if (!isAmount(flat) || !isAmount(perKib)) {
      bad(`its price of kind ${kind} is not a whole number`);
    }
    if (prices.has(kind)) bad(`it has two prices of kind ${kind}`);
    const tokens = readTokenPrice(event, kind);
    if (tokens === undefined) continue;
    const increment = incrementOf(values("metered"), kindText);
    prices.set(kind, {
      kind,
      flatUnits: BigInt(flat),
      unitsPerKib: BigInt(perKib),
      ...increment !== null && { increment },
      ...tokens !== null && { tokens },
    });
  }
  const expiration = one("expiration");
  if (expiration !== null && !/^\d{1,12}$/.test(expiration)) bad("its expiration is not a time");
  const ilpAddress = one("ilp");
  const moreAddresses = values("ilp").flatMap((tag) => tag.slice(2, 2 + MAX_MORE_ADDRESSES));
  if (ilpAddress !== null && ![ilpAddress, ...moreAddresses].every((each) => ADDRESS.test(each))) {
    bad("its ilp tag is not an ILP address");
  }
  const long = readLongSchemas(event.tags);
  const unpriced = [...kinds].map(Number).filter((kind) =>
    isJobRequestKind(kind) && !prices.has(kind)
  );
  return {
    pubkey: asPubkey(event.pubkey),
    createdAtS: event.created_at,
    expiresAtS: expiration === null ? event.created_at + MAX_AGE_S : Number(expiration),
    prices: offline ? [] : [...prices.values()],
    unpriced: offline ? [] : unpriced,
    offline,
    tags: values("t").map((tag) => tag[1] ?? "").filter((tag) => tag !== "" && tag.length <= 200),
    platform: one("platform"),
    sandbox: one("sandbox")?.slice(0, 64) ?? null,
    access: offline ? [] : readAccess(event.tags),
    builds: values("build").slice(0, MAX_BUILDS).map(([, platform = "", how]) => ({
      platform: platform.slice(0, 64),
      emulated: how !== "native",
    })),
    ilpAddress,
    ...moreAddresses.length > 0 && { moreAddresses },
    ...words(event.content),
    types: offline ? [] : values("type").slice(0, MAX_TYPES)
      .flatMap(([, kind, type = ""]) =>
        kinds.has(kind) && isJobRequestKind(Number(kind)) && TYPE_NAME.test(type)
          ? [{ kind: Number(kind), type }]
          : []
      ),
    offer: readOffer(event),
    // The provider checks each request in any case.
    inputSchemas: readSchemas(event.tags, "input_schema"),
    outputSchemas: readSchemas(event.tags, "output_schema"),
    ...long.length > 0 && { longSchemas: long },
  };
}

/** Whether an announcement is valid now. `skewS` is the clock difference that is tolerated, in seconds. */
export function isFresh(announcement: Announcement, nowS: number, skewS = 60): boolean {
  return announcement.createdAtS <= nowS + skewS && announcement.expiresAtS > nowS - skewS &&
    announcement.createdAtS > nowS - MAX_AGE_S;
}

/** The greatest age of an announcement in seconds, whatever its expiration says. */
const MAX_AGE_S = 86_400;

/**
 * The most that a request of `sizeBytes` bytes of a kind costs. Null if the kind is not served. Without the request, a token for each of its
 * bytes counts, and the longest answer.
 */
export function priceOfKind(
  prices: readonly KindPrice[],
  kind: number,
  sizeBytes: number,
  request?: Pick<NostrEvent, "tags" | "content">,
): bigint | null {
  const price = prices.find((price) => price.kind === kind);
  if (price === undefined) return null;
  const { flatUnits, unitsPerKib, tokens } = price;
  const runUnits = flatUnits + (BigInt(sizeBytes) * unitsPerKib + 1023n) / 1024n;
  if (tokens === undefined) return runUnits;
  const most = request === undefined
    ? { input: sizeBytes, output: tokens.mostOutput }
    : mostTokens(request, tokens.mostOutput);
  return runUnits + tokenUnits(tokens, most);
}

function isAmount(text: string | undefined): text is string {
  return text !== undefined && /^(?:0|[1-9][0-9]{0,18})$/.test(text);
}

function words(content: string): { readonly name: string; readonly about: string } {
  const short = (value: unknown) => typeof value === "string" ? value.slice(0, 500) : "";
  try {
    const value = JSON.parse(content);
    return { name: short(value?.name), about: short(value?.about) };
  } catch {
    return { name: "", about: "" };
  }
}

function bad(why: string): never {
  throw new AnnouncementError(`Cannot read the announcement: ${why}`);
}

/**
 * Chooses one announcement of each provider. This program's own announcements come before those of other programs, then those with prices
 * before those without, then the newest. Announcements that cannot be read, or that name none of the kinds, are left out.
 */
export function announcementsOf(
  events: Iterable<NostrEvent>,
  kinds: readonly number[],
): Announcement[] {
  const best = new Map<string, { readonly rank: number; readonly announcement: Announcement }>();
  for (const event of events) {
    let announcement: Announcement;
    try {
      announcement = parseAnnouncement(event);
    } catch (error) {
      if (!(error instanceof AnnouncementError)) throw error;
      continue;
    }
    const { prices, unpriced, offline, pubkey, createdAtS } = announcement;
    const served = [...prices.map(({ kind }) => kind), ...unpriced];
    if (!offline && kinds.length > 0 && !kinds.some((kind) => served.includes(kind))) continue;
    const own = event.tags.some(([name, value]) => name === "d" && value === ANNOUNCEMENT_D);
    const rank = (own ? 2 : 0) + (prices.length > 0 ? 1 : 0);
    const held = best.get(pubkey);
    const better = held === undefined || rank > held.rank ||
      rank === held.rank && createdAtS > held.announcement.createdAtS;
    if (better) best.set(pubkey, { rank, announcement });
  }
  return [...best.values()].map(({ announcement }) => announcement);
}

/** An event of kind 31990 that is not a provider's announcement in a form that this program knows. */
class AnnouncementError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "AnnouncementError";
  /** Stable. */
  readonly code = "bad_announcement";
}
