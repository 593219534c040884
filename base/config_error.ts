/**
 * The error of a configuration, with a suggestion.
 *
 * @module
 */
import { crossesPorts } from "./ports/error_classes.ts";

/** An error in the configuration. The message names key and source and contains no secret. */
export class ConfigError extends Error {
  /** Always `ConfigError`. */
  override readonly name = "ConfigError";
  /** Stable, snake_case. */
  readonly code:
    | "config_syntax"
    | "config_unknown_key"
    | "config_invalid"
    | "config_permissions"
    | "linked_file"
    | "not_plain"
    | "unknown_network"
    | "insecure_url"
    | "plain_text_key_refused"
    | "mainnet_refused";
  /** What to do, for people. */
  readonly suggestion: string;
  /** The key of the file that is wrong, with dots; null if there is none. */
  readonly key: string | null;

  /** Makes an error. */
  constructor(
    code: ConfigError["code"],
    message: string,
    suggestion: string,
    options: ErrorOptions & { readonly key?: string | null } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.key = options.key ?? null;
    this.code = code;
    this.suggestion = suggestion;
  }
}

crossesPorts<ConfigError>(
  "ConfigError",
  ({ code, message, suggestion = "" }) => new ConfigError(code, message, suggestion),
);

/** Suggests the known word that is most similar to the typed one, if it is similar enough; otherwise lists some. */
export function nearest(typed: string, known: readonly string[]): string {
  const guess = nearestWord(typed, known);
  if (guess !== null) return `did you mean '${guess}'?`;
  return known.length === 0 ? "remove it" : `known here: ${known.slice(0, 12).join(", ")}`;
}

/** The known word that is most similar to the typed one; null if none is similar enough. */
export function nearestWord(typed: string, known: readonly string[]): string | null {
  const scored = known.map((word) => ({ word, distance: distance(typed.slice(0, 64), word) }));
  scored.sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  if (best === undefined) return null;
  return best.distance <= Math.max(2, Math.floor(best.word.length / 3)) ? best.word : null;
}

/** Edit distance of two words; a swap of two adjacent letters counts as one edit. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let least = Math.min(last[column] + 1, next[column - 1] + 1, last[column - 1] + cost);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, before[column - 2] + 1);
      }
      next.push(least);
    }
    before = last;
    last = next;
  }
  return last[b.length];
}
