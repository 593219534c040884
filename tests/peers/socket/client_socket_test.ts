/** The WebSocket client, against servers of npm `ws` and against servers that break the protocol. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { ClientSocket, type ClientSocketOptions } from "../../../peers/socket/client_socket.ts";

const OPTIONS: ClientSocketOptions = { maxPayload: 300_000, handshakeTimeout: 60_000 };
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A server of `ws`, and its side of each connection. */
async function server(served: (socket: WebSocket) => void = () => {}) {
  const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  const arrived = Promise.withResolvers<WebSocket>();
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    served(socket);
    arrived.resolve(socket);
  });
  await new Promise((resolve) => sockets.once("listening", resolve));
  return {
    url: `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/`,
    arrived: arrived.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => sockets.close(resolve));
    },
  };
}

/** A TCP server that answers the handshake and then sends these bytes, or only accepts the connection. */
function rawServer(bytes: Uint8Array | null) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ended = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4_096);
    let request = "";
    while (!request.endsWith("\r\n\r\n")) {
      const count = await connection.read(buffer).catch(() => null);
      if (count === null) return request;
      request += new TextDecoder().decode(buffer.subarray(0, count));
    }
    if (bytes !== null) {
      const key = /^Sec-WebSocket-Key: (\S+)/m.exec(request)![1];
      const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + GUID));
      const accept = new Uint8Array(digest).toBase64();
      const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
        `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
      await connection.write(new Uint8Array([...new TextEncoder().encode(head), ...bytes]));
    }
    // Until the client ends the connection.
    while (await connection.read(buffer).catch(() => null) !== null);
    return request;
  })();
  return {
    url: `ws://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/`,
    async [Symbol.asyncDispose]() {
      await ended;
      listener.close();
    },
  };
}

/** How a connection ended, and what it told before. */
function ending(socket: ClientSocket) {
  const errors: string[] = [];
  const messages: (string | Uint8Array)[] = [];
  socket.on("error", (error) => errors.push(error.message));
  socket.on("message", (data) => messages.push(data));
  return new Promise<
    { code: number; reason: string; errors: string[]; messages: (string | Uint8Array)[] }
  >((resolve) => socket.on("close", (code, reason) => resolve({ code, reason, errors, messages })));
}

const opened = (socket: ClientSocket) =>
  new Promise<void>((resolve) => socket.once("open", () => resolve()));

Deno.test("ClientSocket sends and reads messages of every size, and both ends see the close frame", async () => {
  const closed = Promise.withResolvers<[number, string]>();
  await using peer = await server((socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("close", (code, reason) => closed.resolve([code, String(reason)]));
  });
  const socket = new ClientSocket(peer.url, OPTIONS);
  assert.equal(socket.readyState, 0);
  socket.send("dropped");
  const ended = ending(socket);
  await opened(socket);
  const sent = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000].map((length) =>
    Uint8Array.from({ length }, (_, at) => at * 7)
  );
  const all = Promise.withResolvers<void>();
  let seen = 0;
  socket.on("message", () => ++seen === sent.length + 1 && all.resolve());
  // Corked frames are sent together, in order.
  socket.cork();
  for (const bytes of sent.slice(0, 4)) socket.send(bytes);
  assert.ok(socket.bufferedAmount > 0);
  socket.uncork();
  for (const bytes of sent.slice(4)) socket.send(bytes);
  socket.send("\ufefftext é");
  await all.promise;
  assert.equal(socket.bufferedAmount, 0);
  socket.close(4_001, "enough");
  assert.deepEqual(await closed.promise, [4_001, "enough"]);
  const { code, errors, messages } = await ended;
  assert.deepEqual([code, errors], [4_001, []]);
  assert.deepEqual(messages, [...sent, "\ufefftext é"]);
  assert.equal(socket.readyState, 3);
});

Deno.test("ClientSocket reports the server's close frame and answers it", async () => {
  const closed = Promise.withResolvers<number>();
  await using peer = await server((socket) => {
    socket.on("close", (code) => closed.resolve(code));
    socket.close(1_008, "not you");
  });
  const { code, reason, errors } = await ending(new ClientSocket(peer.url, OPTIONS));
  assert.deepEqual([code, reason, errors], [1_008, "not you", []]);
  assert.equal(await closed.promise, 1_008);
});

Deno.test("ClientSocket answers pings and reports pongs", async () => {
  const pong = Promise.withResolvers<string>();
  await using peer = await server((socket) => {
    socket.on("pong", (payload) => pong.resolve(String(payload)));
    socket.ping("are you there");
  });
  const socket = new ClientSocket(peer.url, OPTIONS);
  await opened(socket);
  assert.equal(await pong.promise, "are you there");
  const answered = new Promise<void>((resolve) => socket.on("pong", resolve));
  socket.ping();
  await answered;
  const ended = ending(socket);
  socket.terminate();
  assert.deepEqual((await ended).errors, []);
});

