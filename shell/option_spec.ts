/**
 * An option of a command, as its file writes it down.
 *
 * @module
 */

/**
 * What a value may be, for a shell that completes it: words of a fixed list, files, or ids and names that the home is asked for
 * (`crosstown completion values SOURCE`).
 */
export type ValueSource = "file" | "folder" | HomeValues | readonly string[];

/** What a home can be asked for. */
export type HomeValues = typeof HOME_VALUES[number];

/** The sources that a home answers. */
export const HOME_VALUES = ["job", "sequence", "channel", "network", "mayor"] as const;

/** An option. A flag without `<value>` is a switch. */
export interface OptionSpec {
  /** As help shows it: `--param <k=v>`, `-n, --lines <count>`, `--wait`. */
  readonly flags: string;
  readonly summary: string;
  /** May be given several times; read with `options.list()`. */
  readonly repeat?: boolean;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** What a shell offers for its value; `choices` where there are some. */
  readonly values?: ValueSource;
}
