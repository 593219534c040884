/**
 * Interledger time: 17 digits `YYYYMMDDHHMMSSfff`, UTC. Only real dates are accepted: month 13 is refused, not converted to the next year.
 *
 * @see https://interledger.org/developers/rfcs/interledger-protocol/
 * @module
 */

/** The last time with a four-digit year. */
export const MAX_EXPIRES_AT_MS: number = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Milliseconds since the epoch. Null if `text` is not 17 digits of a real time after the epoch. The epoch itself is refused, because npm
 * ilp-packet refuses it.
 */
export function interledgerTimeToMs(text: string): number | null {
  const digits = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{3})$/.exec(text);
  if (digits === null) return null;
  const [year, month, day, hour, minute, second, ms] = digits.slice(1).map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  if (!(time > 0)) return null;
  const iso = new Date(time).toISOString().replace(/\D/g, "");
  return iso === text ? time : null;
}
