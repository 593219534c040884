/**
 * `full_disk_child.ts FOLDER`: a market on a small disk that fills up and then gets space again. Runs in its own mount
 * namespace, see full_disk_test.ts; fails with the rule that was broken.
 */
import assert from "node:assert/strict";
import { documentOf, json, run, spent, type TestHome, until } from "../e2e/process.ts";

const [path] = Deno.args;
const home = { path, json: (args, options) => json(args, { home: path, ...options }) } as TestHome;
const at = { home: path, timeoutMs: 300_000 };
const submit = (text: string) => [
  ...["job", "submit", "echo", "--input", text],
  ...["--wait", "--output", "json"],
];

try {
  await json(["dev", "up", "--detach"], { ...at, held: [] });
  const first = documentOf(await run(submit("first"), at));
  assert.equal(first.status, "success");
  const before = await spent(home);
  assert.equal(before.buyer, BigInt(first.paid_units));

  fill(`${path}/filler`);
  for (const args of [submit("second"), ["job", "list", "--output", "json"]]) {
    const { error } = documentOf(await run(args, at), 1);
    assert.equal(error.code, "full", error.message);
    assert.match(error.suggestion, /free space/);
  }
  assert.deepEqual(await spent(home), before, "nothing was paid");
  const { checks } = documentOf(await run(["doctor", "--output", "json"], at), 1);
  const state = checks.find(({ name }: { readonly name: string }) => name === "state");
  assert.equal(state.status, "fail");
  assert.match(`${state.message} ${state.suggestion}`, /full.*free space/s);
  const known = ["configuration", "keys", "git", "relay", "connector", "chain", "audit"];
  assert.deepEqual(
    known.filter((name) => !checks.some((each: typeof state) => each.name === name)),
    [],
  );

  await Deno.remove(`${path}/filler`);
  const third = documentOf(await run(submit("third"), at));
  assert.equal(third.status, "success");
  const after = await spent(home);
  assert.equal(after.buyer, BigInt(first.paid_units) + BigInt(third.paid_units));
  // The provider's daemon continues by itself; the buyer's command drained for as long as it may.
  await until("the provider's audit", () => isFollowed(providerFolder(), third.job_id));
} finally {
  await run(["dev", "down"], at);
}
Deno.exit(0);

/** Fills the disk to the last block. */
function fill(file: string): void {
  using filler = Deno.openSync(file, { write: true, create: true });
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    const bytes = new Uint8Array(size);
    try {
      for (;;) if (filler.writeSync(bytes) === 0) break;
    } catch (error) {
      assert.match((error as Error).message, /os error 28/);
    }
  }
}

function providerFolder(): string {
  return `${path}/dev/provider/hooks/mayor-001/crosstown`;
}

/** Whether git has the job's end. */
async function isFollowed(folder: string, jobId: string): Promise<boolean> {
  const { stdout } = await new Deno.Command("git", {
    args: ["-C", folder, "log", "-50", "--format=%s", "main"],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).includes(`job ${jobId} finished`);
}
