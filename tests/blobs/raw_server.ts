/** Servers of tests that write the bytes of their answers themselves, and so can lie. */

/** A server that answers every connection in the same way, after it has read a request. */
export function rawServer(
  sha256: string,
  answer: (conn: Deno.Conn) => Promise<void>,
): { readonly url: string; readonly asked: readonly string[] } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  void (async () => {
    for await (const conn of listener) {
      void (async () => {
        const buffer = new Uint8Array(16_384);
        const read = await conn.read(buffer);
        asked.push(new TextDecoder().decode(buffer.subarray(0, read ?? 0)));
        await answer(conn);
      })().catch(() => undefined).finally(() => {
        try {
          conn.close();
        } catch { /* It is closed. */ }
      });
    }
  })().catch(() => undefined);
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/${sha256}`,
    asked,
    [Symbol.dispose]: () => listener.close(),
  };
}

/** Writes all bytes. */
export async function send(conn: Deno.Conn, bytes: string | Uint8Array): Promise<void> {
  const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  for (let at = 0; at < all.length;) at += await conn.write(all.subarray(at));
}

/** Writes an answer: its status line and fields, then its body. */
export async function answerWith(
  conn: Deno.Conn,
  head: string,
  body: Uint8Array = new Uint8Array(),
): Promise<void> {
  await send(conn, `HTTP/1.1 ${head}\r\n\r\n`);
  await send(conn, body);
}

/** What the other end sends until it closes or is cut. */
export async function untilClosed(conn: Deno.Conn): Promise<string> {
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  try {
    for (let read; (read = await conn.read(buffer)) !== null;) chunks.push(buffer.slice(0, read));
  } catch {
    // Cut.
  }
  return chunks.map((chunk) => new TextDecoder("latin1").decode(chunk)).join("");
}
