import assert from "node:assert/strict";
import WebSocket, { WebSocketServer } from "ws";
import { emptyResponse, type Frame, textData } from "../../../protocols/btp/frame.ts";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import { systemTimers } from "../../../base/timers.ts";
import type { BtpError } from "../../../peers/connector/btp_error.ts";
import { BtpSession } from "../../../peers/connector/btp_session.ts";
import {
  type BtpSessionOptions,
  MAX_FRAME_BYTES,
} from "../../../peers/connector/btp_session_options.ts";

/** A session of ours and the bare socket at its other end. */
async function pair(options: Partial<BtpSessionOptions> = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: MAX_FRAME_BYTES });
  await new Promise((resolve) => server.once("listening", resolve));
  const accepted = new Promise<WebSocket>((resolve) => server.once("connection", resolve));
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
  await new Promise((resolve) => socket.once("open", resolve));
  const far = await accepted;
  far.on("error", () => {});
  const faults: string[] = [];
  const seen: Frame[] = [];
  let wake = () => {};
  far.on("message", (data) => {
    seen.push(wire.decodeFrame(new Uint8Array(data as Uint8Array)));
    wake();
  });
  let ended!: (reason: string) => void;
  const closed = new Promise<string>((resolve) => ended = resolve);
  let faulted = () => {};
  const session = new BtpSession(socket, {
    wire,
    timers: systemTimers,
    onMessage: () => Promise.resolve({ protocolData: [] }),
    onClosed: ended,
    onFault: (error) => {
      faults.push(error.code);
      faulted();
    },
    ...options,
  });
  return {
    session,
    socket,
    far,
    faults,
    closed,
    seen,
    send: (frame: Frame) => far.send(wire.encodeFrame(frame)),
    frames: async (count: number) => {
      while (seen.length < count) await new Promise<void>((resolve) => wake = resolve);
      return seen;
    },
    fault: () => faults.length > 0 ? null : new Promise<void>((resolve) => faulted = resolve),
    async [Symbol.asyncDispose]() {
      session.terminate("test over");
      far.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const question = { protocolData: [textData("question", "?")] };

Deno.test("BtpSession matches responses to requests by id, in any order", async () => {
  await using line = await pair();
  const answers = [line.session.request(question, 5_000), line.session.request(question, 5_000)];
  const [first, second] = await line.frames(2);
  assert.notEqual(first.requestId, second.requestId);
  line.send({ ...emptyResponse(second.requestId), protocolData: [textData("n", "2")] });
  line.send({ ...emptyResponse(first.requestId), protocolData: [textData("n", "1")] });
  const texts = (await Promise.all(answers)).map((frame) =>
    new TextDecoder().decode(frame.protocolData[0].data)
  );
  assert.deepEqual(texts, ["1", "2"]);
});

Deno.test("BtpSession counts a response that nobody waits for and continues", async () => {
  await using line = await pair();
  line.send(emptyResponse(4_711));
  await line.fault();
  assert.deepEqual(line.faults, ["unknown_response"]);
  const answer = line.session.request(question, 5_000);
  const [asked] = await line.frames(1);
  line.send(emptyResponse(asked.requestId));
  line.send(emptyResponse(asked.requestId));
  assert.equal((await answer).type, "response");
});

Deno.test("BtpSession answers a request id that is in progress with ERROR F00", async () => {
  let release = () => {};
  await using line = await pair({
    onMessage: async () => {
      await new Promise<void>((resolve) => release = resolve);
      return { protocolData: [] };
    },
  });
  line.send({ type: "message", requestId: 5, ...question });
  line.send({ type: "message", requestId: 5, ...question });
  const [error] = await line.frames(1);
  assert.equal(error.error?.code, "F00");
  assert.deepEqual(line.faults, ["duplicate_request"]);
  release();
  const frames = await line.frames(2);
  assert.equal(frames[1].type, "response", "the first is answered all the same");
});

Deno.test("BtpSession rejects what waits with a typed code", async () => {
  const code = (promise: Promise<unknown>) =>
    promise.then(() => "answered", (error: BtpError) => error.code);
  await using line = await pair({ maxPending: 1 });
  const waiting = code(line.session.request(question, 60_000));
  assert.equal(await code(line.session.request(question, 60_000)), "busy");
  const [asked] = await line.frames(1);
  line.send({
    type: "error",
    requestId: asked.requestId,
    protocolData: [],
    error: {
      code: "F02",
      name: "UnreachableError",
      triggeredAt: new Date(0).toISOString(),
      data: new Uint8Array(0),
    },
  });
  assert.equal(await waiting, "peer_error");
  assert.equal(await code(line.session.request(question, 1)), "timeout");
  const left = code(line.session.request(question, 60_000));
  line.far.terminate();
  assert.equal(await left, "closed");
  assert.equal(await code(line.session.request(question, 1)), "closed");
});

Deno.test("BtpSession ends on bytes that are no frame, on text, and on a frame over 1 MiB", async () => {
  for (const bytes of [new Uint8Array([6, 0]), "text", new Uint8Array(MAX_FRAME_BYTES + 1)]) {
    await using line = await pair();
    line.far.send(bytes);
    assert.notEqual(await line.closed, "");
  }
});

Deno.test("BtpSession takes no frame over the size that was configured", async () => {
  await using net = await pair({ maxFrameBytes: 64 });
  net.send(emptyResponse(7));
  net.send({ type: "message", requestId: 8, protocolData: [textData("a", "b".repeat(100))] });
  await net.closed;
  assert.deepEqual(net.faults.at(-1), "frame");
});

Deno.test("BtpSession answers a handler's failure with ERROR and stays open", async () => {
  let calls = 0;
  await using line = await pair({
    onMessage: () =>
      ++calls === 1 ? Promise.reject(new Error("broken")) : Promise.resolve(question),
  });
  line.send({ type: "message", requestId: 1, ...question });
  line.send({ type: "message", requestId: 2, ...question });
  const frames = await line.frames(2);
  assert.deepEqual(frames.map((frame) => frame.error?.code ?? frame.type), ["T00", "response"]);
});

Deno.test("BtpSession answers 20 TRANSFER frames at once and ends with a peer that sends more", async () => {
  let nowMs = 0;
  await using line = await pair({ timers: { ...systemTimers, now: () => nowMs } });
  const transfer = (requestId: number) =>
    line.send({ type: "transfer", requestId, amount: 1n, protocolData: [] });
  for (let id = 1; id <= 20; id++) transfer(id);
  assert.equal((await line.frames(20)).length, 20);
  nowMs += 1_000;
  for (let id = 21; id <= 25; id++) transfer(id);
  assert.equal((await line.frames(25)).length, 25, "five more a second");
  transfer(26);
  assert.equal(await line.closed, "protocol error");
  assert.deepEqual(line.faults, ["frame"]);
});

Deno.test("BtpSession refuses a request that carries more than 16 KiB besides its packet, and stays open", async () => {
  let served = 0;
  await using line = await pair({
    onMessage: () => {
      served += 1;
      return Promise.resolve(question);
    },
  });
  const junk = { name: "junk", contentType: 0, data: new Uint8Array(17_000) };
  line.send({ type: "message", requestId: 1, protocolData: [junk] });
  line.send({ type: "message", requestId: 2, ...question });
  const frames = await line.frames(2);
  assert.deepEqual(frames.map((frame) => frame.error?.code ?? frame.type), ["F00", "response"]);
  assert.deepEqual([served, line.faults], [1, ["frame"]]);
});

Deno.test("BtpSession reads no more while 4 MiB of requests are in progress", async () => {
  const requests = 200;
  let release = () => {};
  const released = new Promise<void>((resolve) => release = resolve);
  await using line = await pair({
    onMessage: async () => {
      await released;
      return { protocolData: [] };
    },
  });
  const packet = wire.encodePrepare({
    amount: 1n,
    expiresAtMs: Date.UTC(2026, 2, 15),
    condition: new Uint8Array(32),
    destination: "g.dev.relay",
    data: new Uint8Array(32_000),
  });
  for (let requestId = 1; requestId <= requests; requestId++) {
    line.send({ type: "message", requestId, protocolData: [], packet });
  }
  const reading = () => !line.socket.isPaused && line.session.inFlight < requests;
  while (reading()) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(line.session.inFlight < requests, `${line.session.inFlight} were read`);
  release();
  assert.equal((await line.frames(requests)).length, requests, "all are answered in the end");
});
