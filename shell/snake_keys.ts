/**
 * The names of a document's fields, as every document spells them: `first_seq`, not `firstSeq`.
 *
 * @module
 */

/** A value of JSON whose fields may have camel case names, with snake case names. Other keys, such as ids and addresses, stay. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      CAMEL.test(key) ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key,
      snakeKeys(inner),
    ]),
  );
}

const CAMEL = /^[a-z][a-z0-9]*([A-Z][a-z0-9]+)+$/;
