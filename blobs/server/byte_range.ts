/**
 * The `Range` field of a request: one range of bytes. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 * @module
 */

/** Bytes `from` up to but without `to`; null where the whole is meant, since a field that cannot be read is left out. */
export function rangeOf(
  field: string | undefined,
  size: number,
): { readonly from: number; readonly to: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(field ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return null;
  if (match[1] === "") {
    const last = Number(match[2]);
    return last === 0 || size === 0
      ? "unsatisfiable"
      : { from: Math.max(0, size - last), to: size };
  }
  const from = Number(match[1]);
  const to = match[2] === "" ? size : Math.min(size, Number(match[2]) + 1);
  if (match[2] !== "" && Number(match[2]) < from) return null;
  return from >= size ? "unsatisfiable" : { from, to };
}
