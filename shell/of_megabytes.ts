/**
 * How far a transfer is, as people read it.
 *
 * @module
 */

/** For example `0.4 of 12.0 MB`. */
export function ofMegabytes(bytes: number, ofBytes: number): string {
  const megabytes = (count: number) => (count / 1e6).toFixed(1);
  return `${megabytes(bytes)} of ${megabytes(ofBytes)} MB`;
}
