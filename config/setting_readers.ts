/**
 * Reads settings from text or from TOML values. Each reader describes its valid values as a JSON Schema, for editors and the docs.
 *
 * @module
 */

/** The valid values of a setting in JSON Schema, with at least one example. */
interface ValueSchema {
  readonly type: string | readonly string[];
  readonly examples: readonly unknown[];
  readonly [keyword: string]: unknown;
}

/** Reads a value; throws {@link Unfit} or ConfigError. */
export type Reader<Value> = ((raw: unknown, where: string) => Value) & {
  readonly schema: ValueSchema;
};

function reader<Value>(
  schema: ValueSchema,
  read: (raw: unknown, where: string) => Value,
): Reader<Value> {
  return Object.assign(read, { schema });
}

/** An invalid value; `must` completes "KEY must be". */
export class Unfit extends Error {
  /** Always `Unfit`. */
  override readonly name = "Unfit";
}

/** Text that matches a pattern; `must` describes the pattern. */
export function wordy(pattern: RegExp, must: string, example: string): Reader<string> {
  return reader({ type: "string", pattern: pattern.source, examples: [example] }, (raw) => {
    if (typeof raw !== "string" || !pattern.test(raw)) throw new Unfit(must);
    return raw;
  });
}

/** One of some words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Reader<Word> {
  return reader({ type: "string", enum: words, examples: [words[0]] }, (raw) => {
    if (words.includes(raw as Word)) return raw as Word;
    throw new Unfit(words.join(" or "));
  });
}

/** An address that passes a check. */
export function url(
  check: (text: string, where: string) => string,
  example: string,
): Reader<string> {
  return reader({ type: "string", format: "uri", examples: [example] }, (raw, where) => {
    if (typeof raw !== "string") throw new Unfit("an address in quotes");
    return check(raw, where);
  });
}

/** A list of addresses, each of which a check lets through; as text with commas between them. */
export function urls(
  check: (text: string, where: string) => string,
  most: number,
  example: string,
): Reader<readonly string[]> {
  const items = { type: "string", format: "uri" };
  const examples = [[example]];
  return reader({ type: "array", items, maxItems: most, examples }, (raw, where) => {
    const texts = typeof raw === "string"
      ? raw.split(",").map((part) => part.trim()).filter((part) => part !== "")
      : raw;
    if (!Array.isArray(texts) || texts.length > most) {
      throw new Unfit(`a list of at most ${most} addresses`);
    }
    return texts.map((text) => {
      if (typeof text !== "string") throw new Unfit("a list of addresses in quotes");
      return check(text, where);
    });
  });
}

/** A whole number in a range. */
export function whole(min: number, max: number): Reader<number> {
  return reader({ type: "integer", minimum: min, maximum: max, examples: [min] }, (raw) => {
    const value = typeof raw === "string" && /^\d{1,15}$/.test(raw) ? Number(raw) : raw;
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw new Unfit(`a whole number from ${min} to ${max}`);
    }
    return value as number;
  });
}

/** A probability with up to six decimals. */
export const chance: Reader<number> = reader(
  { type: ["number", "string"], minimum: 0, maximum: 1, examples: [0.05] },
  (raw) => {
    const value = typeof raw === "string" && /^[01](\.\d{1,6})?$/.test(raw) ? Number(raw) : raw;
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
      throw new Unfit("a probability from 0 to 1, like 0.05");
    }
    return value;
  },
);

/** A boolean. */
export const onlyTrue: Reader<boolean> = reader(
  { type: "boolean", examples: [true, false] },
  (raw) => {
    if (raw !== true && raw !== false && raw !== "true" && raw !== "false") {
      throw new Unfit("true or false");
    }
    return raw === true || raw === "true";
  },
);

/** Valid places of a backup: a folder, ssh or https. A program, an option or a password in it is refused. */
const BACKUP =
  /^(\/[^\0\n]{1,1000}|(ssh|https):\/\/([\w.-]{1,64}@)?[a-zA-Z0-9][^\s@]{0,1000}|[\w.-]{1,64}@[a-zA-Z0-9][a-zA-Z0-9.-]{0,253}:[^\s-]\S{0,1000})$/;

