/**
 * Where a session's lines go; the same shape as a stage's `Log`.
 *
 * @module
 */
import type { Fields, Level } from "./log.ts";

/** Writes one line of the program log. */
export type SessionLog = (level: Level, msg: string, fields?: Fields) => void;
