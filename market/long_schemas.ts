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

/** The most schemas that one question asks for, and the most that are remembered. */
const MOST_ASKED = 32;
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
 * Held: the 256 schemas that were found last.
 */
export function longSchemas(
  askAll: (filter: Filter, most: number) => Promise<readonly NostrEvent[]>,
): (found: readonly Announcement[], kinds: readonly number[]) => Promise<Announcement[]> {
  const known = new Map<string, JsonSchema>();

  const find = async (authors: readonly string[], hashes: readonly string[]) => {
    const filter = {
      kinds: [APP_DATA_KIND],
      authors,
      "#d": hashes.map((hash) => `${D_PREFIX}${hash}`),
      limit: hashes.length * 2,
    };
    for (const { kind, content } of await askAll(filter, hashes.length * 4)) {
      const hash = sha256Hex(content);
      if (kind !== APP_DATA_KIND || !hashes.includes(hash)) continue;
      const schema = schemaOf(content);
      if (schema !== null) known.set(hash, schema);
    }
    for (const hash of known.keys()) {
      if (known.size <= MOST_REMEMBERED) break;
      known.delete(hash);
    }
  };

  return async (found, kinds) => {
    const wanted = found.flatMap(({ pubkey, longSchemas = [] }) =>
      firstOfKinds(longSchemas).filter(({ kind, sha256 }) =>
        (kinds.length === 0 || kinds.includes(kind)) && !known.has(sha256)
      ).map(({ sha256 }) => ({ pubkey, sha256 }))
    ).slice(0, MOST_ASKED);
    if (wanted.length > 0) {
      const each = (of: "pubkey" | "sha256") => [...new Set(wanted.map((one) => one[of]))];
      // An announcement counts without its schemas too.
      await find(each("pubkey"), each("sha256")).catch(() => undefined);
    }
    return found.map((announcement) => completed(announcement, known));
  };
}

/** Of several schemas of one kind only the first one counts. Otherwise one provider could fill the question alone. */
function firstOfKinds(schemas: readonly LongSchema[]): LongSchema[] {
  return schemas.filter(({ of, kind }, at) =>
    schemas.findIndex((each) => each.of === of && each.kind === kind) === at
  );
}

function completed(
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
