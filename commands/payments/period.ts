/**
 * Reads times that people type: a day, a moment, or a duration before now.
 *
 * @module
 */
import { UsageError } from "../../shell/errors.ts";

/** A period in milliseconds since the epoch. It includes both ends; undefined is open. */
interface Period {
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const SUGGESTION =
  "write a day (2026-02-17, in UTC), a time (2026-02-17T14:00:00Z), or how long ago (90s, 30m, 12h, 7d, 2w)";

/**
 * Reads `--since` and `--until`. A day alone means its beginning for the one and its end for the other, so that
 * `--since 2026-02-01 --until 2026-02-28` is the whole month.
 *
 * @throws UsageError for a text that is not a time, and for a period that ends before it begins
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parsePeriod } from "./period.ts";
 *
 * const nowMs = Date.parse("2026-03-01T12:00:00Z");
 * assert.deepEqual(parsePeriod("1d", undefined, nowMs), { sinceMs: nowMs - 86_400_000 });
 * assert.equal(parsePeriod(undefined, "2026-02-28", nowMs).untilMs, Date.parse("2026-02-28T23:59:59.999Z"));
 * ```
 */
export function parsePeriod(
  since: string | undefined,
  until: string | undefined,
  nowMs: number,
): Period {
  const sinceMs = since === undefined ? undefined : timeOf("--since", since, nowMs, 0);
  const untilMs = until === undefined ? undefined : timeOf("--until", until, nowMs, UNIT_MS.d - 1);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs > untilMs) {
    throw new UsageError(
      `the period ends before it begins (--since ${since}, --until ${until})`,
      "swap the two",
    );
  }
  return {
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
}

/** Milliseconds since the epoch; `dayOffsetMs` is added to a day without a time. */
function timeOf(label: string, text: string, nowMs: number, dayOffsetMs: number): number {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text);
  if (ago !== null) return Math.max(0, nowMs - Number(ago[1]) * UNIT_MS[ago[2]]);
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = day || moment ? Date.parse(text) : NaN;
  // Date.parse reads the 31st of February as the 3rd of March, so the day is compared.
  const real = !day || new Date(ms || 0).toISOString().startsWith(text);
  if (Number.isNaN(ms) || ms < 0 || !real) {
    throw new UsageError(`${label} is not a time (got ${text.slice(0, 40)})`, SUGGESTION);
  }
  return day ? ms + dayOffsetMs : ms;
}
