/**
 * Where a secret comes from: typed, from a file that only its owner can read, or from a descriptor that is a pipe. Never from an
 * argument list, which everybody on the machine can read.
 *
 * @module
 */
import { readSecretText } from "./key_reader.ts";

/** One of the three. */
export type SecretSource =
  | { readonly text: string }
  | { readonly file: string }
  | { readonly descriptor: number };

/** The secret; `what` names it in errors. Throws KeyFileError. */
export async function readSource(what: string, source: SecretSource): Promise<string> {
  return "text" in source ? source.text : await readSecretText(what, source);
}
