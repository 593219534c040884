/**
 * Documents that programs may rely on: with `--output json` each says its name and version in `schema`, e.g. `job/1`, and
 * `docs/schema/NAME.json` has its fields. A new field is no new version. A field that goes, or means something else, is one.
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
