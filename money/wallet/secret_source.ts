/**
 * The source of a secret: typed text, a file that only its owner can read, or a descriptor that is a pipe. Secrets never come from an
 * argument list, which everybody on the machine can read.
 *
 * @module
 */
import { keyLine } from "./key_line.ts";
import { readSecretText } from "./key_reader.ts";

/** A source of a secret. */
export type SecretSource =
  | { readonly text: string }
  | { readonly file: string }
  | { readonly descriptor: number };

/** Reads the secret. `what` names it in errors. Throws KeyFileError. */
export async function readSource(what: string, source: SecretSource): Promise<string> {
  if ("text" in source) return source.text;
  return await readSecretText(what, source, what === "key" ? { secretOf: keyLine } : {});
}
