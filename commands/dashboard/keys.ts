/**
 * Bytes of a terminal as names of keys.
 *
 * @module
 */
import { PassThrough } from "node:stream";
import { emitKeypressEvents } from "node:readline";

/** What Node's reader says of a key. */
interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly sequence?: string;
}

/**
 * Calls `onKey` for each key in what is written to it: `a`, `?`, `up`, `pagedown`, `return`, `ctrl+c`. A sequence that comes in pieces
 * is one key.
 */
export function keyReader(
  onKey: (key: string) => void,
): { readonly write: (bytes: Uint8Array) => void } {
  const input = new PassThrough();
  emitKeypressEvents(input);
  input.on("keypress", (text: string | undefined, { name, ctrl, sequence }: Keypress) => {
    if (ctrl && name !== undefined) return onKey(`ctrl+${name}`);
    onKey(name !== undefined && name.length > 1 ? name : text ?? name ?? sequence ?? "");
  });
  return { write: (bytes) => void input.write(bytes) };
}
