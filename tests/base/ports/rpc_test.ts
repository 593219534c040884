import assert from "node:assert/strict";
import { RECEIVED, rpcClient, RpcError, serveRpc } from "../../../base/ports/rpc.ts";
import { crossesPorts } from "../../../base/ports/error_classes.ts";
import { InputError } from "../../../market/packing/input_error.ts";
import { ChainError } from "../../../money/evm/chain_connection.ts";
import { SignerError } from "../../../money/signer/signer_error.ts";
import { StoreError } from "../../../store/store_error.ts";
import { codeOf } from "../../../base/thrown.ts";
import { flattenError, rebuildError } from "../../../base/ports/wire_error.ts";

const ABOVE = { what: "a packet", amount: 2n ** 200n, ceiling: 7n, unit: "units" } as const;

class Shop {
  #sold = 0n;
  sell(units: bigint): Promise<bigint> {
    if (units === 7n) throw new SignerError("ceiling", "no", { above: ABOVE });
    if (units <= 0n) throw new ShopError("Cannot sell: units must be positive");
    return Promise.resolve(this.#sold += units);
  }
  echo(value: unknown): Promise<unknown> {
    return Promise.resolve(value);
  }
  never(): Promise<void> {
    return new Promise(() => {});
  }
  unclonable(): Promise<unknown> {
    return Promise.resolve(() => {});
  }
  secret(): Promise<string> {
    return Promise.resolve("not offered");
  }
}

class ShopError extends Error {
  override readonly name = "ShopError";
  readonly code = "bad_units";
}

const METHODS = ["sell", "echo", "never", "unclonable"];

function open(limits: { server?: number; client?: number } = {}, methods?: readonly string[]) {
  const { port1, port2 } = new MessageChannel();
  const server = serveRpc(port1, new Shop(), { methods: METHODS, maxWaiting: limits.server });
  const client = rpcClient<Shop>(port2, methods, { maxWaiting: limits.client });
  return {
    server,
    client,
    ports: [port1, port2],
    [Symbol.dispose]() {
      server.close();
      client[Symbol.dispose]();
    },
  };
}

Deno.test("rpcClient() calls, with values that survive a structured clone", async () => {
  using shop = open();
  const value = { a: 1n, b: new Uint8Array([1, 2]), c: [null, undefined], d: new Map([[1, "x"]]) };
  assert.deepEqual(await shop.client.echo(value), value);
  const [first, second] = await Promise.all([shop.client.sell(2n), shop.client.sell(3n)]);
  assert.deepEqual([first, second], [2n, 5n]);
});

Deno.test("rpcClient() throws what was thrown, by name, code and message", async () => {
  using shop = open();
  await assert.rejects(shop.client.sell(0n), {
    name: "ShopError",
    code: "bad_units",
    message: "Cannot sell: units must be positive",
  });
});

Deno.test("serveRpc() serves nothing but the methods that it offers", async () => {
  using shop = open();
  await assert.rejects(shop.client.secret(), { name: "RpcError", code: "no_method" });
  const loose = shop.client as unknown as Record<string, () => Promise<unknown>>;
  await assert.rejects(loose.constructor(), { code: "no_method" });
  await assert.rejects(loose.__proto__(), { code: "no_method" });
});

Deno.test("rpcClient() with methods has no others", () => {
  using shop = open({}, ["sell"]);
  assert.equal(typeof shop.client.sell, "function");
  assert.equal(shop.client.echo, undefined);
});

Deno.test("rpcClient() does no harm when it is awaited by mistake", async () => {
  using shop = open();
  const same = await Promise.resolve(shop.client);
  assert.equal(await same.echo("x"), "x");
});

Deno.test("serveRpc() answers a value that cannot cross with an error", async () => {
  using shop = open();
  await assert.rejects(shop.client.unclonable(), { name: "DataCloneError" });
  await assert.rejects(shop.client.echo(() => {}), { name: "DataCloneError" });
  assert.equal(await shop.client.echo(1), 1);
});

Deno.test("rpcClient() rejects what waits when the server closes", async () => {
  using shop = open();
  const waiting = shop.client.never();
  shop.server.close();
  await assert.rejects(waiting, { code: "closed" });
  await assert.rejects(shop.client.echo(1), { code: "closed" });
});

Deno.test("rpcClient() rejects what waits when it is ended itself", async () => {
  using shop = open();
  const waiting = shop.client.never();
  shop.client[Symbol.dispose]();
  await assert.rejects(waiting, RpcError);
});

Deno.test("rpcClient() says when the server has received every call, answered or not", async () => {
  using shop = open();
  await shop.client[RECEIVED]();
  const waiting = [shop.client.never(), shop.client.never(), shop.client.never()];
  assert.equal(shop.server.taken, 0);
  await shop.client[RECEIVED]();
  assert.equal(shop.server.taken, 3);
  // A server that ends, or a client that does, keeps nobody waiting.
  const ended = shop.client[RECEIVED]();
  shop.server.close();
  await ended;
  for (const call of waiting) await assert.rejects(call, { code: "closed" });
  await shop.client[RECEIVED]();
});

Deno.test("rpcClient() asks a server at another port again whether it has received every call", async () => {
  using shop = open();
  await shop.client.echo(1);
  const { port1, port2 } = new MessageChannel();
  // It is moved before it reads the call, and closes its port with the call in it.
  shop.server.move(port2);
  const waiting = shop.client.never();
  const received = shop.client[RECEIVED]();
  const further = serveRpc(port1, new Shop(), { methods: METHODS });
  await received;
  assert.equal(further.taken, 1);
  further.close();
  await assert.rejects(waiting, { code: "closed" });
});

Deno.test("rpcClient() refuses a call above the number that may wait", async () => {
  using shop = open({ client: 2 });
  const waiting = [shop.client.never(), shop.client.never()];
  await assert.rejects(shop.client.echo(1), { code: "busy" });
  shop.server.close();
  for (const call of waiting) await assert.rejects(call, { code: "closed" });
});

Deno.test("serveRpc() refuses a call above the number that it handles at once", async () => {
  using shop = open({ server: 1 });
  const waiting = shop.client.never();
  await assert.rejects(shop.client.echo(1), { name: "RpcError", code: "busy" });
  assert.equal(shop.server.waiting, 1);
  shop.server.close();
  await assert.rejects(waiting, { code: "closed" });
});

Deno.test("serveRpc() and rpcClient() ignore messages that are not calls or answers", async () => {
  using shop = open();
  const [server, client] = shop.ports;
  for (const junk of [null, 1, "x", {}, { call: "1", method: "echo", args: [] }, { call: 1 }]) {
    client.postMessage(junk);
    server.postMessage(junk);
  }
  server.postMessage({ answer: 99, value: 1 });
  assert.equal(await shop.client.echo(5), 5);
});

Deno.test("flattenError() takes anything that can be thrown", () => {
  const hostile = {
    get message(): string {
      throw new Error("no");
    },
  };
  for (const thrown of [null, undefined, 5, "x", {}, [], Symbol("x"), hostile]) {
    const { name, message } = flattenError(thrown);
    assert.equal(typeof name, "string");
    assert.equal(typeof message, "string");
  }
  const rebuilt = rebuildError({ name: "E", message: "m", code: 5 });
  assert.deepEqual([rebuilt.name, rebuilt.message, codeOf(rebuilt)], ["E", "m", undefined]);
});

Deno.test("rpcClient() throws an error of the class that was thrown, with its code and its data", async () => {
  const { port1, port2 } = new MessageChannel();
  const thrown = [
    new StoreError("conflict", "row is there"),
    new ChainError("reverted", "refused", { reason: "InvalidNonce" }),
    new InputError("bad_input", "too long", { suggestion: "cut it" }),
  ];
  const server = serveRpc(port1, {
    fail: (at: number) => Promise.reject(thrown[at]),
    unknown: () => Promise.reject(Object.assign(new Error("x"), { name: "NobodysError" })),
  }, { methods: ["fail", "unknown"] });
  const client = rpcClient<{ fail(at: number): Promise<void>; unknown(): Promise<void> }>(port2);
  try {
    for (const [at, error] of thrown.entries()) {
      const caught = await client.fail(at).catch((caught: unknown) => caught);
      assert.ok(caught instanceof Error && caught instanceof error.constructor);
      assert.deepEqual({ ...caught }, { ...error });
      assert.equal(caught.message, error.message);
    }
    await assert.rejects(client.unknown(), { name: "NobodysError", message: "x" });
  } finally {
    server.close();
    client[Symbol.dispose]();
  }
});

Deno.test("crossesPorts() refuses a second class with the same name", () => {
  assert.throws(() => crossesPorts("StoreError", () => new Error()), TypeError);
});

Deno.test("rpcClient() rebuilds a signer's refusal with its figures, for whoever knows the asset", async () => {
  using shop = open();
  const refused = await shop.client.sell(7n).then(() => null, (error: unknown) => error);
  assert.ok(refused instanceof SignerError);
  assert.deepEqual(refused.above, ABOVE);
});
