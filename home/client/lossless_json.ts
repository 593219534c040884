/**
 * Amounts and bytes in JSON: `{"$bigint":"12"}` and `{"$bytes":"base64"}` stand for them, everything else stands for itself.
 *
 * @module
 */

/** A value as JSON can hold it. Throws TypeError for an object that would be read as an amount or as bytes. */
export function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (value instanceof Uint8Array) return { $bytes: value.toBase64() };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  if ("$bigint" in value || "$bytes" in value) {
    throw new TypeError("Cannot send an object with the field $bigint or $bytes");
  }
  return mapped(value, toJson);
}

/** The value that {@link toJson} was given. Throws TypeError for digits or base64 that are none. */
export function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== "object" || json === null) return json;
  if ("$bigint" in json) {
    if (typeof json.$bigint === "string" && /^-?\d{1,100}$/.test(json.$bigint)) {
      return BigInt(json.$bigint);
    }
    throw new TypeError("Cannot read an amount: it must be decimal digits");
  }
  if ("$bytes" in json) {
    try {
      return Uint8Array.fromBase64(String(json.$bytes));
    } catch (cause) {
      throw new TypeError("Cannot read bytes: they must be base64", { cause });
    }
  }
  return mapped(json, fromJson);
}

function mapped(value: object, map: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, map(each)]));
}
