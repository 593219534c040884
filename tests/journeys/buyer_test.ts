/**
 * The buyer's journey: an agent needs an image built and tested for another architecture than its own. It posts a `docker-build-*` job
 * with a Containerfile and a context; `job-... -> ci-cd-callback` is durable before the first packet leaves; the result says SUCCESS,
 * tests, log and digest; and the callback skill gets the raw TOON.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { noise } from "../blobs/blob_server.ts";
import { faultsOf } from "../commands/json_schemas.ts";
import { devHome, network } from "../e2e/process.ts";
import { isLong } from "../long.ts";
import { approveSkill, writeSkill } from "../skills/skill_files.ts";
import { bundle, git, repository } from "../skills/machine.ts";
import { FOREIGN, noBuilder, noEmulator, PLATFORM } from "../skills/image_build/builder_machine.ts";

let home: Awaited<ReturnType<typeof devHome>>;
if (!noEmulator.ignore) {
  Deno.test.beforeAll(async () => {
    // Its relay hands events on as TOON.
    network.wire = "crosstown";
    home = await devHome();
  });
  Deno.test.afterAll(async () => {
    // Undefined where the network could not start: that error is the one to tell.
    await home?.[Symbol.asyncDispose]();
  });
}

const HELLO = new URL("../../fixtures/projects/hello", import.meta.url).pathname;
const hasPodman =
  new Deno.Command("sh", { args: ["-c", "command -v podman"] }).outputSync().success;
const TYPE = `docker-build-${FOREIGN.split("/")[1]}`;

Deno.test(
  `an agent has an image for ${FOREIGN} built and tested, and its callback is given the raw TOON${noEmulator.why}`,
  {
    ignore: noEmulator.ignore,
  },
  async () => {
    const folder = `${home.path}/skills/ci-cd-callback`;
    await writeSkill(
      folder,
      `kinds = []\n[run]\nrunner = "command"\ncommand = ["./run.sh"]\nsandbox = false\n`,
    );
    const script =
      `#!/bin/sh\ncat >${home.path}/came.$$ && mv ${home.path}/came.$$ ${home.path}/came\n`;
    await Deno.writeTextFile(`${folder}/run.sh`, script, { mode: 0o755 });
    await approveSkill(home.path, folder);

    const job = await home.json([
      ...["job", "submit", TYPE, "--input", HELLO, "--param", "tag=hello:1"],
      ...["--param", 'test=["/hello","test"]', "--callback", "ci-cd-callback", "--wait"],
    ]);
    assert.equal(job.status, "success");
    const { result } = job;
    assert.equal(result.summary, "Build: SUCCESS | Tests: 2/2 passed");
    assert.deepEqual([result.platform, result.emulated, result.exit_code], [FOREIGN, true, 0]);
    assert.deepEqual(result.tests, { passed: 2, failed: 0, total: 2 });
    assert.match(result.image.digest, /^sha256:[0-9a-f]{64}$/);
    assert.match(result.log, new RegExp(`Hello from an image for ${FOREIGN}`));
    assert.deepEqual([job.callback.state, job.callback.error], ["done", null]);

    // The journal's order is that of the commits: the job with its callback, then the first payment.
    using store = new DatabaseSync(`${home.path}/hooks/mayor-001/crosstown/state.db`, {
      readOnly: true,
    });
    const rows = store.prepare(
      "select type, outcome, data from journal where job_id = ? order by seq",
    ).all(job.job_id) as { type: string; outcome: string; data: string }[];
    assert.deepEqual([rows[0].type, rows[0].outcome], ["job", "created"]);
    assert.equal(JSON.parse(rows[0].data).callback_skill, "ci-cd-callback");
    assert.equal(rows[1].type, "payment");

    const came = await Deno.readFile(`${home.path}/came`);
    const { event, encoding } = decodeDocument(came);
    assert.equal(encoding, "toon");
    const { id, kind, content } = event as { id: string; kind: number; content: string };
    assert.deepEqual([id, kind], [result.event_id, 6602]);
    assert.equal(JSON.parse(content).image.digest, result.image.digest);
  },
);

Deno.test(
  `crosstown build makes one archive for two machines, each image as its provider stated it${noEmulator.why}`,
  {
    ignore: noEmulator.ignore,
  },
  async () => {
    const file = `${home.path}/hello.tar`;
    const build = [
      ...["build", "-t", "hello", "--platform", "linux/amd64,linux/arm64", HELLO, "--to", file],
    ];
    const built = await home.json(build);
    // Checks the fields, except those that the providers stated.
    assert.deepEqual(faultsOf("build", built), []);
    assert.match(built.digest, /^sha256:[0-9a-f]{64}$/);
    assert.equal(built.file, file);
    assert.deepEqual(
      built.images.map((image: { platform: string; summary: string }) => [
        image.platform,
        image.summary,
      ]),
      ["linux/amd64", "linux/arm64"].map((each) => [each, "Build: SUCCESS | Tests: 2/2 passed"]),
    );
    assert.equal(
      built.images.filter(({ emulated }: { emulated: boolean }) => emulated).length,
      1,
    );
    const names = new Deno.Command("tar", { args: ["-tf", file] }).outputSync();
    const listed = new TextDecoder().decode(names.stdout);
    for (
      const digest of [
        built.digest,
        ...built.images.map((each: { digest: string }) => each.digest),
      ]
    ) {
      assert.ok(listed.includes(`blobs/sha256/${digest.slice(7)}`), digest);
    }
    // With its own image store, which is removed with the home.
    const storage = `${home.path}/storage.conf`;
    const store = `${home.path}/engine`;
    await Deno.writeTextFile(
      storage,
      `[storage]\ndriver = "vfs"\nrunroot = "${store}/run"\ngraphroot = "${store}/store"\n`,
    );
    const env = { CONTAINERS_STORAGE_CONF: storage };
    const loaded = await home.json([...build, "--load"], { env });
    if (hasPodman) {
      assert.equal(loaded.loaded, "podman");
      const inspect = ["image", "inspect", "hello:latest", "--format", "{{.Architecture}}"];
      const podman = new Deno.Command("podman", { args: inspect, env }).outputSync();
      assert.equal(new TextDecoder().decode(podman.stdout).trim(), PLATFORM.split("/")[1]);
    } else assert.ok(["docker", "buildah"].includes(loaded.loaded), loaded.loaded);
    // Docker reads the image that its own document names.
    const legacy = ["pull", "-q", `docker-archive:${file}`];
    assert.equal(new Deno.Command("buildah", { args: legacy, env }).outputSync().code, 0);

    // The same command finds its jobs.
    const again = await home.json(build);
    assert.deepEqual(
      again.images.map((each: { job_id: string }) => each.job_id),
      built.images.map((each: { job_id: string }) => each.job_id),
    );

    const failed = await home.json(
      ["build", "-t", "hello", HELLO, "--test", '["/nothing"]', "--to", `${file}.none`],
      { code: 1 },
    );
    assert.equal(failed.file, null);
    assert.match(failed.images[0].summary, /^Build: SUCCESS \| Tests: failed$/);
    await assert.rejects(Deno.stat(`${file}.none`), Deno.errors.NotFound);
  },
);

/** More than a result may hold; `deno task long` takes almost as much as an input may hold. */
const MB = isLong ? 60 : 20;

