/**
 * A process that runs the sequences of a folder and plays their market. Before and after each commit of the runner it
 * prints that and waits for a line.
 */
import { runSequences } from "../../../market/sequences/sequence_runner.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { Change } from "../../../store/store.ts";
import { play, runnerOn } from "./sequence_market.ts";

const [folder, startS] = Deno.args;
const store = await openSqliteStore({ folder, clock: Date.now });
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();

/** Commits in progress: the end is reported only after the last of them. */
let underWay = 0;

async function pass(point: string): Promise<void> {
  console.log(point);
  await lines.read();
}

const gated = {
  ...store,
  async commit(changes: readonly Change[]): Promise<void> {
    const name = changes.map(({ op }) => op).join(",");
    underWay++;
    await pass(`before ${name}`);
    await store.commit(changes);
    await pass(`after ${name}`);
    underWay--;
  },
};
const abort = new AbortController();
const running = runSequences(runnerOn(gated, Number(startS)), abort.signal);
running.catch((error) => {
  console.error(error);
  Deno.exit(3);
});
for (;;) {
  const [{ status }] = await store.listSequences({});
  if (status !== "running" && underWay === 0) break;
  if (await play(store, () => ({ status: "success" })) === 0) {
    await new Promise((go) => setTimeout(go, 5));
  }
}
console.log("ended");
await store.close();
Deno.exit(0);
