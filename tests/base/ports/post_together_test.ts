import assert from "node:assert/strict";
import { messagesOf, postTogether } from "../../../base/ports/post_together.ts";
import { rpcClient, serveRpc } from "../../../base/ports/rpc.ts";

/** A port that keeps clones of what is posted. */
function recorder() {
  const sent: unknown[] = [];
  const port = { postMessage: (message: unknown) => void sent.push(structuredClone(message)) };
  return { sent, together: postTogether(() => port) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("postTogether() sends the messages of a turn as one, in order, and one alone as it is", async () => {
  const { sent, together } = recorder();
  for (const n of [1, 2, 3]) together.post({ n });
  assert.deepEqual(sent, []);
  await settled();
  together.post({ n: 4 });
  await settled();
  assert.deepEqual(sent, [{ many: [{ n: 1 }, { n: 2 }, { n: 3 }] }, { n: 4 }]);
});

Deno.test("postTogether() waits for microtasks that add messages one after the other", async () => {
  const { sent, together } = recorder();
  const wakes = Promise.withResolvers<void>();
  const callers = [1, 2, 3].map(async (n) => {
    await wakes.promise;
    together.post({ n });
  });
  wakes.resolve();
  await Promise.all(callers);
  await settled();
  assert.deepEqual(sent, [{ many: [{ n: 1 }, { n: 2 }, { n: 3 }] }]);
});

Deno.test("postTogether() refuses a message that cannot be cloned, and sends those beside it", async () => {
  const { sent, together } = recorder();
  const refused: unknown[] = [];
  together.post({ n: 1 });
  together.post({ n: () => {} }, (error) => refused.push((error as Error).name));
  together.post({ n: 3 });
  await settled();
  assert.deepEqual(refused, ["DataCloneError"]);
  assert.deepEqual(sent, [{ n: 1 }, { n: 3 }]);
});

Deno.test("postTogether() sends at once what waits, or forgets it", async () => {
  const { sent, together } = recorder();
  together.post({ n: 1 });
  together.flush();
  assert.deepEqual(sent, [{ n: 1 }]);
  together.post({ n: 2 });
  together.drop();
  await settled();
  assert.deepEqual(sent, [{ n: 1 }], "dropped");
  together.post({ n: 3 });
  await settled();
  assert.deepEqual(sent, [{ n: 1 }, { n: 3 }], "later ones are sent");
});

Deno.test("messagesOf() returns the messages that were sent together, or the one", () => {
  assert.deepEqual(messagesOf({ many: [1, 2] }), [1, 2]);
  for (const one of [{ many: 7 }, { call: 1 }, null, "x"]) assert.deepEqual(messagesOf(one), [one]);
});

Deno.test("calls of one turn, and their answers, travel in one message each", async () => {
  const { port1, port2 } = new MessageChannel();
  const posts = new Map<MessagePort, number>();
  for (const port of [port1, port2]) {
    const post = port.postMessage.bind(port) as (message: unknown) => void;
    port.postMessage = (message: unknown) => {
      posts.set(port, (posts.get(port) ?? 0) + 1);
      post(message);
    };
  }
  const twice = (n: number) => Promise.resolve(2 * n);
  const server = serveRpc(port1, { twice }, { methods: ["twice"] });
  const client = rpcClient<{ twice(n: number): Promise<number> }>(port2);
  const answers = await Promise.all([1, 2, 3, 4].map((n) => client.twice(n)));
  assert.deepEqual(answers, [2, 4, 6, 8]);
  assert.deepEqual([posts.get(port2), posts.get(port1)], [1, 1]);
  server.close();
  client[Symbol.dispose]();
});

Deno.test("a client that is ended right after a call has sent it, and a server that closes has sent its answers", async () => {
  const served: string[] = [];
  const { port1, port2 } = new MessageChannel();
  const implementation = {
    note: (text: string) => Promise.resolve(void served.push(text)),
    last() {
      // Closes after the answer was made and before the turn has ended.
      queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => server.close())));
      return "said";
    },
  };
  const server = serveRpc(port1, implementation, { methods: ["note", "last"] });
  const client = rpcClient<{ note(text: string): Promise<void>; last(): Promise<string> }>(port2);
  assert.equal(await client.last(), "said");
  client[Symbol.dispose]();

  const others = new MessageChannel();
  const second = serveRpc(others.port1, implementation, { methods: ["note"] });
  const gone = rpcClient<{ note(text: string): Promise<void> }>(others.port2);
  const call = gone.note("hello");
  gone[Symbol.dispose]();
  await assert.rejects(call, { code: "closed" });
  await settled();
  assert.deepEqual(served, ["hello"]);
  second.close();
});
