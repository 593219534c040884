/**
 * Runs workflows of four durable steps, like the four paid packets of a job, and prints one line of JSON: `{"perSecond","p50Ms","p99Ms"}`.
 * Arguments: the number of workflows, and how many run at once.
 */
import { createRequire } from "node:module";
import { startPostgres } from "./postgres.mjs";

// Installed only here, so that no other file can import it.
const { DBOS } = createRequire(import.meta.url)("@dbos-inc/dbos-sdk");

const [count, width] = process.argv.slice(2);
const STEPS = ["post", "pay", "run", "answer"];

const work = DBOS.registerWorkflow(async (text) => {
  let seen = text;
  for (const name of STEPS) {
    seen = await DBOS.runStep(() => Promise.resolve(`${seen}.`), { name });
  }
  return seen;
}, { name: "job" });

const postgres = await startPostgres();
DBOS.setConfig({
  name: "bench",
  systemDatabaseUrl: postgres.url,
  runAdminServer: false,
  logLevel: "error",
});
await DBOS.launch();

async function run(number) {
  const times = [];
  let left = number;
  await Promise.all(Array.from({ length: Number(width) }, async () => {
    while (left-- > 0) {
      const startMs = performance.now();
      const handle = await DBOS.startWorkflow(work)("text");
      if (await handle.getResult() !== "text....") {
        throw new Error("a step is missing");
      }
      times.push(performance.now() - startMs);
    }
  }));
  return times.sort((a, b) => a - b);
}

await run(50);
const startMs = performance.now();
const times = await run(Number(count));
const perSecond = times.length * 1_000 / (performance.now() - startMs);
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
console.log(JSON.stringify({ perSecond, p50Ms: at(0.5), p99Ms: at(0.99) }));
await DBOS.shutdown();
await postgres.stop();
