/**
 * One value of `[networks.NAME]`, `[connectors.NETWORK.NAME]` or `[relays]` of `crosstown.toml`, for `config get`.
 *
 * @module
 */
import { parseToml } from "./table.ts";

/** The tables whose keys hold a name that the user chose. */
const NAMED = ["networks", "connectors", "relays"];

/** Whether a key lies in one of these tables. */
export function isInNamedTable(key: string): boolean {
  return NAMED.includes(key.split(".")[0]);
}

/** The value under a key such as `networks.club.relay_url`, for people: `(hidden)` for a secret. Null if the file has none there. */
export function namedTableValue(text: string, key: string): string | null {
  const path = key.split(".");
  if (!isInNamedTable(key)) return null;
  let value: unknown = parseToml(text, "the file");
  for (const name of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  }
  if (value === undefined || typeof value === "object" && !Array.isArray(value)) return null;
  if (path.at(-1) === "token") return "(hidden)";
  return Array.isArray(value) ? value.join(",") : String(value);
}
