/**
 * The schemas of results that providers had announced when a job was bought.
 *
 * @module
 */

/** What a provider's results must match for one job. */
export interface ResultSchemaRow {
  /** A buyer's job. */
  readonly jobId: string;
  /** The provider's public key in hex. */
  readonly provider: string;
  /** The schema, JSON. */
  readonly schema: string;
}

/** Stores the schemas of the providers that a new job may be given to. */
export interface PutResultSchemas {
  readonly op: "putResultSchemas";
  readonly jobId: string;
  /** At most 16, one for each provider. */
  readonly schemas: readonly Omit<ResultSchemaRow, "jobId">[];
}

/** A result that was fetched later does not match its schema: the successful job becomes an error with the code `bad_result`. */
export interface DenyResult {
  readonly op: "denyResult";
  readonly jobId: string;
  /** The denied result. */
  readonly resultEventId: string;
  /** Why, for people. */
  readonly message: string;
  readonly atMs: number;
}
