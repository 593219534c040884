/** Relays that do not work as they should. */

/** An address of this machine on which no program listens. */
export function deadUrl(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return `ws://127.0.0.1:${port}/`;
}

/**
 * A relay that accepts connections and REQs. It answers every question with these events as they are; with none, it never answers.
 * With a reason it refuses every event; without one it says nothing about it.
 */
export function startSilentRelay(
  answers: readonly unknown[] = [],
  reason: string | null = null,
): { readonly url: string } & AsyncDisposable {
  const sockets = new Set<WebSocket>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    sockets.add(socket);
    socket.onmessage = ({ data }) => {
      const [type, id] = JSON.parse(data);
      if (type === "EVENT" && reason !== null) {
        socket.send(JSON.stringify(["OK", id.id, false, reason]));
      }
      if (type !== "REQ" || answers.length === 0) return;
      for (const each of answers) socket.send(JSON.stringify(["EVENT", id, each]));
      socket.send(JSON.stringify(["EOSE", id]));
    };
    return response;
  });
  return {
    url: `ws://127.0.0.1:${server.addr.port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close();
      await server.shutdown();
    },
  };
}
