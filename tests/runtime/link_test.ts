import assert from "node:assert/strict";
import { until } from "../until.ts";
import { linkReadable, type LinkWritable, linkWritable } from "../../runtime/link.ts";
import { gather, spread } from "../../runtime/pool_links.ts";
import type { Batch, Item } from "../../stages/stage.ts";

const item = (seq: number, size = 1): Item => ({
  seq,
  bytes: new Uint8Array(size).fill(seq),
  known: { seq },
});
const batch = (from: number, count: number, size = 1): Batch =>
  Array.from({ length: count }, (_, index) => item(from + index, size));

/** Until messages that were posted before have come: a late timer alone may be taken before them. */
async function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  for (let round = 0; round < 10; round++) {
    const came = new Promise((resolve) => port2.onmessage = resolve);
    port1.postMessage(round);
    await came;
    await new Promise((resolve) => setTimeout(resolve));
  }
  port1.close();
}

function open(window?: number) {
  const { port1, port2 } = new MessageChannel();
  const link = linkWritable(port1);
  const readable = linkReadable(port2, { window });
  return {
    link,
    writer: link.stream.getWriter(),
    reader: readable.getReader(),
    ports: [port1, port2],
    [Symbol.dispose]() {
      port1.close();
      port2.close();
    },
  };
}

Deno.test("link delivers whole items, and ends", async () => {
  using link = open();
  const refused: Item = {
    seq: 2,
    bytes: new Uint8Array(0),
    known: { a: "\ud800 x", b: 1.5 },
    refusal: { stage: "s", code: "c", message: "m" },
  };
  const sent = [item(0, 3), item(1, 0), refused];
  link.writer.write(sent);
  const { value } = await link.reader.read();
  assert.deepEqual(value, sent);
  const closed = link.writer.close();
  assert.equal((await link.reader.read()).done, true);
  await closed;
});

Deno.test("link lets a batch grow while there is no credit, up to 256 items, then waits", async () => {
  using link = open(1);
  await link.writer.write(batch(0, 10));
  await turn();
  for (let from = 10; from < 260; from += 10) await link.writer.write(batch(from, 10));
  let room = false;
  const over = link.writer.write(batch(260, 10)).then(() => room = true);
  await turn();
  assert.equal(room, false, "256 items wait: the writer must wait too");
  assert.equal((await link.reader.read()).value!.length, 10);
  await over;
  assert.equal((await link.reader.read()).value!.length, 256);
  assert.equal((await link.reader.read()).value!.length, 4);
});

Deno.test("link sends at most 256 KiB in one message, a larger item alone", async () => {
  using link = open(8);
  const sizes = [100_000, 100_000, 100_000, 400_000, 1];
  const sent = sizes.map((size, seq) => item(seq, size));
  link.writer.write(sent);
  const lengths = [];
  for (let seen = 0; seen < sent.length;) {
    const { value } = await link.reader.read();
    lengths.push(value!.map(({ bytes }) => bytes.length));
    seen += value!.length;
  }
  assert.deepEqual(lengths, [[100_000, 100_000], [100_000], [400_000], [1]]);
});

Deno.test("link closes only when every credit is back", async () => {
  using link = open();
  await link.writer.write(batch(0, 1));
  let closed = false;
  const closing = link.writer.close().then(() => closed = true);
  await turn();
  assert.equal(closed, false);
  await link.reader.read();
  await closing;
  assert.equal((await link.reader.read()).done, true);
});

Deno.test("link tells the consumer of the producer's failure", async () => {
  using link = open();
  const read = link.reader.read();
  link.writer.closed.catch(() => {});
  await link.writer.abort(new Error("the stage broke"));
  await assert.rejects(read, { name: "LinkError", code: "upstream", message: /the stage broke/ });
});

Deno.test("link tells the producer of the consumer's cancel", async () => {
  using link = open();
  link.reader.cancel(new Error("enough"));
  await assert.rejects(link.writer.closed, {
    name: "LinkError",
    code: "cancelled",
    message: /enough/,
  });
});

Deno.test("link can be aborted while a write waits for credit", async () => {
  using link = open(1);
  link.writer.closed.catch(() => {});
  const writes = [0, 256, 512, 768].map((from) => link.writer.write(batch(from, 256)));
  for (const write of writes) write.catch(() => {});
  await turn();
  await link.writer.abort(new Error("enough"));
});

Deno.test("link refuses an item that could not be unpacked again", async () => {
  const bad: unknown[] = [
    { seq: -1, bytes: new Uint8Array(0), known: {} },
    { seq: 0.5, bytes: new Uint8Array(0), known: {} },
    { seq: 0, bytes: "x", known: {} },
    { seq: 0, bytes: new Uint8Array(0), known: { "Not A Key": 1 } },
    { seq: 0, bytes: new Uint8Array(0), known: { a: {} } },
    { seq: 0, bytes: new Uint8Array(0), known: { a: NaN } },
    { seq: 0, bytes: new Uint8Array(0), known: null },
    {
      seq: 0,
      bytes: new Uint8Array(1),
      known: {},
      refusal: { stage: "s", code: "c", message: "m" },
    },
    { seq: 0, bytes: new Uint8Array(0), known: {}, refusal: { code: "c" } },
  ];
  for (const each of bad) {
    using link = open();
    await turn();
    link.writer.closed.catch(() => {});
    await assert.rejects(link.writer.write([each as Item]), {
      name: "PackError",
      code: "bad_item",
    });
  }
});

