/**
 * An option of a command, as its file writes it down.
 *
 * @module
 */

/** An option. A flag without `<value>` is a switch. */
export interface OptionSpec {
  /** As help shows it: `--param <k=v>`, `-n, --lines <count>`, `--wait`. */
  readonly flags: string;
  readonly summary: string;
  /** May be given several times; read with `options.list()`. */
  readonly repeat?: boolean;
  readonly choices?: readonly string[];
  readonly default?: string;
}
