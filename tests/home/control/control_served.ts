/** A served control socket, and bytes that a caller of any kind sends to it. */
import assert from "node:assert/strict";
import { controlClient } from "../../../home/control/control_client.ts";
import { ControlError } from "../../../base/control_error.ts";
import { type ControlHandler, serveControl } from "../../../home/control/control_server.ts";

export const path = Deno.env.get("CONTROL_SOCKET")!;

export async function served(
  handlers: Record<string, ControlHandler>,
  use: (client: Awaited<ReturnType<typeof controlClient>>) => Promise<void>,
): Promise<void> {
  const server = await serveControl({ path, handlers });
  const client = await controlClient(path);
  try {
    await use(client);
  } finally {
    client.close();
    await server.close();
  }
}

export const coded = (code: string) => (error: ControlError) => {
  assert.equal(error.code, code, error.message);
  return true;
};

export async function raw(bytes: Uint8Array): Promise<string> {
  const socket = await Deno.connect({ transport: "unix", path });
  const writer = socket.writable.getWriter();
  await writer.write(bytes);
  await socket.closeWrite().catch(() => {});
  return await new Response(socket.readable).text();
}

export function framed(text: string | Uint8Array, size?: number): Uint8Array {
  const body = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, size ?? body.length);
  bytes.set(body, 4);
  return bytes;
}
