/**
 * The schemas of a provider's inputs and results, as `crosstown provider show` prints them.
 *
 * @module
 */
import type { Announcement } from "../../market/announcement.ts";
import type { KindSchema } from "../../market/kind_schemas.ts";

/** A schema of one kind. */
export interface ShownSchema {
  readonly kind: number;
  /** What must match it: text inputs, or results. */
  readonly of: "input" | "output";
  /** Null if the announcement has only its hash, and no relay that was asked has its text. */
  readonly schema: KindSchema["schema"] | null;
  /** The SHA-256 of such a schema; otherwise null. */
  readonly sha256: string | null;
}

/** All schemas of an announcement. */
export function shownSchemas(
  { inputSchemas = [], outputSchemas = [], longSchemas = [] }: Pick<
    Announcement,
    "inputSchemas" | "outputSchemas" | "longSchemas"
  >,
): ShownSchema[] {
  const known = (of: ShownSchema["of"], schemas: readonly KindSchema[]) =>
    schemas.map(({ kind, schema }) => ({ kind, of, schema, sha256: null }));
  return [
    ...known("input", inputSchemas),
    ...known("output", outputSchemas),
    ...longSchemas.map(({ of, kind, sha256 }): ShownSchema => ({
      kind,
      of: of === "input_schema" ? "input" : "output",
      schema: null,
      sha256,
    })),
  ];
}

/** The rows of a text for people. */
export function schemaRows(schemas: readonly ShownSchema[]): string[][] {
  if (schemas.length === 0) return [];
  const words = schemas.map(({ of, kind, schema }) =>
    `${of} of kind ${kind}${schema === null ? " (no relay has its text)" : ""}`
  );
  return [["schemas", words.join(", ")]];
}
