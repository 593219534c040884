/**
 * What the shim (unsynced.c) recorded, in the order in which it happened, over all processes that wrote below one folder.
 *
 * @module
 */

/** What happened. */
export type RecordType =
  | "write"
  | "cut"
  | "sync"
  | "create"
  | "rename"
  | "unlink"
  | "link"
  | "sync_all";

/** One of them. */
export interface UndoRecord {
  readonly type: RecordType;
  /** Of the file, or of the folder that was synced. */
  readonly inode: number;
  /** Where `old` stood. */
  readonly offset: number;
  /** Size of the file before. */
  readonly sizeBefore: number;
  /** The name that was created or removed. */
  readonly path: string;
  /** Of a rename: the new name. */
  readonly to: string;
  /** Of a write or cut: the bytes that were there. */
  readonly old: Uint8Array;
  /** For an unlink, or a rename that replaced a file: the name under which the old file is kept; empty if there was none. */
  readonly saved: string;
}

const MAGIC = 0x554e5359;
const HEAD_BYTES = 48;
const TYPES: readonly RecordType[] = [
  "write",
  "cut",
  "sync",
  "create",
  "rename",
  "unlink",
  "link",
  "sync_all",
];

/** Reads a log. The last record may be incomplete because its process was killed: its operation did not happen. */
export function parseUndoLog(bytes: Uint8Array): UndoRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: UndoRecord[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    if (view.getUint32(at, true) !== MAGIC) {
      throw new RangeError(`Cannot read the log: no record at ${at}`);
    }
    const type = TYPES[view.getUint32(at + 4, true) - 1];
    const [pathBytes, toBytes, dataBytes] = [32, 36, 40].map((offset) =>
      view.getUint32(at + offset, true)
    );
    const next = at + HEAD_BYTES + pathBytes + toBytes + dataBytes;
    if (next > bytes.length) break;
    const part = (from: number, length: number) => bytes.subarray(from, from + length);
    const path = new TextDecoder().decode(part(at + HEAD_BYTES, pathBytes));
    const to = new TextDecoder().decode(part(at + HEAD_BYTES + pathBytes, toBytes));
    const data = part(next - dataBytes, dataBytes);
    const isName = type === "rename" || type === "unlink";
    records.push({
      type,
      inode: Number(view.getBigUint64(at + 8, true)),
      offset: Number(view.getBigUint64(at + 16, true)),
      sizeBefore: Number(view.getBigUint64(at + 24, true)),
      path,
      to,
      old: isName ? new Uint8Array() : data,
      saved: isName ? new TextDecoder().decode(data) : "",
    });
    at = next;
  }
  return records;
}