Deno.test(
  `crosstown build fetches an image of ${MB} MB that its result only names, and says what its storage cost${noBuilder.why}`,
  { ignore: noBuilder.ignore },
  async () => {
    const context = `${home.path}/large`;
    await Deno.mkdir(`${context}/bin`, { recursive: true });
    const dockerfile = await Deno.readTextFile(`${HELLO}/Dockerfile`);
    await Deno.writeTextFile(`${context}/Dockerfile`, `${dockerfile}COPY noise /noise\n`);
    await Deno.writeFile(`${context}/noise`, noise(MB * 1_000_000));
    const program = `bin/hello-${PLATFORM.split("/")[1]}`;
    await Deno.copyFile(`${HELLO}/${program}`, `${context}/${program}`);
    const file = `${home.path}/large.tar`;
    const build = ["build", "-t", "large", context, "--to", file];

    const planned = await home.json([...build, "--dry-run"]);
    assert.equal(planned.platforms[0].image_bytes, 100 << 20);
    const built = await home.json(build);
    const [image] = built.images;
    assert.equal(image.summary, "Build: SUCCESS | Tests: 2/2 passed");
    // 0.001 M2M for a MiB, and a MiB begun by each.
    const mib = image.size_bytes / 1_048_576;
    const units = Number(image.storage_units);
    assert.ok(units >= 1_000 * mib && units < 1_000 * (mib + 1), `${units} for ${mib} MiB`);
    const { size } = await Deno.stat(file);
    assert.equal(size, built.archive_bytes);
    assert.ok(size > MB * 1_000_000, `${size}`);
    const listed = new Deno.Command("tar", { args: ["-tf", file] }).outputSync();
    assert.ok(new TextDecoder().decode(listed.stdout).includes(image.digest.slice(7)));

    const text = await home.run([...build]);
    const [, paid] = text.stdout.match(/\((0\.\d+) M2M of it for the image's storage\)/)!;
    // The same image, and so the same price but for a MiB that it may begin.
    assert.ok(Math.abs(Number(paid) * 1_000_000 - units) <= 1_000, `${paid} of ${units}`);
    assert.match(text.stdout.trimEnd(), /\nBuild: SUCCESS \| Tests: 2\/2 passed$/);
  },
);

Deno.test(
  `crosstown build builds a repository at the commit that was asked for, which the statement names${noBuilder.why}`,
  { ignore: noBuilder.ignore },
  async () => {
    const program = `bin/hello-${PLATFORM.split("/")[1]}`;
    const repo = await repository(`${home.path}/repository`, { ".gitignore": "\n" });
    await Deno.mkdir(`${repo}/bin`);
    for (const name of ["Dockerfile", program]) {
      await Deno.copyFile(`${HELLO}/${name}`, `${repo}/${name}`);
    }
    await git(repo, "add", "--all");
    await git(repo, "commit", "-qm", "hello");
    const commit = (await git(repo, "rev-parse", "HEAD")).trim();
    await git(repo, "commit", "-q", "--allow-empty", "-m", "a later one");
    await git(repo, "update-server-info");
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async ({ url }) => {
        const path = new URL(url).pathname.replace("/r.git/", "");
        const bytes = await Deno.readFile(`${repo}/.git/${path}`).catch(() => null);
        return new Response(bytes, { status: bytes === null ? 404 : 200 });
      },
    );
    const url = `http://127.0.0.1:${server.addr.port}/r.git`;
    const args = ["-t", "hello", "--test", '["/hello","test"]', "--to", `${home.path}/r.tar`];
    const unnamed = await home.run(["build", `${url}#${commit}`, ...args]);
    assert.equal(unnamed.code, 2);
    assert.match(unnamed.stderr, /only after the payment/);
    assert.match(unnamed.stderr, /--base debian:12.*--base scratch/);
    const submit = ["job", "submit", "image-build", "--input", `${url}#${commit}`];
    const alike = await home.run(submit);
    assert.equal(alike.code, 2);
    assert.match(alike.stderr, /--param bases=scratch/);
    args.push("--base", "scratch");
    const planned = await home.json(["build", `${url}#${commit}`, ...args, "--dry-run"]);
    assert.deepEqual(faultsOf("build-plan", planned), []);
    assert.equal(planned.input, null);
    const { images } = await home.json(["build", `${url}#${commit}`, ...args]);
    assert.equal(images[0].summary, "Build: SUCCESS | Tests: 2/2 passed");
    const payload = Uint8Array.fromBase64(images[0].statement.payload);
    const { predicate } = JSON.parse(new TextDecoder().decode(payload));
    assert.deepEqual(predicate.buildDefinition.resolvedDependencies, [{
      name: `${url}#${commit}`,
      uri: `git+${url}@${commit}`,
      digest: { gitCommit: commit },
    }]);

    // A bundle is sent, so its bytes have a hash too. Its commit is the last one.
    const head = (await git(repo, "rev-parse", "HEAD")).trim();
    const sent = await bundle(repo);
    await Deno.writeFile(`${home.path}/r.bundle`, sent);
    const bundled = await home.json(["build", `${home.path}/r.bundle`, ...args]);
    assert.equal(bundled.images[0].summary, "Build: SUCCESS | Tests: 2/2 passed");
    const stated = Uint8Array.fromBase64(bundled.images[0].statement.payload);
    const { buildDefinition } = JSON.parse(new TextDecoder().decode(stated)).predicate;
    const sha256 = createHash("sha256").update(sent).digest("hex");
    assert.deepEqual(buildDefinition.resolvedDependencies, [
      { name: "context", digest: { sha256, gitCommit: head } },
    ]);
  },
);

Deno.test(
  `crosstown build refuses a base image that no provider has before anything is paid for the job${noEmulator.why}`,
  {
    ignore: noEmulator.ignore,
  },
  async () => {
    await Deno.mkdir(`${home.path}/based`);
    await Deno.writeTextFile(`${home.path}/based/Dockerfile`, "FROM debian:12\n");
    const { images } = await home.json(["build", `${home.path}/based`], { code: 1 });
    assert.equal(images[0].status, "refused");
    assert.match(images[0].error.message, /debian:12.*is not on this machine/);
  },
);
