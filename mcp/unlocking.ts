/**
 * What opens the wallet of a server that nobody can ask: the suggestions of commands name a terminal and flags that `crosstown mcp` does
 * not take.
 *
 * @module
 */

const AT_THE_SERVER =
  "tell the person who runs this server: start 'crosstown mayor up' for this home, or start 'crosstown mcp' with --passphrase-file FILE; " +
  "passphrase_file or passphrase_keyring under [wallet] in the configuration work too";

const SUGGESTIONS: Readonly<Record<string, string>> = {
  no_passphrase: AT_THE_SERVER,
  wrong_passphrase:
    `the passphrase that this server was given does not open the wallet; ${AT_THE_SERVER}`,
};

/** The same document; the refusal of a locked wallet says what unlocks it here. */
export function withUnlocking(document: Record<string, unknown>): Record<string, unknown> {
  const error = document.error as { readonly code?: unknown } | null | undefined;
  const suggestion = typeof error === "object" && error !== null &&
      typeof error.code === "string" && Object.hasOwn(SUGGESTIONS, error.code)
    ? SUGGESTIONS[error.code]
    : null;
  return suggestion === null ? document : { ...document, error: { ...error, suggestion } };
}
