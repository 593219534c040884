/**
 * The control socket's cases, run by control_test.ts in a separate process with permission for exactly one socket path,
 * because that permission allows no pattern. The path is CONTROL_SOCKET.
 */
import { StoreError } from "../../../store/store_error.ts";
import assert from "node:assert/strict";
import { controlClient } from "../../../home/control/control_client.ts";
import { ControlError } from "../../../base/control_error.ts";
import { serveControl } from "../../../home/control/control_server.ts";
import { coded, path, served } from "./control_served.ts";

Deno.test("call() gives what the handler returned, bigints as decimal strings", async () => {
  await served({
    totals: (params) => ({ spent: 2n ** 64n - 1n, params }),
    nothing: () => {},
  }, async (client) => {
    assert.deepEqual(await client.call("totals", { a: ["é", null] }), {
      spent: "18446744073709551615",
      params: { a: ["é", null] },
    });
    assert.equal(await client.call("nothing"), null);
  });
});

Deno.test("call() answers many at once, each by its id", async () => {
  const gates = Array.from({ length: 20 }, () => Promise.withResolvers<number>());
  await served({ wait: (index) => gates[index as number].promise }, async (client) => {
    const calls = gates.map((_, index) => client.call("wait", index));
    for (const [index, gate] of [...gates.entries()].reverse()) gate.resolve(index * 2);
    assert.deepEqual(await Promise.all(calls), gates.map((_, index) => index * 2));
  });
});

Deno.test("call() rejects with the handler's class, code, message and suggestion", async () => {
  await served({
    fail: () => {
      throw Object.assign(new Error("insufficient balance"), {
        code: "insufficient_balance",
        suggestion: "deposit more",
      });
    },
    crash: () => Promise.reject(new TypeError("x is undefined")),
    refuse: () => Promise.reject(new StoreError("conflict", "the row changed")),
    bytes: () => new Uint8Array(3),
  }, async (client) => {
    await assert.rejects(client.call("refuse"), new StoreError("conflict", "the row changed"));
    await assert.rejects(client.call("refuse"), StoreError);
    await assert.rejects(client.call("fail"), (error: ControlError) => {
      assert.equal(error.code, "insufficient_balance");
      assert.equal(error.message, "insufficient balance");
      assert.equal(error.suggestion, "deposit more");
      return true;
    });
    await assert.rejects(client.call("crash"), coded("internal"));
    await assert.rejects(client.call("bytes"), coded("bad_frame"));
    await assert.rejects(client.call("missing"), coded("no_method"));
    await assert.rejects(client.call("constructor"), coded("no_method"));
  });
});

Deno.test("call() hears progress in order, then the answer", async () => {
  await served({
    submit(_params, { progress }) {
      for (let step = 1; step <= 3; step++) progress({ step, units: BigInt(step) });
      return "done";
    },
  }, async (client) => {
    const heard: unknown[] = [];
    const result = await client.call("submit", {}, { onProgress: (value) => heard.push(value) });
    assert.equal(result, "done");
    assert.deepEqual(heard, [1, 2, 3].map((step) => ({ step, units: String(step) })));
  });
});

Deno.test("call() takes large messages up to the limit and refuses larger ones on either side", async () => {
  await served({
    echo: (params) => params,
    huge: () => "x".repeat(4 * 1024 * 1024),
  }, async (client) => {
    const large = "x".repeat(4_000_000);
    assert.equal(await client.call("echo", large), large);
    await assert.rejects(client.call("echo", "x".repeat(4 * 1024 * 1024)), coded("too_large"));
    await assert.rejects(client.call("huge"), coded("too_large"));
    assert.equal(await client.call("echo", 1), 1);
  });
});

Deno.test("call() given up by its signal aborts the handler", async () => {
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<string>();
  await served({
    wait: (_params, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted.resolve(signal.reason.code);
          reject(signal.reason);
        });
        started.resolve();
      }),
  }, async (client) => {
    const abort = new AbortController();
    const call = client.call("wait", {}, { signal: abort.signal });
    await started.promise;
    abort.abort(new Error("enough"));
    await assert.rejects(call, /enough/);
    assert.equal(await aborted.promise, "aborted");
  });
});

