/**
 * The source of a secret: typed text, a file that only its owner can read, or a descriptor that is a pipe. Secrets never come from an
 * argument list, which everybody on the machine can read.
 *
 * @module
 */
import { readSecretText } from "./key_reader.ts";

/** A source of a secret. */
export type SecretSource =
  | { readonly text: string }
  | { readonly file: string }
  | { readonly descriptor: number };

/** Reads the secret. `what` names it in errors. Throws KeyFileError. */
export async function readSource(what: string, source: SecretSource): Promise<string> {
  return "text" in source ? source.text : await readSecretText(what, source);
}
