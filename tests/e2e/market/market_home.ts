/** A home with a whole market on this machine, for the test files that buy in it. Its tests are registered by the file that imports it. */
import assert from "node:assert/strict";
import { bundleOf } from "../bundle.ts";
import { devHome, type Document, network } from "../process.ts";
import { isLong } from "../../long.ts";

const FILES = {
  "test.sh": "#!/bin/sh\nset -eu\necho tested in $(basename $PWD)\ncat data.txt\n",
  "data.txt": "forty-two\n",
  "fail.sh": "echo broken\nexit 3\n",
};

const JOB_KEYS = [
  "job_id",
  "event_id",
  "kind",
  "status",
  "provider",
  "result",
  "paid",
  "paid_units",
  "elapsed_ms",
];

/** The buyer's home, while tests run. */
export let home: Awaited<ReturnType<typeof devHome>>;
/** The same files as a folder and as a git bundle. */
export let made: { readonly bundle: string; readonly project: string };

/**
 * A command does its work itself or gives it to the home's daemon, which is much faster. In every run a daemon works on
 * one wire and the commands on the other; in `deno task long` it is the other way round.
 */
export const daemon = (network.wire === "interledger") !== isLong;

Deno.test.beforeAll(async () => {
  home = await devHome();
  if (daemon) await home.json(["mayor", "up", "--detach"]);
  made = await bundleOf(home.path, FILES);
});
Deno.test.afterAll(async () => await home?.[Symbol.asyncDispose]());

/** Checks the documented fields and the payments of a job. */
export function checkJob(job: Document, kind: number) {
  assert.deepEqual(JOB_KEYS.filter((key) => !(key in job)), []);
  assert.match(job.job_id, /^job-[0-9a-f]{7,}$/);
  assert.ok(job.event_id.startsWith(job.job_id.slice(4)));
  assert.equal(job.kind, kind);
  assert.equal(job.provider, home.network.provider);
  const { write_units: write, job_units: run } = job.paid;
  assert.equal(job.paid_units, String(BigInt(write) + BigInt(run)));
  assert.ok(job.elapsed_ms > 0);
}
