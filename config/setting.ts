/**
 * One setting: what it means, where it may be set, and how its value is read.
 *
 * @module
 */
import type { VariableName } from "./environment.ts";
import { m2m, type Reader } from "./setting_readers.ts";

/** One setting. */
export interface Setting<Value> {
  /** What it is, for people: begins small, has no final period. */
  readonly meaning: string;
  /** Without dashes. */
  readonly flag?: "network" | "relay" | "connector";
  /** Names in the environment, the first that is set wins; an empty value counts as not set. */
  readonly env?: readonly VariableName[];
  /** Whether the file may hold it. */
  readonly file: boolean;
  /** Never shown. */
  readonly secret?: boolean;
  /** A path of a file that holds a secret: never packed into a job. */
  readonly secretFile?: boolean;
  /** Where nobody said anything. */
  readonly fallback: Value;
  /** From text, or from what TOML gave; throws Unfit or ConfigError; says as a schema what it takes. */
  readonly read: Reader<Value>;
}

/** A setting as it is written in the table. */
export function setting<Value>(spec: Setting<Value>): Setting<Value> {
  return spec;
}

/** One of the file alone, not set unless it stands there. */
export const ofFile = <Value>(meaning: string, read: Reader<Value>): Setting<Value | null> =>
  setting<Value | null>({ meaning, file: true, fallback: null, read });

/** An amount that flags and the environment can only lower. */
export const ceiling = (meaning: string, env?: readonly VariableName[]): Setting<bigint | null> =>
  setting<bigint | null>({ meaning, env, file: true, fallback: null, read: m2m });
