/**
 * Reads the frames of a WebSocket server (RFC 6455, 5) from chunks of any size.
 *
 * Held: the message that has not ended, at most `maxMessageBytes`, and a control frame. Memory for a message grows with the bytes that
 * arrived, not with the length that its frame names.
 *
 * @module
 */
import { isCloseCode, MAX_CONTROL_BYTES, OPCODE } from "./frame.ts";
import { WebSocketError } from "./socket_error.ts";

/** Called for what a chunk completes, in order. Bytes belong to the callee. */
interface FrameEvents {
  /** A whole message: text as a string. */
  message(data: Uint8Array | string): void;
  ping(payload: Uint8Array): void;
  pong(payload: Uint8Array): void;
  /** The last event: what follows a close frame is ignored. 1005 is a close frame without a code. */
  close(code: number, reason: string): void;
}

interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  /** Bytes of its payload that have not arrived. */
  left: number;
}

const LONGEST_HEAD = 10;

/** The reading side of one connection. */
export class FrameReader {
  readonly #maxMessageBytes: number;
  readonly #events: FrameEvents;
  readonly #head = new Uint8Array(LONGEST_HEAD);
  #headBytes = 0;
  #frame: Frame | null = null;
  /** The opcode of the message that has not ended, or null. */
  #type: number | null = null;
  readonly #message = new Collected();
  readonly #control = new Collected();
  #isOver = false;

  /** Reads nothing yet. */
  constructor(maxMessageBytes: number, events: FrameEvents) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#events = events;
  }

  /**
   * Reads the next bytes.
   *
   * @throws {WebSocketError} 1002 for a frame that a server may not send, 1007 for text that is not UTF-8, 1009 for a message above the limit.
   * The reader then reads no more.
   */
  read(chunk: Uint8Array): void {
    let at = 0;
    try {
      while (!this.#isOver) {
        if (this.#frame === null) {
          at = this.#readHead(chunk, at);
          if (this.#frame === null) return;
        }
        const frame: Frame = this.#frame;
        const part = chunk.subarray(at, at + frame.left);
        at += part.length;
        frame.left -= part.length;
        (frame.opcode >= OPCODE.close ? this.#control : this.#message).add(part);
        if (frame.left > 0) return;
        this.#frame = null;
        this.#end(frame);
      }
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  #readHead(chunk: Uint8Array, from: number): number {
    let at = from;
    let needed = this.#headLength();
    while (this.#headBytes < needed) {
      if (at === chunk.length) return at;
      this.#head[this.#headBytes++] = chunk[at++];
      if (this.#headBytes === 2) needed = this.#headLength();
    }
    this.#headBytes = 0;
    this.#begin();
    return at;
  }

  #headLength(): number {
    if (this.#headBytes < 2) return 2;
    const length = this.#head[1] & 0x7f;
    return length === 127 ? LONGEST_HEAD : length === 126 ? 4 : 2;
  }

  #begin(): void {
    const head = this.#head;
    const opcode = head[0] & 0x0f;
    const isFinal = head[0] >= 0x80;
    const view = new DataView(head.buffer);
    const named = head[1] & 0x7f;
    const length = named === 127
      ? Number(view.getBigUint64(2))
      : named === 126
      ? view.getUint16(2)
      : named;
    const fault = this.#fault(opcode, isFinal, length);
    if (fault !== null) throw new WebSocketError(1002, `Invalid WebSocket frame: ${fault}`);
    if (opcode < OPCODE.close) {
      if (length > this.#maxMessageBytes - this.#message.length) {
        throw new WebSocketError(1009, "Max payload size exceeded");
      }
      if (opcode !== OPCODE.continuation) this.#type = opcode;
    }
    this.#frame = { opcode, isFinal, left: length };
  }

  #fault(opcode: number, isFinal: boolean, length: number): string | null {
    const [first, second] = this.#head;
    if ((first & 0x70) !== 0) return "reserved bits must be clear";
    if (second >= 0x80) return "a server must not mask";
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong) return `unknown opcode ${opcode}`;
      if (!isFinal) return "a control frame must not be fragmented";
      if (length > MAX_CONTROL_BYTES) return `a control frame of ${length} bytes`;
      return opcode === OPCODE.close && length === 1 ? "a close frame of 1 byte" : null;
    }
    if (opcode > OPCODE.binary) return `unknown opcode ${opcode}`;
    if ((opcode === OPCODE.continuation) === (this.#type === null)) {
      return opcode === OPCODE.continuation
        ? "a continuation without a message"
        : "a new message within a message";
    }
    return null;
  }

  #end({ opcode, isFinal }: Frame): void {
    if (opcode >= OPCODE.close) {
      const payload = this.#control.take();
      if (opcode === OPCODE.ping) this.#events.ping(payload);
      else if (opcode === OPCODE.pong) this.#events.pong(payload);
      else this.#close(payload);
      return;
    }
    if (!isFinal) return;
    const isBinary = this.#type === OPCODE.binary;
    this.#type = null;
    const data = this.#message.take();
    this.#events.message(isBinary ? data : textOf(data));
  }

  #close(payload: Uint8Array): void {
    this.#isOver = true;
    if (payload.length === 0) return this.#events.close(1005, "");
    const code = payload[0] << 8 | payload[1];
    if (!isCloseCode(code)) {
      throw new WebSocketError(1002, `Invalid WebSocket frame: close code ${code}`);
    }
    this.#events.close(code, textOf(payload.subarray(2)));
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new WebSocketError(1007, "Invalid WebSocket frame: text that is not UTF-8");
  }
}

/** Bytes that arrive in parts. */
class Collected {
  #bytes = new Uint8Array(0);
  length = 0;

  add(part: Uint8Array): void {
    const length = this.length + part.length;
    if (length > this.#bytes.length) {
      // A message in one chunk is copied once. One in many chunks doubles its memory each time.
      const larger = new Uint8Array(this.length === 0 ? length : Math.max(length, 2 * this.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.length);
    this.length = length;
  }

  /** What was collected. It is empty afterwards. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.length);
    this.#bytes = new Uint8Array(0);
    this.length = 0;
    return taken;
  }
}
