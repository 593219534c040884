/**
 * The arguments or options that the user gave, read by name and checked.
 *
 * @module
 */
import type { Asset } from "../protocols/ilp/asset.ts";
import { tokenUnits } from "./amount.ts";
import { UsageError } from "./errors.ts";

/** Parsed values by name (camel case, without dashes). */
export class Given {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #label: (name: string) => string;

  /** Wraps parsed values; `label` returns a name as the user typed it. */
  constructor(values: Readonly<Record<string, unknown>>, label: (name: string) => string) {
    this.#values = values;
    this.#label = label;
  }

  /** The same values with one added. */
  with(name: string, value: string): Given {
    return new Given({ ...this.#values, [name]: value }, this.#label);
  }

  /** The value, or undefined. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  /** The value. Throws a {@link UsageError} if it is missing. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) {
      throw new UsageError(`${this.#label(name)} is missing`, "see the command's --help");
    }
    return value;
  }

  /** All values of a repeatable option. */
  list(name: string): readonly string[] {
    const value = this.#values[name];
    if (Array.isArray(value)) return value as string[];
    return typeof value === "string" ? [value] : [];
  }

  /** Whether a flag was given. */
  on(name: string): boolean {
    return this.#values[name] === true;
  }

  /** An amount of the network's token in base units, or undefined. Throws an AmountError that names the option. */
  amount(
    name: string,
    asset: Asset,
    rules?: { readonly aboveZero?: boolean },
  ): bigint | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : tokenUnits(text, this.#label(name), asset, rules);
  }

  /** A whole number in a range, or undefined. Throws a {@link UsageError} otherwise. */
  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^-?\d{1,15}$/.test(text) || value < range.min || value > range.max) {
      throw new UsageError(
        `${
          this.#label(name)
        } must be a whole number from ${range.min} to ${range.max} (got ${text})`,
        "see the command's --help",
      );
    }
    return value;
  }
}
