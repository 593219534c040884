/**
 * Buys a job with the library: a provider runs `sh test.sh` on a folder.
 *
 *     deno task -q example examples/buy.ts fixtures/projects/greeting
 *
 * The same order within ten minutes finds the existing job and pays nothing, so a program that was stopped can be run again.
 *
 * @module
 */
import { HomeError, openHome } from "../mod.ts";

const [folder = "."] = Deno.args;
const home = openHome(); // GASTOWN_HOME, and the dev network while it is up

try {
  const job = await home.submit({
    type: "ci-run",
    input: folder,
    params: { command: "sh test.sh" },
    bid: "0.5", // the most that it may cost, writes included
  });
  console.log(job.content ?? "");
  console.log(`${job.jobId}: ${job.status}, exit ${job.exitCode}, ${job.paidUnits} units`);
  if (job.error !== null) console.error(`${job.error.code}: ${job.error.message}`);
  if (job.status !== "success") Deno.exitCode = 1;
} catch (error) {
  // The order is refused before it becomes a job: for example nobody sells it, it costs more than the bid, or the wallet is locked.
  if (!(error instanceof HomeError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  Deno.exitCode = 1;
}
