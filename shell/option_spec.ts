/**
 * The description of a command's option.
 *
 * @module
 */

/**
 * The possible values of an option, for shell completion: words of a fixed list, files, or ids and names that come from the home
 * (`crosstown completion values SOURCE`).
 */
export type ValueSource = "file" | "folder" | HomeValues | readonly string[];

/** The values that a home can list. */
export type HomeValues = typeof HOME_VALUES[number];

/** The sources of such values in a home. */
export const HOME_VALUES = [
  "job",
  "sequence",
  "channel",
  "network",
  "mayor",
  "connector",
  "setting",
] as const;

/** An option. A flag without `<value>` is true or absent. */
export interface OptionSpec {
  /** As help shows it, e.g. `--param <k=v>`, `-n, --lines <count>`, `--wait`. */
  readonly flags: string;
  readonly summary: string;
  /** May be repeated; read it with `options.list()`. */
  readonly repeat?: boolean;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** The values that a shell offers; `choices` if there are any. */
  readonly values?: ValueSource;
}