Deno.test("serveControl() aborts the calls of a caller that leaves", async () => {
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const server = await serveControl({
    path,
    handlers: {
      wait: (_params, { signal }) => {
        signal.addEventListener("abort", () => aborted.resolve());
        started.resolve();
        return aborted.promise;
      },
    },
  });
  const client = await controlClient(path);
  const call = assert.rejects(client.call("wait"), coded("closed"));
  await started.promise;
  client.close();
  await Promise.all([call, aborted.promise]);
  await server.close();
});

Deno.test("serveControl() lets the answer of a call that stops the daemon leave", async () => {
  const stop = Promise.withResolvers<void>();
  const server = await serveControl({
    path,
    handlers: { down: () => (stop.resolve(), "stopping") },
  });
  const client = await controlClient(path);
  const call = client.call("down");
  await stop.promise;
  await server.close();
  assert.equal(await call, "stopping");
  await assert.rejects(client.call("down"), coded("closed"));
  await assert.rejects(controlClient(path), coded("no_daemon"));
});

Deno.test("serveControl() closes with its signal and removes the socket", async () => {
  const abort = new AbortController();
  const server = await serveControl({ path, handlers: {}, signal: abort.signal });
  abort.abort();
  await server.close();
  await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
});

Deno.test("controlClient() finds no daemon in one that closes its socket at that moment", async () => {
  for (let round = 0; round < 400; round++) {
    const listener = Deno.listen({ transport: "unix", path });
    const asked = Array.from({ length: 4 }, () => controlClient(path));
    if (round % 3 > 0) await new Promise((resolve) => setTimeout(resolve, 0));
    listener.close();
    for (const each of await Promise.allSettled(asked)) {
      if (each.status === "fulfilled") each.value.close();
      else coded("no_daemon")(each.reason);
    }
  }
});

Deno.test("serveControl() makes the socket for its owner alone", async () => {
  await served({}, async () => {
    assert.equal((await Deno.lstat(path)).mode! & 0o777, 0o600);
  });
});

Deno.test("serveControl() refuses a second daemon and leaves the first alone", async () => {
  await served({ ping: () => "pong" }, async (client) => {
    await assert.rejects(serveControl({ path, handlers: {} }), coded("in_use"));
    assert.equal(await client.call("ping"), "pong");
  });
});

Deno.test("serveControl() replaces a socket file that nobody answers on", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      `Deno.listen({ transport: "unix", path: ${
        JSON.stringify(path)
      } }); Deno.kill(Deno.pid, "SIGKILL")`,
    ],
    stdout: "null",
    stderr: "null",
  });
  await child.output();
  assert.ok((await Deno.lstat(path)).isSocket, "the killed process left its file");
  await served({ ping: () => "pong" }, async (client) => {
    assert.equal(await client.call("ping"), "pong");
  });
});

Deno.test("serveControl() does not replace a file that is no socket", async () => {
  await Deno.writeTextFile(path, "mine");
  await assert.rejects(serveControl({ path, handlers: {} }), coded("in_use"));
  assert.equal(await Deno.readTextFile(path), "mine");
  await Deno.remove(path);
});

Deno.test("serveControl() refuses a folder that others may enter", async () => {
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.chmod(folder, 0o755);
  try {
    await assert.rejects(serveControl({ path, handlers: {} }), coded("loose_folder"));
  } finally {
    await Deno.chmod(folder, 0o700);
  }
});

Deno.test("serveControl() and controlClient() work in a worker with nothing but the socket", async () => {
  const source = `
    import { serveControl } from ${
    JSON.stringify(import.meta.resolve("../../../home/control/control_server.ts"))
  };
    import { controlClient } from ${
    JSON.stringify(import.meta.resolve("../../../home/control/control_client.ts"))
  };
    const path = ${JSON.stringify(path)};
    const server = await serveControl({ path, handlers: { ping: () => "pong" } });
    const client = await controlClient(path);
    const answer = await client.call("ping");
    client.close();
    await server.close();
    self.postMessage(answer);
  `;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(source)}`, {
    type: "module",
    deno: { permissions: { net: [`unix:${path}`], read: [path], write: [path] } },
  } as WorkerOptions);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  assert.equal(await promise, "pong");
  worker.terminate();
});

Deno.test("checkSocketPath() refuses a path that is too long", async () => {
  await assert.rejects(controlClient(`/${"x".repeat(120)}/control.sock`), (error: ControlError) => {
    assert.equal(error.code, "path_too_long");
    assert.match(error.suggestion!, /shorter/);
    return true;
  });
});
