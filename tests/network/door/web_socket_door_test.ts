import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import WebSocket from "ws";
import { type DoorOptions, WebSocketDoor } from "../../../network/door/web_socket_door.ts";
import { ManualTimers } from "./manual_timers.ts";

/** A certificate for 127.0.0.1, valid for a hundred years, that protects nothing. */
const CERT = await Deno.readTextFile(new URL("../../../fixtures/tls/cert.pem", import.meta.url));
const KEY = await Deno.readTextFile(new URL("../../../fixtures/tls/key.pem", import.meta.url));

/** A door that answers HTTP with `hello`, and counts a WebSocket as established at its first message. */
async function openDoor(options: Partial<DoorOptions> = {}) {
  const timers = new ManualTimers();
  const door = new WebSocketDoor({
    hostname: "127.0.0.1",
    port: 0,
    pending: { maxPending: 8, maxPendingPerAddress: 8, pendingMs: 5_000 },
    maxMessageBytes: 1_000,
    answer: (request, response) => {
      request.resume();
      response.end("hello");
    },
    connected: ({ socket, establish }) =>
      socket.on("message", (data) => {
        establish();
        socket.send(data as Uint8Array);
      }),
    timers,
    ...options,
  });
  await door.listen();
  return { timers, door, [Symbol.asyncDispose]: () => door.close() };
}

const HALF = "GET / HTTP/1.1\r\nHost: x\r\n";

/** A connection that sent so much, and when it was cut. */
async function sending(
  port: number,
  text: string,
): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  if (text !== "") socket.write(text);
  return { socket, closed };
}

