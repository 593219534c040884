/**
 * Measures the inbound pipeline in one run: with verification against the verifier alone on the same
 * cores, and without it; in workers and in one process.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { createSupervisor } from "../home/workers/supervisor.ts";
import type { Batch, StageContext, StageDefinition } from "../stages/stage.ts";
import type { Figure } from "./figures.ts";
import { TABLES } from "./pipeline_stages/tables.ts";

/** How much is measured. */
export interface PipelineBenchOptions {
  /** Documents that are verified; 16,384 unless told. */
  readonly verified?: number;
  /** Documents that are only extracted; 262,144 unless told. */
  readonly extracted?: number;
}

/** Runs the measurement, some ten seconds; rates are documents a second. */
export async function benches(options: PipelineBenchOptions = {}): Promise<Figure[]> {
  const { verified = 16_384, extracted = 262_144 } = options;
  const cores = availableParallelism();
  const figures: Figure[] = [];
  for (const encoding of ["toon", "json"] as const) {
    const alone = await verifierAlone(verified, encoding, cores);
    const inWorkers = await supervised(verified, encoding, [
      { stage: "kind-extractor" },
      { stage: "event-verifier", pool: cores },
    ]);
    const one = await verifierAlone(verified, encoding, 1);
    const inProcess = await piped(verified, encoding, ["kind-extractor", "event-verifier"]);
    const name = `inbound with verification, ${encoding}`;
    figures.push(
      compared(`${name}, in workers`, inWorkers, `verifier alone on ${cores} cores`, alone),
      compared(`${name}, in process`, inProcess, "verifier alone on 1 core", one),
    );
  }
  const workers = await supervised(extracted, "toon", [{ stage: "kind-extractor" }]);
  const process = await piped(extracted, "toon", ["kind-extractor"]);
  return [
    ...figures,
    compared("inbound without verification, in workers", workers, "wanted", 300_000),
    compared("inbound without verification, in process", process, "wanted", 300_000),
  ];
}

function compared(name: string, value: number, other: string, otherValue: number): Figure {
  const compare = { name: other, value: otherValue };
  return { name, value, unit: "events/s", compare, ratio: value / otherValue };
}

/** Each core verifies its share; the rate is that of all together. */
async function verifierAlone(count: number, encoding: string, cores: number): Promise<number> {
  const share = Math.ceil(count / cores);
  const times = Array.from({ length: cores }, () => {
    const worker = new Worker(new URL("./pipeline_stages/verify_loop.ts", import.meta.url), {
      type: "module",
      deno: { permissions: "none" },
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ count: share, encoding });
    return promise.finally(() => worker.terminate());
  });
  return share * cores / (Math.max(...await Promise.all(times)) / 1000);
}

async function supervised(
  count: number,
  encoding: string,
  stages: readonly { readonly stage: string; readonly pool?: number }[],
): Promise<number> {
  const supervisor = createSupervisor({
    log: () => {},
    tables: TABLES,
    spawn: (name, permissions) =>
      new Worker(new URL("./pipeline_stages/worker_entry.ts", import.meta.url), {
        type: "module",
        name,
        deno: { permissions },
      }),
  });
  const source = { stage: "repeat-source", options: { count, encoding } };
  const pipeline = await supervisor.pipeline({
    name: "bench",
    stages: [source, ...stages, { stage: "settle-sink" }],
  });
  await pipeline.ready;
  const start = performance.now();
  await pipeline.done;
  const rate = count / ((performance.now() - start) / 1000);
  await supervisor.stop();
  return rate;
}

/** The same stages piped in this process. */
async function piped(count: number, encoding: string, names: readonly string[]): Promise<number> {
  let settled = 0;
  const context = {
    clock: () => Date.now(),
    log: () => {},
    count: () => {},
    signal: new AbortController().signal,
    settlements: {
      settle: (list: readonly unknown[]) => void (settled += list.length),
      onSettled: () => {},
    },
  } satisfies StageContext;
  const made = await Promise.all(
    ["repeat-source", ...names, "settle-sink"].map(async (name) => {
      const definition: StageDefinition = await TABLES.stages[name]();
      return await definition.create({ count, encoding }, {}, context);
    }),
  );
  let readable = made.shift() as ReadableStream<Batch>;
  const sink = made.pop() as WritableStream<Batch>;
  for (const stage of made) readable = readable.pipeThrough(stage as TransformStream<Batch, Batch>);
  const start = performance.now();
  await readable.pipeTo(sink);
  if (settled !== count) throw new Error(`${settled} of ${count} documents were settled`);
  return count / ((performance.now() - start) / 1000);
}
