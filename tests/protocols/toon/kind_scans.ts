/** What a scan of a document says, and whether the decoder agrees. */
import assert from "node:assert/strict";
import { decodeDocument } from "../../../protocols/toon/decode.ts";
import { type KindScan, scanKind } from "../../../protocols/toon/kind_scanner.ts";

/** If the decoder accepts the document, both must give the same kind; if the scanner finds a kind, the decoder must too. */
export function agree(bytes: Uint8Array): void {
  const scan = scanKind(bytes);
  for (const offset of [1, 2, 3]) {
    // Newlines all around, so that a read outside the view would find a line there.
    const around = new Uint8Array(bytes.length + 8).fill(0x0a);
    around.set(bytes, offset);
    assert.deepEqual(scanKind(around.subarray(offset, offset + bytes.length)), scan);
  }
  let event: unknown;
  try {
    event = decodeDocument(bytes, { maxDepth: 1_000 }).event;
  } catch {
    return;
  }
  const kind = typeof event === "object" && event !== null && Object.hasOwn(event, "kind")
    ? (event as { kind: unknown }).kind
    : undefined;
  if (Array.isArray(event) || kind === undefined) return assert.equal(code(scan), "missing");
  if (!Number.isInteger(kind)) {
    // The rows of a keyed header at the root are objects, whatever they are called; the scanner does not read them.
    const keyedRoot = typeof kind === "object" && code(scan) === "missing";
    return assert.ok(keyedRoot || code(scan) === "not_an_integer", code(scan));
  }
  const inRange = (kind as number) >= 0 && (kind as number) <= 65_535;
  if (!inRange) return assert.equal(code(scan), "out_of_range");
  assert.equal(scan.ok && scan.kind, (kind as number) + 0);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function code(scan: KindScan): string {
  return scan.ok ? "ok" : scan.code;
}

export function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

export function utf8(source: string): Uint8Array {
  return new TextEncoder().encode(source);
}
