/**
 * What the proxy refuses before it connects, and what it counts. proxy_test.ts runs these cases in a process with the permissions of a
 * proxy, because the tests' own reach no unix socket. The sockets are made in PROXY_FOLDER.
 */
import assert from "node:assert/strict";
import { type ProxyUsage, runProxy } from "../../../skills/egress/proxy.ts";

interface Proxy extends AsyncDisposable {
  /** What a client gets that sends this. */
  ask(text: string): Promise<string>;
  connect(): Promise<Deno.UnixConn>;
  /** Ends the proxy, and returns its usage. */
  end(): Promise<ProxyUsage>;
}

let sockets = 0;

async function proxy(
  list: readonly string[],
  more: { maxBytes?: number; headMs?: number } = {},
): Promise<Proxy> {
  const path = `${Deno.env.get("PROXY_FOLDER")}/${++sockets}`;
  const end = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const said: string[] = [];
  const done = runProxy({ socket: path, list, maxBytes: 1_000, ...more }, end.promise, (line) => {
    said.push(line);
    ready.resolve();
  });
  await ready.promise;
  assert.deepEqual(said, ["ready"]);
  const connect = () => Deno.connect({ transport: "unix", path });
  const stop = async () => {
    end.resolve();
    await done;
  };
  return {
    connect,
    async ask(text) {
      using client = await connect();
      await client.write(new TextEncoder().encode(text));
      return await new Response(client.readable).text();
    },
    async end() {
      await stop();
      return JSON.parse(said[1]);
    },
    [Symbol.asyncDispose]: stop,
  };
}

const LIST = ["name.invalid", "*.wild.test"];
const ALL = ["*", "*:8080", "localhost:1"];

for (
  const { name, request, status, says, list = LIST } of [
    {
      name: "a host that is not listed",
      request: "CONNECT other.test:443 HTTP/1.1\r\n\r\n",
      status: 403,
      says: "other.test:443 is not on the skill's list",
    },
    {
      name: "a port that is not listed",
      request: "CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n",
      status: 403,
      says: "127.0.0.1:22 is not on the skill's list",
    },
    {
      name: "the bare name of a listed wildcard",
      request: "GET http://wild.test/ HTTP/1.1\r\n\r\n",
      status: 403,
      says: "is not on the skill's list",
    },
    {
      name: "this machine, although every host is listed",
      list: ALL,
      request: "CONNECT 127.0.0.1:8080 HTTP/1.1\r\n\r\n",
      status: 403,
      says: "127.0.0.1 is an address that jobs may not reach",
    },
    {
      name: "this machine by its other address",
      list: ALL,
      request: "CONNECT [::1]:443 HTTP/1.1\r\n\r\n",
      status: 403,
      says: "::1 is an address that jobs may not reach",
    },
    {
      name: "this machine's name at another port than the listed one",
      list: ALL,
      request: "CONNECT localhost:8080 HTTP/1.1\r\n\r\n",
      status: 403,
      says: "localhost is an address that jobs may not reach",
    },
    {
      name: "the metadata of the cloud, although every host is listed",
      list: ALL,
      request: "GET http://169.254.169.254/ HTTP/1.1\r\n\r\n",
      status: 403,
      says: "169.254.169.254 is an address that jobs may not reach",
    },
    {
      name: "a port that no entry for every host names",
      list: ALL,
      request: "CONNECT a.test:22 HTTP/1.1\r\n\r\n",
      status: 403,
      says: "a.test:22 is not on the skill's list",
    },
    {
      name: "a name without an address",
      request: "CONNECT name.invalid:443 HTTP/1.1\r\n\r\n",
      status: "50[24]",
      says: "name.invalid cannot be resolved",
    },
    { name: "no request", request: "hello\r\n\r\n", status: 400, says: "crosstown: " },
    {
      name: "a head without an end",
      request: "GET http://127.0.0.1:8080/ HTTP/1.1\r\nA: ".padEnd(16_384, "x"),
      status: 431,
      says: "the head is longer than",
    },
  ]
) {
  Deno.test(`runProxy() refuses ${name}`, async () => {
    await using one = await proxy(list);
    const answer = await one.ask(request);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} Refused\r\n`));
    assert.ok(answer.includes(says), answer);
    assert.deepEqual(await one.end(), { requests: 0, refused: 1, bytesOut: 0, bytesIn: 0 });
  });
}

Deno.test("runProxy() refuses a listed host without resolving it when the job's bytes are used up", async () => {
  await using one = await proxy(LIST, { maxBytes: -1 });
  const answer = await one.ask("CONNECT name.invalid:443 HTTP/1.1\r\n\r\n");
  assert.match(answer, /403 Refused[^]*the job has used its -1 bytes of network/);
});

Deno.test("runProxy() closes a connection that sends no head in time, and the one over 64", async () => {
  await using hasty = await proxy(LIST, { headMs: 300 });
  using late = await hasty.connect();
  assert.equal(await new Response(late.readable).text(), "");
  assert.equal((await hasty.end()).requests, 0);

  await using patient = await proxy(LIST, { headMs: 120_000 });
  const clients = await Promise.all(Array.from({ length: 65 }, () => patient.connect()));
  const texts = clients.map(({ readable }) => new Response(readable).text());
  await Promise.race(texts);
  const { refused, requests } = await patient.end();
  assert.deepEqual([refused, requests], [1, 0]);
  assert.deepEqual(new Set(await Promise.all(texts)), new Set([""]));
});

Deno.test("runProxy() ends although a connection is open", async () => {
  await using one = await proxy(LIST);
  using client = await one.connect();
  await one.end();
  assert.equal(await new Response(client.readable).text(), "");
});
