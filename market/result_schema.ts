/**
 * Compares a result with the schema that its provider had announced when the job was bought. Provider and schema are strangers to this
 * home: the cost of a check has a limit (skills/json_schema.ts), and a schema that cannot be read checks nothing.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { misfitOfText, parseSchema, SchemaError } from "../skills/json_schema.ts";

/** The provider writes the schema, and parts of it are in the message. */
const MAX_MESSAGE = 250;

/** Why a result's text does not match the schema, for people; null if it does. */
export function misfitOfResult(schema: string | null, text: string): string | null {
  if (schema === null) return null;
  try {
    const found = misfitOfText(parseSchema(JSON.parse(schema)), text);
    return found === null
      ? null
      : `the result does not match the schema that its provider announced: ${found}`
        .slice(0, MAX_MESSAGE);
  } catch (error) {
    if (error instanceof SchemaError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The same for a result event. A content outside the event is compared after it was fetched, and an encrypted one never. */
export function misfitOfEvent(
  schema: string | null,
  { content, tags }: Pick<NostrEvent, "content" | "tags">,
): string | null {
  const elsewhere = content === "" && tags.some(([name]) => name === "imeta") ||
    tags.some(([name]) => name === "encrypted");
  return elsewhere ? null : misfitOfResult(schema, content);
}
