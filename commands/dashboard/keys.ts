/**
 * Turns a terminal's bytes into names of keys.
 *
 * @module
 */
import { PassThrough } from "node:stream";
import { emitKeypressEvents } from "node:readline";

/** A key as Node's reader reports it. */
interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly sequence?: string;
}

/**
 * Calls `onKey` for each key in the written bytes: `a`, `?`, `up`, `pagedown`, `return`, `ctrl+c`. An escape sequence that is split over
 * several chunks counts as one key.
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
