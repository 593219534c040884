/**
 * The documents that programs may rely on. With `--output json`, the field `schema` names the document and its version, e.g. `job/1`, and
 * `docs/schema/NAME.json` describes its fields. The version changes if a field is removed or changes its meaning, not if a field is added.
 *
 * @module
 */

/** The version of each document. */
export const DOCUMENT_VERSIONS = {
  "channel": 1,
  "channel-list": 1,
  "commands": 1,
  "doctor": 1,
  "job": 1,
  "job-list": 1,
  "job-plan": 1,
  "payments": 1,
  "payments-stats": 1,
  "provider": 1,
  "provider-list": 1,
  "wallet-balance": 1,
} as const;

/** A document that has a schema. */
export type DocumentName = keyof typeof DOCUMENT_VERSIONS;

/** The field `schema` of a document. */
export function schemaOf(name: DocumentName): string {
  return `${name}/${DOCUMENT_VERSIONS[name]}`;
}
