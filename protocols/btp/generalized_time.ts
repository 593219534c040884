/**
 * Generalized time as an `error` frame carries it: `YYYYMMDDHHMMSS.fffZ`, UTC.
 *
 * @see https://interledger.org/developers/rfcs/bilateral-transfer-protocol/
 * @module
 */

/** The ISO 8601 form, or null when `text` is no real moment in 19 characters. */
export function generalizedTimeToIso(text: string): string | null {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})\.(\d{3})Z$/.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second, ms] = parts.slice(1);
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
  return isIsoTime(iso) ? iso : null;
}

/** Whether `text` is ISO 8601 in UTC with milliseconds and names a real moment. */
export function isIsoTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text;
}
