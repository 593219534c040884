/**
 * Messages on the control socket: four bytes of length, big-endian, then that many bytes of UTF-8 JSON. A message has at most 4 MiB. A
 * larger one ends the connection, because the start of the next message cannot be found. Bigints are decimal strings.
 *
 * @module
 */
import { ControlError } from "../../base/control_error.ts";

/** Largest message in bytes, without its length. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** One message as bytes; ControlError `too_large` above the limit, `bad_frame` for what JSON cannot hold. */
export function encodeMessage(message: unknown): Uint8Array {
  const json = JSON.stringify(message, plain);
  if (json === undefined) throw new ControlError("bad_frame", "the message has no JSON form");
  const body = new TextEncoder().encode(json);
  if (body.length > MAX_MESSAGE_BYTES) {
    throw new ControlError(
      "too_large",
      `the message has ${body.length} bytes, at most ${MAX_MESSAGE_BYTES} are allowed`,
    );
  }
  const framed = new Uint8Array(4 + body.length);
  new DataView(framed.buffer).setUint32(0, body.length);
  framed.set(body, 4);
  return framed;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) {
    throw new ControlError("bad_frame", "bytes must be encoded as text before they are sent");
  }
  return value;
}

/** Messages of a stream of bytes; holds one incomplete message. Throws ControlError `too_large` or `bad_frame`. */
export async function* decodeMessages(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Record<string, unknown>> {
  let held = new Uint8Array(64 * 1024);
  let used = 0;
  // A cancelled stream would close the socket before the refusal is sent.
  for await (const chunk of stream.values({ preventCancel: true })) {
    if (used + chunk.length > held.length) {
      const grown = new Uint8Array(Math.max(held.length * 2, used + chunk.length));
      grown.set(held.subarray(0, used));
      held = grown;
    }
    held.set(chunk, used);
    used += chunk.length;
    let start = 0;
    while (used - start >= 4) {
      const size = new DataView(held.buffer).getUint32(start);
      if (size > MAX_MESSAGE_BYTES) {
        throw new ControlError("too_large", `a message of ${size} bytes was announced`);
      }
      if (used - start < 4 + size) break;
      yield parse(held.subarray(start + 4, start + 4 + size));
      start += 4 + size;
    }
    held.copyWithin(0, start, used);
    used -= start;
  }
  if (used > 0) throw new ControlError("bad_frame", `the connection ended inside a message`);
}

function parse(body: Uint8Array): Record<string, unknown> {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Answered below.
  }
  throw new ControlError("bad_frame", "a message must be a JSON object in UTF-8");
}
