/**
 * Where the audit's lines go; the same shape as a stage's `Log`.
 *
 * @module
 */
import type { Fields, Level } from "../../base/log/log.ts";

/** Writes one line of the program log. */
export type AuditLog = (level: Level, msg: string, fields?: Fields) => void;
