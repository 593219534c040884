/**
 * Interledger time: 17 digits `YYYYMMDDHHMMSSfff`, UTC. Real dates only: month 13 is refused, not rolled over.
 *
 * @see https://interledger.org/developers/rfcs/interledger-protocol/
 * @module
 */

/** The last moment that has a four-digit year. */
export const MAX_EXPIRES_AT_MS: number = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Milliseconds since the epoch, or null when `text` is not 17 digits of a real moment after the epoch. The epoch itself is
 * refused because npm ilp-packet refuses it.
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
