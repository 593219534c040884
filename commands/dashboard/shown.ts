/**
 * How much of the home a screen shows, so that a look reads no more.
 *
 * @module
 */
import type { Model } from "./model.ts";

/** What is read at each look. */
export interface Shown {
  /** How many of the newest jobs, and how many of the newest entries. */
  readonly newest: number;
  /** Whether older jobs are in view, or may be with the next key. */
  readonly older: boolean;
}

/** The most that a look reads of either. On a higher screen, older jobs are in view. */
const MOST = 24;
/** What is read for a low screen: an entry may have no line. */
const LEAST = 10;

/** The most channels that a screen lists. */
export const MOST_CHANNELS = 3;

/** Enough for any screen. */
export const EVERYTHING: Shown = { newest: MOST, older: true };

/** What this model shows. */
export function shownOf({ rows, choice, unselected, open, daemon }: Model): Shown {
  const most = mostJobs(rows);
  const newest = Math.min(MOST, Math.max(LEAST, most));
  // A node's head counts its open jobs among all that are listed.
  const older = most > newest || !unselected || choice !== "all" || open !== null ||
    daemon?.role === "node";
  return { newest, older };
}

/** The most jobs that a screen of so many rows lists at once: two thirds of what is left beside the lines that are always there. */
export function mostJobs(rows: number): number {
  const room = rows - 4;
  return Math.max(1, room - Math.max(3, Math.floor(room / 3)) - 4);
}
