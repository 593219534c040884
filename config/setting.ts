/**
 * One setting: its meaning, its sources, and how its value is read.
 *
 * @module
 */
import type { VariableName } from "./environment.ts";
import { m2m, type Reader } from "./setting_readers.ts";

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
export const ofFile = <Value>(meaning: string, read: Reader<Value>): Setting<Value | null> =>
  setting<Value | null>({ meaning, file: true, fallback: null, read });

/** A ceiling, which flags and environment can only lower. */
export const ceiling = (meaning: string, env?: readonly VariableName[]): Setting<bigint | null> =>
  setting<bigint | null>({ meaning, env, file: true, fallback: null, read: m2m });