const buffer = (size: number) => new ArrayBuffer(size);
const foreignItems = [
  { name: "no message", data: null },
  { name: "another type", data: { type: "credit", credits: 1 } },
  { name: "no buffer", data: { type: "items", heads: "[[0,0,{}]]" } },
  { name: "heads that are no JSON", data: { type: "items", heads: "[", bytes: buffer(0) } },
  { name: "no heads", data: { type: "items", heads: "[]", bytes: buffer(0) } },
  {
    name: "bytes that belong to nobody",
    data: { type: "items", heads: "[[0,1,{}]]", bytes: buffer(2) },
  },
  { name: "a length past the end", data: { type: "items", heads: "[[0,3,{}]]", bytes: buffer(2) } },
  { name: "a negative length", data: { type: "items", heads: "[[0,-1,{}]]", bytes: buffer(0) } },
  {
    name: "a prototype key",
    data: { type: "items", heads: '[[0,0,{"__proto__":{}}]]', bytes: buffer(0) },
  },
  {
    name: "a refused item with bytes",
    data: {
      type: "items",
      heads: '[[0,1,{},{"stage":"s","code":"c","message":"m"}]]',
      bytes: buffer(1),
    },
  },
  {
    name: "257 items",
    data: {
      type: "items",
      heads: JSON.stringify(Array.from({ length: 257 }, (_, seq) => [seq, 0, {}])),
      bytes: buffer(0),
    },
  },
  {
    name: "more than 256 KiB",
    data: {
      type: "items",
      heads: "[[0,131072,{}],[1,131073,{}]]",
      bytes: buffer(262_145),
    },
  },
];
for (const { name, data } of foreignItems) {
  Deno.test(`linkReadable() refuses ${name}`, async () => {
    const { port1, port2 } = new MessageChannel();
    const reader = linkReadable(port2).getReader();
    port1.postMessage(data);
    await assert.rejects(reader.read(), { name: "LinkError", code: "protocol" });
    port1.close();
  });
}

Deno.test("linkReadable() refuses more batches than it gave credit for", async () => {
  const { port1, port2 } = new MessageChannel();
  const refused = Promise.withResolvers<void>();
  port1.onmessage = ({ data }) => data.type === "cancel" && refused.resolve();
  const reader = linkReadable(port2, { window: 1 }).getReader();
  for (const seq of [0, 1]) {
    port1.postMessage({ type: "items", heads: `[[${seq},0,{}]]`, bytes: buffer(0) });
  }
  // Reading gives credit back: the second batch has to be there before.
  await refused.promise;
  await reader.read();
  await assert.rejects(reader.read(), { code: "protocol" });
  port1.close();
});

for (
  const data of [null, {}, { type: "items" }, { type: "credit", credits: 0 }, { type: "credit" }]
) {
  Deno.test(`linkWritable() refuses ${JSON.stringify(data)}`, async () => {
    const { port1, port2 } = new MessageChannel();
    const writer = linkWritable(port1).stream.getWriter();
    port2.postMessage(data);
    await assert.rejects(writer.closed, { name: "LinkError", code: "protocol" });
    port2.close();
  });
}

Deno.test("linkWritable() refuses credit for what it never sent", async () => {
  const { port1, port2 } = new MessageChannel();
  const writer = linkWritable(port1).stream.getWriter();
  port2.postMessage({ type: "credit", credits: 2 });
  port2.postMessage({ type: "credit", credits: 1 });
  await assert.rejects(writer.closed, { code: "protocol" });
  port2.close();
});

function pool(size: number) {
  const channels = Array.from({ length: size }, () => new MessageChannel());
  const links: LinkWritable[] = channels.map(({ port1 }) => linkWritable(port1));
  const readables = channels.map(({ port2 }) => linkReadable(port2));
  const close = () => channels.forEach(({ port1, port2 }) => (port1.close(), port2.close()));
  return { links, readables, close };
}

Deno.test("spread() and gather() pass everything through a pool, and end", async () => {
  const { links, readables, close } = pool(3);
  const writer = spread(links).getWriter();
  const reading = Array.fromAsync(gather(readables));
  for (let from = 0; from < 1000; from += 50) await writer.write(batch(from, 50));
  await writer.close();
  const seqs = (await reading).flat().map(({ seq }) => seq);
  assert.deepEqual(seqs.toSorted((a, b) => a - b), Array.from({ length: 1000 }, (_, seq) => seq));
  close();
});

Deno.test("spread() continues with the others when one member takes nothing", async () => {
  const { links, readables, close } = pool(2);
  const writer = spread(links).getWriter();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const items of readables[1]) seen.push(...items.map(({ seq }) => seq));
  })();
  // The first member takes its window and one growing batch; the second gets everything else.
  for (let from = 0; from < 5120; from += 256) await writer.write(batch(from, 256));
  await until(() => seen.length >= 5120 - 5 * 256);
  close();
  void reading;
});

Deno.test("gather() fails when a member fails", async () => {
  const { links, readables, close } = pool(2);
  const reading = Array.fromAsync(gather(readables));
  const writer = links[1].stream.getWriter();
  writer.closed.catch(() => {});
  await writer.abort(new Error("broke"));
  await assert.rejects(reading, { code: "upstream" });
  close();
});
