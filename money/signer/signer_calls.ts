/**
 * Guards for calls from hostile callers: lists are limited, and errors of reading fields are not passed on.
 *
 * @module
 */
import { SignerError } from "./signer_error.ts";

/** The most events or packets of one call. */
const MAX_BATCH = 1_024;

export function batch(list: unknown, what: string): unknown[] {
  if (!Array.isArray(list)) throw new SignerError("bad_field", `${what} must be a list`);
  const { length } = list;
  if (length > MAX_BATCH) {
    throw new SignerError("bad_field", `at most ${MAX_BATCH} ${what} in one call (got ${length})`);
  }
  return Array.from({ length }, (_, at) => list[at]);
}

/** Any other error while hostile fields are read becomes an error with our own message. */
export function safely<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SignerError) throw error;
    throw new SignerError("bad_field", "Cannot sign: a field cannot be read");
  }
}
