/**
 * The token that clients of a server on this machine must know.
 *
 * @module
 */
import { UsageError } from "./errors.ts";

/** The user's own token, from a file that only the user can read; otherwise a new one. */
export async function tokenOf(file: string | undefined): Promise<string> {
  if (file === undefined) return crypto.randomUUID().replaceAll("-", "");
  const { readSecretText } = await import("../money/wallet/key_reader.ts");
  const token = (await readSecretText("token", { file })).trim();
  if (/^[A-Za-z0-9_-]{16,200}$/.test(token)) return token;
  throw new UsageError("the token must be 16 to 200 letters, digits, _ or -", "make a longer one");
}
