import type { RelayServer } from "../../network/relay/relay_server.ts";
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { event } from "../network/relay/signed_events.ts";

/** A relay in front of another one that passes on everything except results. */
export function hidingRelay(
  url: string,
): { readonly url: string; readonly hidden: () => number } & AsyncDisposable {
  const sockets = new Set<WebSocket>();
  let hidden = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    const behind = new WebSocket(url);
    sockets.add(socket).add(behind);
    const waiting: string[] = [];
    behind.onopen = () => waiting.splice(0).forEach((text) => behind.send(text));
    socket.onmessage = ({ data }) => {
      if (behind.readyState === WebSocket.OPEN) behind.send(data);
      else waiting.push(data);
    };
    behind.onmessage = ({ data }) => {
      const isResult = String(data).startsWith('["EVENT"') &&
        /kind"?\\*:\s*6600/.test(String(data));
      if (isResult) hidden++;
      else if (socket.readyState === WebSocket.OPEN) socket.send(data);
    };
    socket.onclose = () => behind.close();
    behind.onclose = () => socket.close();
    return response;
  });
  return {
    url: `ws://127.0.0.1:${server.addr.port}`,
    hidden: () => hidden,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close();
      await server.shutdown();
    },
  };
}

/** Copies events of one relay to another one until it is disposed. */
export function copier(
  from: string,
  to: RelayServer,
): { readonly copied: () => number } & Disposable {
  const session = openRelaySession({ url: from });
  const { deliveries } = session.subscribe([{}]);
  let copied = 0;
  void (async () => {
    for await (const batch of deliveries) {
      for (const delivery of batch) {
        if (delivery.type !== "document") continue;
        await to.write(delivery.bytes);
        copied++;
      }
    }
  })().catch(() => undefined);
  return { copied: () => copied, [Symbol.dispose]: () => session.close() };
}

/** A relay that sends results of a stranger for jobs that nobody posted, without end, as fast as they are read. */
export function floodingRelay(
  pubkey: string,
): { readonly url: string; readonly sent: () => number } & AsyncDisposable {
  const noise = Array.from({ length: 500 }, (_, n) =>
    JSON.stringify(event({
      kind: 6600,
      content: `${n}`,
      tags: [["e", n.toString(16).padStart(64, "0")], ["p", pubkey]],
    }, 13)));
  const sockets = new Set<WebSocket>();
  let sent = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    sockets.add(socket);
    let flooding = false;
    socket.onmessage = async ({ data }) => {
      const [type, id] = JSON.parse(data);
      if (type !== "REQ" || flooding) return;
      flooding = true;
      while (socket.readyState === WebSocket.OPEN) {
        if (socket.bufferedAmount < 1_000_000) {
          for (const each of noise) socket.send(`["EVENT",${JSON.stringify(id)},${each}]`);
          sent += noise.length;
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    return response;
  });
  return {
    url: `ws://127.0.0.1:${server.addr.port}`,
    sent: () => sent,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close();
      await server.shutdown();
    },
  };
}