Deno.test("a paused ClientSocket stops reading until it is resumed", async () => {
  const MANY = 400;
  const bytes = new Uint8Array(60_000);
  await using peer = await server();
  const socket = new ClientSocket(peer.url, OPTIONS);
  await opened(socket);
  const other = await peer.arrived;
  socket.pause();
  assert.equal(socket.isPaused, true);
  let seen = 0;
  const all = new Promise<void>((resolve) => {
    socket.on("message", () => ++seen === MANY && resolve());
  });
  for (let nth = 0; nth < MANY; nth++) other.send(bytes);
  // 24 MB do not fit into the buffers of the system, so the server keeps the rest. A pong shows that the server's thread had its turn.
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.ok(other.bufferedAmount > 0);
  assert.ok(seen <= 2, `${seen} messages while paused`);
  socket.resume();
  await all;
  socket.terminate();
});

Deno.test("ClientSocket closes with 1009 when a message is above the limit", async () => {
  const closed = Promise.withResolvers<number>();
  await using peer = await server((socket) => {
    socket.on("close", (code) => closed.resolve(code));
    socket.send(new Uint8Array(1_001));
    socket.send("after");
  });
  const socket = new ClientSocket(peer.url, { ...OPTIONS, maxPayload: 1_000 });
  const { code, errors, messages } = await ending(socket);
  assert.deepEqual([code, errors, messages], [1_006, ["Max payload size exceeded"], []]);
  assert.equal(await closed.promise, 1_009);
});

Deno.test("ClientSocket ends with an error for a server that breaks the protocol", async () => {
  const cases: [string, string, RegExp][] = [
    ["a masked frame", "818100000000ff", /must not mask/],
    ["text that is not UTF-8", "8101ff", /UTF-8/],
    ["a compressed frame", "c10161", /reserved/],
  ];
  for (const [name, hex, words] of cases) {
    await using peer = rawServer(Uint8Array.fromHex(hex));
    const socket = new ClientSocket(peer.url, { ...OPTIONS, closeTimeout: 100 });
    const { code, errors } = await ending(socket);
    assert.equal(code, 1_006, name);
    assert.match(errors.join(), words, name);
  }
});

Deno.test("ClientSocket reads a frame that comes with the answer to the handshake", async () => {
  await using peer = rawServer(Uint8Array.fromHex("810548656c6c6f8800"));
  const socket = new ClientSocket(peer.url, { ...OPTIONS, closeTimeout: 100 });
  await opened(socket);
  const { code, messages } = await ending(socket);
  assert.deepEqual([code, messages], [1_005, ["Hello"]]);
});

Deno.test("ClientSocket does not wait without end for the answer to its handshake or its close frame", async () => {
  {
    await using peer = rawServer(null);
    const socket = new ClientSocket(peer.url, { ...OPTIONS, handshakeTimeout: 50 });
    const { code, errors } = await ending(socket);
    assert.deepEqual([code, errors], [1_006, ["Opening handshake has timed out"]]);
  }
  await using peer = rawServer(new Uint8Array(0));
  const socket = new ClientSocket(peer.url, { ...OPTIONS, closeTimeout: 50 });
  await opened(socket);
  const ended = ending(socket);
  socket.close(1_000, "done");
  assert.equal(socket.readyState, 2);
  assert.deepEqual((await ended).errors, []);
});

Deno.test("ClientSocket is cut while it connects, and reports it once", async () => {
  await using peer = rawServer(null);
  const socket = new ClientSocket(peer.url, OPTIONS);
  const ended = ending(socket);
  socket.terminate();
  socket.terminate();
  const { code, errors } = await ended;
  assert.deepEqual([code, errors], [1_006, [
    "WebSocket was closed before the connection was established",
  ]]);
  // The server still waits for its connection.
  const late = new ClientSocket(peer.url, OPTIONS);
  late.on("error", () => {});
  late.terminate();
  await Deno.connect({ port: Number(new URL(peer.url).port) }).then((each) => each.close());
});

Deno.test("ClientSocket reports a port where nothing listens, and a server that is no WebSocket server", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const nobody = await ending(new ClientSocket(`ws://127.0.0.1:${port}/`, OPTIONS));
  assert.equal(nobody.code, 1_006);
  assert.match(nobody.errors.join(), /refused/);
  await using pages = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("a page"),
  );
  const page = await ending(new ClientSocket(`ws://127.0.0.1:${pages.addr.port}/`, OPTIONS));
  assert.deepEqual(page.errors, ["Unexpected server response: 200"]);
});

Deno.test("ClientSocket over TLS accepts no certificate that it cannot check", async () => {
  const read = (name: string) =>
    Deno.readTextFile(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url));
  const tls = { cert: await read("cert"), key: await read("key") };
  let requests = 0;
  await using secure = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls },
    () => {
      requests++;
      return new Response("a page");
    },
  );
  const { errors } = await ending(
    new ClientSocket(`wss://127.0.0.1:${secure.addr.port}/`, OPTIONS),
  );
  assert.match(errors.join(), /certificate/i);
  assert.equal(requests, 0);
});
