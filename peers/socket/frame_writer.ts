/**
 * Writes the frames of a WebSocket client to its connection. Frames that wait are sent in one write.
 *
 * Held: frames that the other side has not read; {@link FrameWriter.bufferedBytes} counts them.
 *
 * @module
 */
import { clientFrame, type OPCODE } from "../../protocols/websocket/frame.ts";

/** The writing side of one connection. */
export class FrameWriter {
  readonly #masks = new Masks();
  readonly #failed: (error: unknown) => void;
  #connection: Deno.Conn | null = null;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #bufferedBytes = 0;
  #isWriting = false;
  #isCorked = false;

  /** `failed` is called when the connection accepts no bytes. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Bytes of frames that were not written yet. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Writes to this connection from now on. */
  begin(connection: Deno.Conn): void {
    this.#connection = connection;
  }

  /** Writes nothing more and forgets what waits. */
  end(): void {
    this.#connection = null;
    this.#waiting = [];
    this.#bufferedBytes = 0;
  }

  /** Adds a frame. Begins to write it, unless frames are being collected. */
  add(opcode: typeof OPCODE[keyof typeof OPCODE], payload: Uint8Array): void {
    const frame = clientFrame(opcode, payload, this.#masks.next());
    this.#waiting.push(frame);
    this.#bufferedBytes += frame.length;
    if (!this.#isCorked) this.#flush();
  }

  /** Collects frames until {@link FrameWriter.uncork}. */
  cork(): void {
    this.#isCorked = true;
  }

  /** Begins to write what was collected. */
  uncork(): void {
    this.#isCorked = false;
    this.#flush();
  }

  #flush(): void {
    if (this.#isWriting || this.#waiting.length === 0 || this.#connection === null) return;
    this.#isWriting = true;
    this.#write(this.#connection).catch(this.#failed);
  }

  async #write(connection: Deno.Conn): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const bytes = joined(this.#waiting);
        this.#waiting = [];
        for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
        this.#bufferedBytes = Math.max(0, this.#bufferedBytes - bytes.length);
      }
    } finally {
      // In the same turn as the last look at what waits: a frame that is added a microtask later must begin a write of its own.
      this.#isWriting = false;
    }
  }
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Random masks, drawn many at once. */
class Masks {
  readonly #random = new Uint8Array(1_024);
  #at = 1_024;

  next(): Uint8Array {
    if (this.#at === this.#random.length) {
      crypto.getRandomValues(this.#random);
      this.#at = 0;
    }
    return this.#random.subarray(this.#at, this.#at += 4);
  }
}
