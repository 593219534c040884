/**
 * Measures the inbound pipeline like a daemon runs it, with a worker for each stage: with verification, compared with decoding and
 * verifying in one worker, and without verification.
 *
 * @module
 */
import { createSupervisor } from "../home/workers/supervisor.ts";
import type { Figure } from "./figures.ts";
import { TABLES } from "./pipeline_stages/tables.ts";

/** The size of the measurement. */
export interface PipelineBenchOptions {
  /** Documents that are verified; default 16,384. */
  readonly verified?: number;
  /** Documents that are only extracted; default 262,144. */
  readonly extracted?: number;
}

/** Runs the measurement, about ten seconds; rates are documents per second. */
export async function benches(options: PipelineBenchOptions = {}): Promise<Figure[]> {
  const { verified = 16_384, extracted = 262_144 } = options;
  const figures: Figure[] = [];
  for (const encoding of ["toon", "json"] as const) {
    const alone = await verifierAlone(verified, encoding);
    const inbound = await supervised(verified, encoding, ["kind-extractor", "event-verifier"]);
    const name = `inbound with verification, ${encoding}`;
    figures.push(compared(name, inbound, "verifier alone", alone));
  }
  const unverified = await supervised(extracted, "toon", ["kind-extractor"]);
  return [
    ...figures,
    compared("inbound without verification", unverified, "wanted", 300_000),
  ];
}

function compared(name: string, value: number, other: string, otherValue: number): Figure {
  const compare = { name: other, value: otherValue };
  return { name, value, unit: "events/s", compare, ratio: value / otherValue };
}

/** Decodes and verifies in its own worker. */
async function verifierAlone(count: number, encoding: string): Promise<number> {
  const worker = new Worker(new URL("./pipeline_stages/verify_loop.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage({ count, encoding });
  const elapsedMs = await promise.finally(() => worker.terminate());
  return count * 1_000 / elapsedMs;
}

async function supervised(
  count: number,
  encoding: string,
  stages: readonly string[],
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
    stages: [source, ...stages.map((stage) => ({ stage })), { stage: "settle-sink" }],
  });
  await pipeline.ready;
  const start = performance.now();
  await pipeline.done;
  const rate = count / ((performance.now() - start) / 1000);
  await supervisor.stop();
  return rate;
}
