import assert from "node:assert/strict";
import type { Attachment } from "../../runtime/attachment.ts";
import { Observation } from "../../runtime/observation.ts";
import { sourceUnit } from "../../runtime/source_unit.ts";
import { type Batch, defineStage } from "../../stages/stage.ts";

const ITEM = { seq: 0, bytes: new Uint8Array([1]), known: {} };

/** A source of one item that never ends. */
const ONE = defineStage<void, Record<string, never>>({
  ...{ name: "one", role: "source", services: [], permissions: () => ({}) },
  create: () =>
    new ReadableStream<Batch>({ start: (controller) => controller.enqueue([ITEM]) }, {
      highWaterMark: 0,
    }),
});

Deno.test("a worker's death while the sink rests counts against the item that was under way", async () => {
  const poisoned: string[] = [];
  const sent: number[] = [];
  let wanted = Promise.withResolvers<void>();
  let arrived = Promise.withResolvers<void>();
  const quarantined = Promise.withResolvers<void>();
  const unit = await sourceUnit({
    ...{ definition: ONE, options: undefined, observation: new Observation() },
    hosting: { quarantine: "store" },
    services: {
      store: {
        commit: (changes: { reason: string }[]) => {
          poisoned.push(...changes.map(({ reason }) => reason));
          quarantined.resolve();
          return Promise.resolve();
        },
      },
    },
    context: { clock: Date.now, log: () => {}, count: () => {} },
    reports: {
      ...{ done: () => {}, progress: () => {} },
      failed: (error) => assert.fail(String(error)),
      breach: (_side, error) => assert.fail(error),
      wanted: () => wanted.resolve(),
    },
  });
  const acks: MessagePort[] = [];
  const attach = (generation: number, how: Pick<Attachment, "sinkRests" | "calm">) => {
    const { port1, port2 } = new MessageChannel();
    acks.push(port2);
    if (!how.sinkRests) port2.postMessage({ held: [] });
    wanted = Promise.withResolvers();
    arrived = Promise.withResolvers();
    const heard = arrived;
    unit.attach({
      ...{ generation, ...how, ack: port1, ports: [port1], input: new ReadableStream() },
      output: new WritableStream({
        write() {
          sent.push(generation);
          heard.resolve();
        },
      }),
    });
  };

  attach(1, { sinkRests: false, calm: true });
  await arrived.promise;
  attach(2, { sinkRests: true, calm: false });
  await wanted.promise;
  attach(3, { sinkRests: false, calm: true });
  await arrived.promise;
  assert.deepEqual([sent, poisoned], [[1, 3], []]);
  // Links that are made anew without a death change nothing.
  attach(4, { sinkRests: false, calm: true });
  await arrived.promise;
  assert.deepEqual([sent, poisoned], [[1, 3, 4], []]);
  attach(5, { sinkRests: false, calm: false });
  await Promise.race([quarantined.promise, arrived.promise]);
  assert.deepEqual([sent, poisoned], [[1, 3, 4], ["poison"]]);
  unit.stop();
  for (const port of acks) port.close();
});