/** The place of a backup. */
export const backupPlace: Reader<string> = wordy(
  BACKUP,
  "an absolute path, or an ssh or https address without a password",
  "ssh://git@example.org/audit.git",
);

/** Decimals of amounts in settings. The configuration converts them to units of the network's asset. */
export const SETTING_SCALE = 6;

const AMOUNT = /^(\d{1,12})(?:\.(\d{1,6}))?$/;

/** An amount in whole tokens with up to six decimals, as millionths. */
export const m2m: Reader<bigint> = reader({
  type: ["string", "number"],
  pattern: AMOUNT.source,
  minimum: 0,
  examples: ["0.5"],
}, (raw) => {
  const text = typeof raw === "number" || typeof raw === "bigint" ? String(raw) : raw;
  const match = typeof text === "string" ? AMOUNT.exec(text) : null;
  if (match === null) throw new Unfit("an amount with at most six decimals, like 0.5");
  return BigInt(match[1]) * 1_000_000n + BigInt((match[2] ?? "").padEnd(6, "0"));
});

const UNITS: ValueSchema = {
  type: ["integer", "string"],
  pattern: "^\\d{1,18}$",
  minimum: 0,
  examples: [50_000],
};

/** A whole number of base units. */
export const units: Reader<bigint> = reader(UNITS, (raw) => {
  const text = typeof raw === "number" || typeof raw === "bigint" ? String(raw) : raw;
  if (typeof text !== "string" || !/^\d{1,18}$/.test(text)) {
    throw new Unfit("a whole number of base units");
  }
  return BigInt(text);
});

const SKILL_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** A table with a price for each named skill. */
export const pricesBySkill: Reader<Readonly<Record<string, bigint>>> = reader({
  type: "object",
  propertyNames: { pattern: SKILL_NAME.source },
  additionalProperties: UNITS,
  examples: [{ "ci-run": 50_000 }],
}, (raw) => {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new Unfit("a table of skills, each with a whole number of base units");
  }
  return Object.fromEntries(
    Object.entries(raw).map(([name, price]) => {
      if (SKILL_NAME.test(name)) return [name, units(price, name)];
      throw new Unfit("a table whose keys are names of skills, like ci-run");
    }),
  );
});

/** The payment modes that a provider can forbid for a skill. */
const PAYMENT_MODES = ["upfront", "on-delivery", "metered", "lightning"] as const;

/** A table with the payment modes of each named skill. */
export const modesBySkill: Reader<Readonly<Record<string, readonly string[]>>> = reader({
  type: "object",
  propertyNames: { pattern: SKILL_NAME.source },
  additionalProperties: {
    type: "array",
    items: { enum: PAYMENT_MODES },
    minItems: 1,
    uniqueItems: true,
  },
  examples: [{ "ci-run": ["on-delivery", "metered"] }],
}, (raw) => {
  const must = `a table of skills, each with a list of ${PAYMENT_MODES.join(", ")}`;
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw new Unfit(must);
  return Object.fromEntries(
    Object.entries(raw).map(([name, modes]) => {
      if (!SKILL_NAME.test(name)) {
        throw new Unfit("a table whose keys are names of skills, like ci-run");
      }
      const isList = Array.isArray(modes) && modes.length > 0 &&
        new Set(modes).size === modes.length &&
        modes.every((mode) => PAYMENT_MODES.includes(mode));
      if (!isList) throw new Unfit(must);
      return [name, modes];
    }),
  );
});

/** At most 256 texts that each match a pattern. */
export function list(item: RegExp, must: string, example: string): Reader<readonly string[]> {
  const items = { type: "string", pattern: item.source };
  return reader({ type: "array", items, maxItems: 256, examples: [[example]] }, (raw) => {
    const items = typeof raw === "string" ? raw.split(",").map((part) => part.trim()) : raw;
    if (
      !Array.isArray(items) || items.length > 256 ||
      !items.every((each) => typeof each === "string" && item.test(each))
    ) throw new Unfit(`a list of at most 256, each ${must}`);
    return items;
  });
}
