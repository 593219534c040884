/**
 * The provider's journey by real commands: it offers a tag, builds and tests in the job's own worktree, shows the log
 * while it runs, answers with tests, log, digest and files, builds an image and runs its test in it, sees what it earned,
 * closes its channel and gets its tokens.
 */
import assert from "node:assert/strict";
import { devHome, type Document, type TestHome, testHome, until } from "../e2e/process.ts";
import { helloFiles, noBuilder, PLATFORM } from "../skills/image_build/builder_machine.ts";

const PROJECT = new URL("../../fixtures/projects/greeting/", import.meta.url).pathname;
/** Below the price of the network's own provider. */
const CONFIG = "[node]\nprice_units = 90000\n";
/** Builds an archive as an image is built: its digest is printed, and it is kept. */
const BUILD = [
  "set -e",
  'test "$(git rev-parse --show-toplevel)" = "$PWD"',
  "mkdir -p out",
  "tar -cf out/gastown-test.tar greet.ts",
  'echo "digest sha256:$(sha256sum out/gastown-test.tar | cut -d" " -f1)"',
  "sh test.sh",
].join("\n");

/** Buys an image of `Dockerfile.e2e` by tag, and its test in it. */
async function builtImage(home: Pick<TestHome, "json">, pubkey: string): Promise<void> {
  const context = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${context}/bin`);
    for (const [name, content] of Object.entries(await helloFiles())) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const path = name === "Dockerfile" ? "Dockerfile.e2e" : name;
      await Deno.writeFile(`${context}/${path}`, bytes, { mode: 0o755 });
    }
    const { status, provider, result }: Document = await home.json([
      ...["job", "submit", `docker-build-${PLATFORM.split("/")[1]}`, "--input", context],
      ...["--param", "dockerfile=Dockerfile.e2e", "--param", "tag=gastown-test:pr-1234"],
      ...["--param", 'test=["/hello","test"]', "--wait"],
    ]);
    assert.deepEqual([status, provider], ["success", pubkey]);
    assert.equal(result.summary, "Build: SUCCESS | Tests: 2/2 passed");
    assert.deepEqual(result.tests, { passed: 2, failed: 0, total: 2 });
    const { name, digest, size_bytes, layers } = result.image;
    assert.equal(name, "gastown-test:pr-1234");
    assert.match(digest, /^sha256:[0-9a-f]{64}$/);
    assert.ok(size_bytes > 0 && layers.length === 1, JSON.stringify(result.image));
    assert.match(result.log, /Hello from an image/);
  } finally {
    await Deno.remove(context, { recursive: true });
  }
}

const without = noBuilder.ignore ? " (without an image: no buildah works here)" : "";

Deno.test(`a provider sells builds by tag, earns, closes its channel and has its tokens${without}`, async () => {
  await using home = await devHome();
  await using other = await testHome();
  await Deno.writeTextFile(`${other.path}/crosstown.toml`, CONFIG);
  const provider = (...args: string[]): Promise<Document> =>
    home.json([...args, "--network", "dev", "--home", other.path]);

  // It subscribes by tag, and announces it.
  const { pubkey } = await provider("node", "up", "--tag", "docker-build-amd64", "--detach");
  const before = await provider("wallet", "balance");
  const asked = ["ci-cd-linux", "--tag", "docker-build-amd64", "--input", PROJECT];
  const buy = [...asked, "--param", `command=${BUILD}`, "--artifact", "out/*.tar"];

  // A build and its tests, in a worktree: tests, log, digest, files.
  const job: Document = await home.json(["job", "submit", ...buy, "--wait"]);
  assert.deepEqual([job.status, job.provider, job.result.exit_code], ["success", pubkey, 0]);
  assert.ok(job.result.tests.total > 0 && job.result.tests.failed === 0, job.result.log);
  assert.match(job.result.log, /digest sha256:[0-9a-f]{64}/);
  assert.deepEqual(job.result.artifacts.files, 1);
  const images = noBuilder.ignore ? 0 : 1;
  if (images > 0) await builtImage(home, pubkey);

  // While the job runs, its buyer reads the log, and the provider reports that it works.
  const slow: Document = await home.json([
    ...["job", "submit", ...asked],
    ...["--param", "command=echo building; while true; do sleep 0.2; done"],
  ]);
  await until("its live log", async () => {
    const { stdout } = await home.run(["job", "logs", slow.job_id]);
    return stdout === "building\n";
  });
  await until("that it is at work", async () => {
    const { status }: Document = await home.json(["job", "status", slow.job_id], { code: 0 });
    return status === "processing";
  });
  await home.json(["job", "cancel", slow.job_id]);

  // Some jobs of this size: what each job earned, cost and used.
  for (let n = 0; n < 3; n++) await home.json(["job", "rerun", job.job_id, "--wait"]);
  const done: Document = await until("that the cancelled job is over", async () => {
    const listed = await provider("job", "list", "--role", "provider");
    return listed.jobs.every(({ status }: Document) => ["success", "cancelled"].includes(status))
      ? listed
      : false;
  });
  assert.equal(done.jobs.length, 5 + images);
  const earned = done.jobs.reduce(
    (sum: bigint, { earned_units }: Document) => sum + BigInt(earned_units),
    0n,
  );
  assert.equal(earned, 90_000n * BigInt(5 + images));
  const own = done.jobs.find(({ event_id }: Document) => event_id === job.event_id);
  const { usage } = await provider("job", "status", own.job_id);
  assert.ok(usage.wall_ms > 0 && usage.output_bytes > 0, JSON.stringify(usage));
  const { totals } = await provider("node", "status");
  assert.equal(totals.earnedUnits, String(earned));

  // The provider stops, closes its channel and gets its tokens: the deposit and its earnings, less the cost of its writes.
  await provider("node", "down");
  const { channels } = await provider("channel", "list");
  const { channel_id } = channels.find(({ status }: Document) => status === "open");
  const closed = await provider("channel", "close", channel_id, "--yes");
  assert.equal(closed.status, "closed");
  await home.json(["dev", "advance", "1d"]);
  const settled = await provider("channel", "settle", channel_id, "--yes");
  assert.equal(settled.status, "settled");
  const after = await provider("wallet", "balance");
  const [channel] = (await provider("channel", "list")).channels;
  // The amount that it signed is the highest cost of its writes. The connector got what it had claimed by the end of the timeout.
  const came = BigInt(after.token_units) - BigInt(before.token_units);
  const paid = BigInt(channel.deposit_units) + BigInt(settled.claimed_units) - came;
  const told = JSON.stringify({ before, after, channel, settled });
  assert.ok(paid >= 0n && paid <= BigInt(channel.signed_units), told);
  assert.equal(settled.claimed_units, String(earned), JSON.stringify({ closed, settled, channel }));
});
