import assert from "node:assert/strict";
import { definition, type RelayServiceOptions } from "../../../network/relay/relay_service.ts";
import type { RelayServerStatus, WriteResult } from "../../../network/relay/relay_server.ts";
import { RelayClient } from "./relay_client.ts";
import { event, json } from "./signed_events.ts";
import { identity } from "./served_relay.ts";

Deno.test("the relay service runs in a worker that may listen at its address and use its folder alone", async () => {
  const folder = await Deno.makeTempDir();
  const options: RelayServiceOptions = {
    hostname: "127.0.0.1",
    port: 0,
    folder,
    write: "ilp",
    identity,
  };
  const permissions = definition.permissions(options);
  assert.deepEqual(permissions, { net: ["127.0.0.1:0"], read: [folder], write: [folder] });
  const worker = new Worker(new URL("./relay_service_worker.ts", import.meta.url), {
    type: "module",
    deno: {
      permissions: {
        net: [...permissions.net!],
        read: [...permissions.read!],
        write: [...permissions.write!],
      },
    },
  });
  const call = <T>(method: string, ...args: unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => "error" in data ? reject(data.error) : resolve(data.value);
      worker.onerror = (error) => {
        error.preventDefault();
        reject(error.message);
      };
      worker.postMessage({ method, args });
    });
  try {
    await call("start", options);
    const status = await call<RelayServerStatus>("status");
    const one = event({ content: "in a worker" });
    const written = await call<WriteResult>("write", json(one));
    assert.deepEqual(written, {
      result: "stored",
      code: "stored",
      message: "",
      eventId: one.id,
      pubkey: one.pubkey,
      takenBefore: false,
    });
    using client = await RelayClient.connect(status.url);
    assert.deepEqual(await client.stored("s", {}), [one]);
    await call("stop");
    await client.closed;
    assert.ok((await Deno.stat(`${folder}/relay.db`)).isFile);
    for (const denied of ["readOutside", "connectOutside", "run", "env"]) {
      assert.equal(await call(denied), "NotCapable", denied);
    }
  } finally {
    worker.terminate();
    await Deno.remove(folder, { recursive: true });
  }
});
