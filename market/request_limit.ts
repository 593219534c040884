/**
 * The size limit of a request.
 *
 * @module
 */

/** The configured limits, in bytes. */
interface RequestLimits {
  readonly eventBytes: number;
  readonly prepareDataBytes: number;
}

/** The largest request in bytes. A request without a payment travels only as an event. */
export function requestLimit(
  connectorBtp: string | null,
  { eventBytes, prepareDataBytes }: RequestLimits,
): number {
  return connectorBtp === null ? eventBytes : Math.min(eventBytes, prepareDataBytes);
}
