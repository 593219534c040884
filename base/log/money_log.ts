/**
 * Log lines of the money path.
 *
 * @module
 */
import type { Fields, Level } from "./log.ts";

/** Writes one line; fields are flat and hold no secret. */
export type MoneyLog = (level: Level, msg: string, fields?: Fields) => void;
