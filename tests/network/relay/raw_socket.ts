/** A WebSocket client that builds its frames itself, to send what no library sends. */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";

/** How a frame is spoiled. */
export interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  /** The bit of compressed frames. */
  readonly rsv1?: boolean;
  readonly masked?: boolean;
}

/** The bytes of one frame; masked with zeros. */
export function frame(payload: Uint8Array, options: FrameOptions = {}): Buffer {
  const { opcode = 1, fin = true, rsv1 = false, masked = true } = options;
  const size = payload.length;
  const length = size < 126
    ? [size]
    : size < 65_536
    ? [126, size >> 8, size & 255]
    : [127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255];
  length[0]! |= masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  return Buffer.concat([
    Buffer.from([first, ...length, ...(masked ? [0, 0, 0, 0] : [])]),
    payload,
  ]);
}

/** An open connection. `using` cuts it. */
export class RawSocket {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#wake();
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<RawSocket> {
    const raw = new RawSocket(connect(port, "127.0.0.1"));
    raw.write(Buffer.from(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
        "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    ));
    for (;;) {
      const end = raw.#bytes.indexOf("\r\n\r\n");
      if (end !== -1) {
        raw.#bytes = raw.#bytes.subarray(end + 4);
        return raw;
      }
      await raw.#more();
    }
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next frame of the server: its text, or the code of its close frame; null when the connection is cut. */
  async next(): Promise<string | number | null> {
    for (;;) {
      const [first, size] = this.#bytes;
      const head = size === 126 ? 4 : 2;
      if (first !== undefined && size !== undefined && this.#bytes.length >= head) {
        const length = size === 126 ? this.#bytes.readUInt16BE(2) : size;
        if (this.#bytes.length >= head + length) {
          const payload = this.#bytes.subarray(head, head + length);
          this.#bytes = this.#bytes.subarray(head + length);
          return (first & 15) === 8 ? payload.readUInt16BE(0) : String(payload);
        }
      }
      if (this.#ended) return null;
      await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