async function answers({ host }: WebSocketDoor): Promise<void> {
  assert.equal(await (await fetch(`http://${host}/`)).text(), "hello");
  const socket = new WebSocket(`ws://${host}/`);
  socket.on("open", () => socket.send("here"));
  await new Promise((resolve) => socket.once("message", resolve));
  socket.close();
  await new Promise((resolve) => socket.once("close", resolve));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("WebSocketDoor answers while 300 half requests are open, and holds no more of them than its limit", async () => {
  await using opened = await openDoor();
  const { door } = opened;
  const half = await Promise.all(Array.from({ length: 300 }, () => sending(door.port, HALF)));
  await answers(door);
  assert.ok(door.pending <= 8, `${door.pending} are pending`);
  for (const { socket } of half) socket.destroy();
  await until(() => door.pending === 0);
});

Deno.test("WebSocketDoor cuts half a request, half a body and an idle connection when their time is over", async (t) => {
  const cases: [name: string, text: string][] = [
    ["nothing", ""],
    ["half a head", HALF],
    ["half a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nxy"],
  ];
  for (const [name, text] of cases) {
    await t.step(name, async () => {
      await using opened = await openDoor({ answer: (request) => void request.resume() });
      const { door, timers } = opened;
      const { closed } = await sending(door.port, text);
      await until(() => door.pending === 1);
      timers.advance(4_999);
      await until(() => door.pending === 1);
      timers.advance(1);
      await closed;
      assert.equal(door.pending, 0);
    });
  }
});

Deno.test("WebSocketDoor closes after an answer, so that requests keep no connection open", async () => {
  await using opened = await openDoor();
  const { door } = opened;
  const socket = connect(door.port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  let heard = "";
  socket.on("data", (data) => heard += data);
  await new Promise((resolve) => socket.once("close", resolve));
  assert.match(heard, /^HTTP\/1\.1 200 OK\r\n/);
  assert.equal(door.pending, 0);
});

Deno.test("WebSocketDoor closes a WebSocket that is not established in time with 1008, and leaves established ones", async () => {
  await using opened = await openDoor();
  const { door, timers } = opened;
  const [silent, good] = [new WebSocket(`ws://${door.host}/`), new WebSocket(`ws://${door.host}/`)];
  good.on("open", () => good.send("here"));
  await new Promise((resolve) => good.once("message", resolve));
  if (silent.readyState !== WebSocket.OPEN) {
    await new Promise((resolve) => silent.once("open", resolve));
  }
  const closed = new Promise((resolve) => silent.once("close", resolve));
  timers.advance(5_000);
  assert.equal(await closed, 1008);
  good.send("still");
  assert.equal(String(await new Promise((resolve) => good.once("message", resolve))), "still");
  good.close();
});

Deno.test("WebSocketDoor speaks TLS, and cuts half a handshake when its time is over", async () => {
  await using opened = await openDoor({ tls: { cert: CERT, key: KEY } });
  const { door, timers } = opened;
  const { closed } = await sending(door.port, "\x16\x03\x01");
  const socket = new WebSocket(`wss://${door.host}/`, { ca: CERT });
  socket.on("open", () => socket.send("here"));
  await new Promise((resolve) => socket.once("message", resolve));
  await until(() => door.pending === 1);
  timers.advance(5_000);
  await closed;
  socket.send("still");
  assert.equal(String(await new Promise((resolve) => socket.once("message", resolve))), "still");
  socket.close();
});

Deno.test("WebSocketDoor refuses an upgrade that is not granted, and continues", async () => {
  await using opened = await openDoor({ grants: ({ url }) => url === "/" });
  const { door } = opened;
  const refused = new WebSocket(`ws://${door.host}/other`);
  const error = await new Promise<Error>((resolve) => refused.once("error", resolve));
  assert.match(error.message, /400/);
  await answers(door);
});

Deno.test("WebSocketDoor answers one request of a connection, however many come in one packet", async () => {
  let asked = 0;
  await using opened = await openDoor({
    answer: (request, response) => {
      asked++;
      request.resume();
      response.end("hello");
    },
  });
  const { door } = opened;
  const { socket, closed } = await sending(door.port, `${HALF}\r\n`.repeat(500));
  socket.resume();
  await closed;
  await answers(door);
  assert.equal(asked, 2, "one of the 500, and the one of answers()");
});

Deno.test("WebSocketDoor cuts a head that does not end within 16 KiB", async () => {
  await using opened = await openDoor();
  const { door } = opened;
  const { socket, closed } = await sending(door.port, `${HALF}X: ${"a".repeat(20_000)}`);
  socket.resume();
  await closed;
  await answers(door);
});

const UPGRADE = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

Deno.test("WebSocketDoor cuts a message of endless fragments, though its sender never closes", async () => {
  await using opened = await openDoor();
  const { door, timers } = opened;
  const established = new WebSocket(`ws://${door.host}/`);
  established.on("open", () => established.send("here"));
  await new Promise((resolve) => established.once("message", resolve));
  const socket = connect(door.port, "127.0.0.1");
  socket.on("error", () => {});
  let heard = "";
  socket.on("data", (data) => heard += data.toString("latin1"));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const [first, next] = ["\x01\x81\0\0\0\0a", "\x00\x81\0\0\0\0a"];
  socket.write(Buffer.from(UPGRADE + first + next.repeat(1_000), "latin1"));
  // A close frame of 1008.
  await until(() => heard.includes("\x03\xf0"));
  timers.advance(1_000);
  await closed;
  established.send("still");
  await new Promise((resolve) => established.once("message", resolve));
  established.close();
  await new Promise((resolve) => established.once("close", resolve));
});

Deno.test("WebSocketDoor passes on a message that came in one packet with the upgrade, and what follows", async () => {
  const heard: string[] = [];
  await using opened = await openDoor({
    connected: ({ socket }) => socket.on("message", (data) => heard.push(String(data))),
  });
  const { door } = opened;
  // A masked text frame of one letter; the mask is zero.
  const frame = (letter: string) => `\x81\x81\0\0\0\0${letter}`;
  const socket = connect(door.port, "127.0.0.1");
  socket.write(Buffer.from(UPGRADE + frame("a"), "latin1"));
  await until(() => heard.length === 1);
  socket.write(Buffer.from(frame("b"), "latin1"));
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ["a", "b"]);
  socket.destroy();
  await until(() => door.pending === 0);
});
