/**
 * One setting: its meaning, its sources, and how its value is read.
 *
 * @module
 */
import type { VariableName } from "./environment.ts";
import { m2m, type Reader } from "./setting_readers.ts";

/**
 * When a running daemon uses a changed setting. `at once`: as soon as it has read the file. `at once if lower`: the same for a lower value;
 * a higher one is used after a restart. `restart`: after a restart. Commands read the file when they start.
 */
export type Applies = "at once" | "at once if lower" | "restart";

/** One setting. */
export interface Setting<Value> {
  /** The meaning for people: begins with a small letter, has no final period. */
  readonly meaning: string;
  /** The flag without dashes. */
  readonly flag?: "network" | "relay" | "moreRelays" | "connector";
  /** Names of environment variables; the first one that is set counts. An empty value counts as not set. */
  readonly env?: readonly VariableName[];
  /** Whether the file may contain it. */
  readonly file: boolean;
  /** The value is never shown. */
  readonly secret?: boolean;
  /** The path of a file with a secret, which is never packed into a job. */
  readonly secretFile?: boolean;
  /** When a running daemon uses a change; `restart` by default. */
  readonly applies?: Applies;
  /** The default. */
  readonly fallback: Value;
  /** Reads a text or a TOML value; throws Unfit or ConfigError. Describes valid values as a schema. */
  readonly read: Reader<Value>;
}

/** Infers the type of a setting. */
export function setting<Value>(spec: Setting<Value>): Setting<Value> {
  return spec;
}

/** A setting that only the file may contain; null if it is absent. */
export const ofFile = <Value>(
  meaning: string,
  read: Reader<Value>,
  applies: Applies = "restart",
): Setting<Value | null> =>
  setting<Value | null>({ meaning, file: true, applies, fallback: null, read });

/** A ceiling, which flags and environment can only lower. */
export const ceiling = (meaning: string, env?: readonly VariableName[]): Setting<bigint | null> =>
  setting<bigint | null>({
    meaning,
    env,
    file: true,
    applies: "at once if lower",
    fallback: null,
    read: m2m,
  });
