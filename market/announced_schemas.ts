/**
 * The schemas of results that are stored with a job.
 *
 * @module
 */
import type { PutResultSchemas } from "../store/result_schema_row.ts";
import type { Chosen } from "./choose_provider.ts";
import { schemaOfKind } from "./kind_schemas.ts";

/** The schemas that these providers announce for results of a kind. */
export function announcedSchemas(
  chosen: readonly Chosen[],
  kind: number,
): PutResultSchemas["schemas"] {
  return chosen.flatMap(({ announcement: { pubkey, outputSchemas } }) => {
    const schema = schemaOfKind(outputSchemas, kind);
    return schema === undefined ? [] : [{ provider: pubkey, schema: JSON.stringify(schema) }];
  });
}
