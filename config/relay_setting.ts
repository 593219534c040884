/**
 * The line `relay = "..."` of `crosstown.toml`, set or taken out; every other byte of the file stays as it is.
 *
 * @module
 */

const LINE = /^\s*(?:relay|"relay")\s*=/;

/** The text with this relay, or without one. Only the part above the first table holds the setting. */
export function withRelay(text: string, relayUrl: string | null): string {
  const lines = text === "" ? [] : text.split("\n");
  const table = lines.findIndex((line) => /^\s*\[/.test(line));
  const end = table < 0 ? lines.length : table;
  const at = lines.findIndex((line, index) => index < end && LINE.test(line));
  const wanted = relayUrl === null ? [] : [`relay = ${JSON.stringify(relayUrl)}`];
  if (at >= 0) lines.splice(at, 1, ...wanted);
  else lines.unshift(...wanted);
  const result = lines.join("\n");
  return result === "" || result.endsWith("\n") ? result : `${result}\n`;
}
