/** Connections without a sign-in do not block peers. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import WebSocket from "ws";
import { RawPeer } from "./raw_peer.ts";
import { payment, rig } from "./rig.ts";

Deno.test("startConnector() is paid beside 200 WebSockets that never sign in", async () => {
  await using net = await rig();
  const url = net.connector.url.replace("btp+", "");
  const silent = await Promise.all(Array.from({ length: 200 }, async () => {
    const socket = new WebSocket(url);
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("open", resolve).once("close", resolve));
    return socket;
  }));
  assert.equal((await net.client().pay(payment(10n))).state, "fulfilled");
  const { pendingConnections, sessions } = net.connector.status();
  assert.ok(pendingConnections <= 128, `${pendingConnections} connections are pending`);
  assert.deepEqual(sessions.map(({ username }) => username), ["buyer"]);
  for (const socket of silent) socket.terminate();
});

Deno.test("startConnector() is paid beside 200 connections with half a request", async () => {
  await using net = await rig();
  const half = await Promise.all(Array.from({ length: 200 }, async () => {
    const socket = connect(net.connector.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
    return socket;
  }));
  assert.equal((await net.client().pay(payment(10n))).state, "fulfilled");
  assert.ok(net.connector.status().pendingConnections <= 128);
  for (const socket of half) socket.destroy();
});

Deno.test("startConnector() closes a WebSocket that has to make room with 1013, and no signed-in one", async () => {
  await using net = await rig({ maxPending: 1 });
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const first = await RawPeer.dial(net.connector.url);
  await using _second = await RawPeer.dial(net.connector.url);
  assert.equal(await first.closed, 1013);
  assert.equal(net.connector.status().pendingConnections, 1);
  await peer[Symbol.asyncDispose]();
});

Deno.test("startConnector() keeps each peer's places for it, whatever other peers and guests take", async () => {
  await using net = await rig({ sessionsPerPeer: 2, guests: { maxSessions: 1 } });
  await using _buyer = await RawPeer.signedIn(net.connector.url, "buyer");
  await using _again = await RawPeer.signedIn(net.connector.url, "buyer");
  await using third = await RawPeer.dial(net.connector.url);
  assert.equal((await third.signIn("buyer", "buyer token")).error?.code, "F00");
  await using guest = await RawPeer.dial(net.connector.url);
  assert.equal((await guest.signIn("anyone", "")).type, "response");
  await using more = await RawPeer.dial(net.connector.url);
  assert.equal((await more.signIn("anyone", "")).type, "error");
  await using provider = await RawPeer.dial(net.connector.url);
  assert.equal((await provider.signIn("provider", "provider token")).type, "response");
  const names = net.connector.status().sessions.map(({ username }) => username);
  assert.deepEqual(names, ["buyer", "buyer", "guest", "provider"]);
});

Deno.test("startConnector() frees a place when its session ends", async () => {
  await using net = await rig({ sessionsPerPeer: 1 });
  const first = await RawPeer.signedIn(net.connector.url, "buyer");
  await first[Symbol.asyncDispose]();
  await using second = await RawPeer.dial(net.connector.url);
  assert.equal((await second.signIn("buyer", "buyer token")).type, "response");
});

Deno.test("startConnector() says to a plain HTTP request that it wants an upgrade", async () => {
  await using net = await rig();
  const answer = await fetch(`http://127.0.0.1:${net.connector.port}/`);
  assert.deepEqual([answer.status, await answer.text()], [426, "Upgrade Required\n"]);
});
