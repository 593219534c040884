import assert from "node:assert/strict";
import { FrameWriter } from "../../../peers/socket/frame_writer.ts";
import { OPCODE } from "../../../protocols/websocket/frame.ts";

/** The most microtasks between the end of a write and the next frame. */
const DEPTH = 20;

Deno.test("FrameWriter writes a frame that is added at any moment around the end of a write", async () => {
  for (let depth = 0; depth < DEPTH; depth++) {
    let written = 0;
    // A connection that takes all bytes at once: the moment is then the same in each run.
    const connection = {
      write: (bytes: Uint8Array) => {
        written += bytes.length;
        return Promise.resolve(bytes.length);
      },
    } as unknown as Deno.Conn;
    const writer = new FrameWriter((error) => assert.fail(String(error)));
    writer.begin(connection);
    writer.add(OPCODE.text, new Uint8Array(10));
    for (let microtask = 0; microtask < depth; microtask++) await Promise.resolve();
    writer.add(OPCODE.text, new Uint8Array(10));
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual([written, writer.bufferedBytes], [32, 0], `after ${depth} microtasks`);
  }
});
