/**
 * Schemas that are too long for an announcement, which its provider pays for at each heartbeat. The announcement names their SHA-256, and an
 * event that is written once has their text:
 *
 * ```text
 * ["input_schema","5650","sha256:9f86d0..."]       in the announcement
 * kind 30078, ["d","crosstown:schema:9f86d0..."]   content: the schema as JSON
 * ```
 *
 * The hash proves the text: neither its publisher nor a relay can change it.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/78.md
 * @module
 */
import type { EventTemplate, NostrEvent } from "../protocols/nostr/event.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { APP_DATA_KIND } from "../protocols/nostr/kinds.ts";
import { sha256Hex } from "../protocols/sha256.ts";
import {
  type JsonSchema,
  MAX_SCHEMA_CHARACTERS,
  parseSchema,
  SchemaError,
} from "../skills/json_schema.ts";
import type { Announcement } from "./announcement.ts";
import type { LongSchema } from "./kind_schemas.ts";

/** The most providers whose schemas are asked for at once. */
const MOST_AUTHORS = 32;
/** The most schemas of one of them: two for each of eight kinds. */
const MOST_OF_ONE = 16;
/** The most filters in one question. Relays refuse more than 10. */
const MOST_FILTERS = 8;
const MOST_REMEMBERED = 256;
const D_PREFIX = "crosstown:schema:";

/** The event that has the text of a schema. */
export function schemaTemplate(text: string, createdAtS: number): EventTemplate {
  return {
    kind: APP_DATA_KIND,
    created_at: createdAtS,
    tags: [["d", `${D_PREFIX}${sha256Hex(text)}`]],
    content: text,
  };
}

/**
 * Makes a function that completes announcements with their long schemas: for the given kinds, or for all kinds if none is given. A schema
 * that no relay has, or that is none, stays in `longSchemas`. Never rejects.
 *
 * Anybody can announce with many keys, and can publish events under the names of other providers' schemas. So each author has a filter of
 * its own, whose answer others cannot fill, and of more than 32 authors those count that are `known`, in this order, then the cheapest.
 *
 * Held: the 256 schemas that were found last.
 */
export function longSchemas(
  askEach: (filters: readonly Filter[], most: number) => Promise<readonly NostrEvent[]>,
): (
  found: readonly Announcement[],
  kinds: readonly number[],
  known: readonly string[],
) => Promise<Announcement[]> {
  const texts = new Map<string, JsonSchema>();

  const find = async (wanted: readonly Wanted[]) => {
    const hashes = new Set(wanted.flatMap(({ hashes }) => hashes));
    const filters = wanted.map(filterOf);
    const most = filters.reduce((sum, { limit }) => sum + 2 * limit, 0);
    for (const { kind, content } of await askEach(filters, most)) {
      const hash = sha256Hex(content);
      if (kind !== APP_DATA_KIND || !hashes.has(hash)) continue;
      const schema = schemaOf(content);
      if (schema !== null) texts.set(hash, schema);
    }
  };

  return async (found, kinds, known) => {
    const wanted = inOrder(found, kinds, known).flatMap(
      ({ pubkey, longSchemas = [] }): Wanted[] => {
        const hashes = firstOfKinds(longSchemas)
          .filter(({ kind, sha256 }) =>
            (kinds.length === 0 || kinds.includes(kind)) && !texts.has(sha256)
          ).map(({ sha256 }) => sha256);
        return hashes.length === 0 ? [] : [{ pubkey, hashes: hashes.slice(0, MOST_OF_ONE) }];
      },
    ).slice(0, MOST_AUTHORS);
    const questions = Array.from(
      { length: Math.ceil(wanted.length / MOST_FILTERS) },
      (_, at) => wanted.slice(at * MOST_FILTERS, (at + 1) * MOST_FILTERS),
    );
    // An announcement counts without its schemas too.
    await Promise.allSettled(questions.map(find));
    const completed = found.map((announcement) => complete(announcement, texts));
    for (const hash of texts.keys()) {
      if (texts.size <= MOST_REMEMBERED) break;
      texts.delete(hash);
    }
    return completed;
  };
}

/** What is asked of one author. */
interface Wanted {
  readonly pubkey: string;
  readonly hashes: readonly string[];
}

/** A relay has at most one event for each name. */
function filterOf({ pubkey, hashes }: Wanted): Filter & { readonly limit: number } {
  return {
    kinds: [APP_DATA_KIND],
    authors: [pubkey],
    "#d": hashes.map((hash) => `${D_PREFIX}${hash}`),
    limit: hashes.length,
  };
}

/** The known providers in their order, then the others, the cheapest first. */
function inOrder(
  found: readonly Announcement[],
  kinds: readonly number[],
  known: readonly string[],
): Announcement[] {
  const place = ({ pubkey }: Announcement) => {
    const at = known.indexOf(pubkey);
    return at < 0 ? known.length : at;
  };
  const priced = found.map((each) => {
    const [price] = each.prices.filter(({ kind }) => kinds.includes(kind));
    return { each, units: price?.flatUnits ?? 0n };
  });
  return priced.sort((a, b) =>
    place(a.each) - place(b.each) || (a.units < b.units ? -1 : a.units > b.units ? 1 : 0)
  ).map(({ each }) => each);
}

/** Of several schemas of one kind only the first one counts. Otherwise one provider could fill the question alone. */
function firstOfKinds(schemas: readonly LongSchema[]): LongSchema[] {
  return schemas.filter(({ of, kind }, at) =>
    schemas.findIndex((each) => each.of === of && each.kind === kind) === at
  );
}

function complete(
  announcement: Announcement,
  known: ReadonlyMap<string, JsonSchema>,
): Announcement {
  const { longSchemas = [], inputSchemas = [], outputSchemas = [] } = announcement;
  if (longSchemas.length === 0) return announcement;
  const of = (name: string) =>
    longSchemas.flatMap(({ of, kind, sha256 }) => {
      const schema = known.get(sha256);
      return of !== name || schema === undefined ? [] : [{ kind, schema }];
    });
  return {
    ...announcement,
    inputSchemas: [...inputSchemas, ...of("input_schema")],
    outputSchemas: [...outputSchemas, ...of("output_schema")],
    longSchemas: longSchemas.filter(({ sha256 }) => !known.has(sha256)),
  };
}

/** Null for a text that is no schema. A longer text is not even read, because a deep one overflows the stack. */
function schemaOf(text: string): JsonSchema | null {
  if (text.length > MAX_SCHEMA_CHARACTERS) return null;
  try {
    return parseSchema(JSON.parse(text));
  } catch (error) {
    if (error instanceof SchemaError || error instanceof SyntaxError) return null;
    throw error;
  }
}
