/**
 * Generalized time, the time format of an `error` frame: `YYYYMMDDHHMMSS.fffZ`, UTC.
 *
 * @see https://interledger.org/developers/rfcs/bilateral-transfer-protocol/
 * @module
 */

/** The same time in ISO 8601. Null if `text` does not have this format, or is not a real date. */
export function generalizedTimeToIso(text: string): string | null {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})\.(\d{3})Z$/.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second, ms] = parts.slice(1);
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
  return isIsoTime(iso) ? iso : null;
}

/** Whether `text` is a real date in ISO 8601, in UTC and with milliseconds. */
export function isIsoTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text;
}
