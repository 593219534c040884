/**
 * A provider's announcement: kind 31990 (NIP-89), replaced by each heartbeat. It says which kinds it serves at which price, on
 * which platform, under which tags, and at which ILP address it is paid.
 *
 * ```text
 * ["d","crosstown"] ["k","5601"] ["t","ci-cd-linux"] ["platform","linux/amd64"] ["ilp","g.dev.provider"]
 * ["price","5601","50000","0","units"]     flat, and per KiB of the request event
 * ["sandbox","bubblewrap+cgroup"]          what jobs run in; "none": for buyers on a list alone
 * ["input_schema","5650","{\"type\":\"object\"}"]   what each text input must fit, where it is short
 * ["build","linux/arm64","emulated"]      images are built for this platform; "native": on it
 * ["expiration","1763700000"]              NIP-40: a provider that is gone disappears
 * ```
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/89.md
 * @module
 */
import { asPubkey, type NostrEvent } from "../protocols/nostr/event.ts";
import { ANNOUNCEMENT_KIND, isJobRequestKind } from "../protocols/nostr/kinds.ts";
import { type JsonSchema, parseSchema, SchemaError } from "../skills/json_schema.ts";
import { type Offer, readOffer } from "./offer.ts";

/** What one kind costs: `flatUnits + ceil(bytes x unitsPerKib / 1024)` of the request event as it is paid for. */
export interface KindPrice {
  /** A request's kind. */
  readonly kind: number;
  /** For each job, base units. */
  readonly flatUnits: bigint;
  /** For each KiB of the request, base units. */
  readonly unitsPerKib: bigint;
  /** Run time of an increment, seconds, if such a job may be paid while it runs. */
  readonly incrementS?: number;
}

/** What each input of type text of a kind must fit. */
export interface KindSchema {
  /** A request's kind. */
  readonly kind: number;
  /** As the provider's skill says it. */
  readonly schema: JsonSchema;
}

/** An announcement, read or to be written. Survives a structured clone. */
export interface Announcement {
  /** The provider's public key in hex. */
  readonly pubkey: string;
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  /** Until when it holds, seconds since the epoch. */
  readonly expiresAtS: number;
  /** What is served, and for how much. */
  readonly prices: readonly KindPrice[];
  /** What text inputs of a kind must fit, where it says so; a schema that cannot be read is none. */
  readonly inputSchemas?: readonly KindSchema[];
  /** Kinds that are served for a price that is not told in units. */
  readonly unpriced: readonly number[];
  /** Whether its provider withdrew it and put this in its place. */
  readonly offline: boolean;
  /** `t` tags, e.g. `ci-cd-linux`. */
  readonly tags: readonly string[];
  /** e.g. `linux/amd64`; null where none is named. */
  readonly platform: string | null;
  /** What its jobs run in, e.g. `bubblewrap+cgroup`, or `none`; null where it does not say. */
  readonly sandbox: string | null;
  /** Which images it builds; empty where it says nothing. */
  readonly builds: readonly { readonly platform: string; readonly emulated: boolean }[];
  /** Where it is paid; null where it cannot be, then everything must be free. */
  readonly ilpAddress: string | null;
  /** For people; may be empty. */
  readonly name: string;
  /** For people; may be empty. */
  readonly about: string;
  /** The machine, its limits and its queue (offer.ts); absent where nothing was read of it. */
  readonly offer?: Offer;
}

/** The `d` tag of this program's own. Others have theirs, and are read where they name the kind that is wanted (`k`). */
export const ANNOUNCEMENT_D = "crosstown";
const MAX_TAGS = 512;
/** A longer schema is left out, because each heartbeat pays for it. */
export const MAX_SCHEMA_CHARACTERS = 512;
const MAX_SCHEMAS = 64;
const MAX_BUILDS = 16;
const MAX_INCREMENT_S = 86_400;

/** Whether jobs of this kind may be paid there while they run: by quotes alone. */
export function meters(
  { prices, offer }: Pick<Announcement, "prices" | "offer">,
  kind: number,
): boolean {
  return offer?.quotes === true && offer.modes.includes("metered") &&
    prices.some((price) => price.kind === kind && price.incrementS !== undefined);
}

/** What a `metered` tag says of a kind; null if none says it so that it can be read. */
function incrementOf(tags: readonly (readonly string[])[], kind: string): number | null {
  const [found, another] = tags.filter((tag) => tag[1] === kind);
  const seconds = another === undefined && /^[1-9]\d{0,4}$/.test(found?.[2] ?? "")
    ? Number(found[2])
    : null;
  return seconds === null || seconds > MAX_INCREMENT_S ? null : seconds;
}

/**
 * Reads an announcement whose signature was verified, of this program or another one. A kind without a price in units is told as
 * unpriced: nobody pays an amount without its unit. One that names no end holds for a day. Throws {@link AnnouncementError} when it
 * cannot be read.
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
    const incrementS = incrementOf(values("metered"), kindText);
    prices.set(kind, {
      kind,
      flatUnits: BigInt(flat),
      unitsPerKib: BigInt(perKib),
      ...incrementS !== null && { incrementS },
    });
  }
  const expiration = one("expiration");
  if (expiration !== null && !/^\d{1,12}$/.test(expiration)) bad("its expiration is not a time");
  const ilpAddress = one("ilp");
  if (ilpAddress !== null && !/^[a-zA-Z0-9._~-]{1,1023}$/.test(ilpAddress)) {
    bad("its ilp tag is not an ILP address");
  }
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
    builds: values("build").slice(0, MAX_BUILDS).map(([, platform = "", how]) => ({
      platform: platform.slice(0, 64),
      emulated: how !== "native",
    })),
    ilpAddress,
    ...words(event.content),
    offer: readOffer(event),
    inputSchemas: values("input_schema").slice(0, MAX_SCHEMAS).flatMap(readSchema),
  };
}

/** One that breaks a rule, or that this program does not understand, says nothing: the provider checks the request anyway. */
function readSchema([, kind, text = ""]: readonly string[]): KindSchema[] {
  try {
    return text.length > MAX_SCHEMA_CHARACTERS
      ? []
      : [{ kind: Number(kind), schema: parseSchema(JSON.parse(text)) }];
  } catch (error) {
    if (error instanceof SchemaError || error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Whether it holds now. `skewS` is what clocks may differ. */
export function isFresh(announcement: Announcement, nowS: number, skewS = 60): boolean {
  return announcement.createdAtS <= nowS + skewS && announcement.expiresAtS > nowS - skewS &&
    announcement.createdAtS > nowS - MAX_AGE_S;
}

/** However late it says that it expires. */
const MAX_AGE_S = 86_400;

/** What a request of `sizeBytes` of a kind costs; null when the kind is not served. */
export function priceOfKind(
  prices: readonly KindPrice[],
  kind: number,
  sizeBytes: number,
): bigint | null {
  const price = prices.find((price) => price.kind === kind);
  if (price === undefined) return null;
  return price.flatUnits + (BigInt(sizeBytes) * price.unitsPerKib + 1023n) / 1024n;
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
 * The one announcement of each provider that is read, of all that it has: this program's own before others, one with prices before one
 * without, the newest of equals. What cannot be read serves nobody here, and so does one that names none of the kinds.
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

/** Somebody's kind 31990 that is no announcement of a provider as we know it. */
class AnnouncementError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "AnnouncementError";
  /** Stable. */
  readonly code = "bad_announcement";
}
