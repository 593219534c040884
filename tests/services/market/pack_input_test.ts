import assert from "node:assert/strict";
import { bundleFolder } from "../../../services/market/git_bundle.ts";
import {
  buildJobRequest,
  type JobSpec,
  kindOfJob,
  signedBytes,
} from "../../../services/market/job_request.ts";
import { packInput, type PackOptions } from "../../../services/market/pack_input.ts";
import { git, repository, temporaryFolder } from "../../skills/machine.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "./market.ts";

const path = Deno.env.get("PATH") ?? "/usr/bin:/bin";
const options = (more: Partial<PackOptions> = {}): PackOptions => ({
  git: "git",
  path,
  limitBytes: 60_000,
  stdin: () => Promise.resolve(new TextEncoder().encode("from stdin")),
  ...more,
});

const HEADER = "# v2 git bundle\n";

Deno.test("packInput() tells a repository, a folder, a bundle, a tar.gz, a file, a URL and a text apart", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a", "sub/b.txt": "b" });
  await Deno.mkdir(`${folder.path}/plain`);
  await Deno.writeTextFile(`${folder.path}/plain/x`, "x");
  await Deno.writeTextFile(`${folder.path}/file.txt`, "héllo\n");
  await Deno.writeFile(`${folder.path}/blob.bin`, new Uint8Array([0xff, 0xfe, 0]));
  const packed = await packInput(`${repo}/`, options());
  assert.equal(packed.type, "bundle");
  assert.equal(packed.commit, (await git(repo, "rev-parse", "HEAD")).trim());
  assert.deepEqual(packed.notes, []);
  const bytes = Uint8Array.fromBase64(packed.input[1]);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, HEADER.length)), HEADER);
  assert.deepEqual(packed.params, [["param", "encoding", "base64"], [
    "param",
    "mime",
    "application/x-git-bundle",
  ]]);
  await Deno.writeFile(`${folder.path}/r.bundle`, bytes);
  const zip = await packInput(`${folder.path}/plain`, options());
  await Deno.writeFile(`${folder.path}/p.tar.gz`, Uint8Array.fromBase64(zip.input[1]));
  for (
    const [input, type] of [
      [`${repo}/sub`, "tar"],
      [`${folder.path}/plain`, "tar"],
      [`${folder.path}/r.bundle`, "bundle"],
      [`${folder.path}/p.tar.gz`, "tar"],
      [`${folder.path}/file.txt`, "file"],
      [`${folder.path}/blob.bin`, "file"],
      ["https://example.com/r.git#abc", "url"],
      ["just a text / with a slash", "text"],
      ["x".repeat(5000), "text"],
      ["-", "file"],
    ]
  ) assert.equal((await packInput(input, options())).type, type, input.slice(0, 60));
  assert.deepEqual((await packInput(`${folder.path}/file.txt`, options())).input, [
    "i",
    "héllo\n",
    "text",
  ]);
  assert.equal((await packInput("-", options())).input[1], "from stdin");
});

Deno.test("packInput() says what is not in the bundle, and leaves the history out to fit", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a" });
  const noise = Array.from(
    crypto.getRandomValues(new Uint8Array(30_000)),
    (byte) => byte.toString(36),
  ).join("");
  await Deno.writeTextFile(`${repo}/big`, noise);
  await git(repo, "add", "big");
  await git(repo, "commit", "-qm", "big");
  await git(repo, "rm", "-q", "big");
  await git(repo, "commit", "-qm", "small again");
  await Deno.writeTextFile(`${repo}/new`, "n");
  const before = await git(repo, "count-objects", "-v");
  const packed = await packInput(repo, options({ limitBytes: 8000 }));
  assert.equal(packed.notes.length, 2);
  assert.match(packed.notes[0], /^1 uncommitted/);
  assert.ok(packed.input[1].length < 8000);
  assert.equal(await git(repo, "count-objects", "-v"), before);
  await assert.rejects(packInput(repo, options({ limitBytes: 200 })), {
    code: "too_large",
    message: /the limit is 200/,
  });
});

Deno.test("packInput() refuses what it cannot send, with words", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/big`, "x".repeat(70_000));
  const empty = `${folder.path}/empty`;
  await Deno.mkdir(empty);
  await git(empty, "init", "-q");
  for (
    const [input, code] of [
      ["./no/such.bundle", "input_not_found"],
      ["missing.tar.gz", "input_not_found"],
      ["/no/such", "input_not_found"],
      [`${folder.path}/big`, "too_large"],
      ["y".repeat(70_000), "too_large"],
      ["https://user:secret@example.com/r.git", "bad_input"],
      ["half \ud800", "bad_input"],
      [empty, "git_failed"],
    ]
  ) await assert.rejects(packInput(input, options()), { code }, input.slice(0, 60));
});

Deno.test("bundleFolder() makes a repository of a folder", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/plain`);
  await Deno.writeTextFile(`${folder.path}/plain/x`, "x");
  const made = await bundleFolder(`${folder.path}/plain`, { git: "git", path, limitBytes: 60_000 });
  await Deno.writeFile(`${folder.path}/b`, made.bytes);
  await git(folder.path, "clone", "-q", "b", "out");
  assert.equal(await Deno.readTextFile(`${folder.path}/out/x`), "x");
  assert.equal((await git(`${folder.path}/out`, "rev-parse", "HEAD")).trim(), made.commit);
  assert.deepEqual([...Deno.readDirSync(`${folder.path}/plain`)].map(({ name }) => name), ["x"]);
});

const SPEC: JobSpec = {
  type: "ci-run",
  input: null,
  params: [["command", "sh test.sh"]],
  platform: "linux/amd64",
  tags: [],
  bidUnits: 90_000n,
  provider: PROVIDER,
  relays: ["ws://127.0.0.1:7000"],
  timeoutS: 300,
};

Deno.test("buildJobRequest() writes every tag, with the unit of the bid", () => {
  const event = buildJobRequest({ ...SPEC, type: "ci-cd-linux" }, BUYER, NOW_S);
  assert.equal(event.kind, 5601);
  assert.deepEqual(event.tags, [
    ["param", "command", "sh test.sh"],
    ["param", "platform", "linux/amd64"],
    ["bid", "90000", "units"],
    ["relays", "ws://127.0.0.1:7000"],
    ["p", PROVIDER],
    ["t", "ci-cd-linux"],
    ["expiration", String(NOW_S + 300)],
  ]);
  const { pubkey: _, ...template } = event;
  assert.ok(signedBytes(event) > JSON.stringify(signed(template, BUYER)).length / 2);
});

Deno.test("buildJobRequest() refuses what is wrong, and what does not fit", () => {
  for (
    const [change, code] of [
      [{ type: "teleport" }, "bad_job"],
      [{ kind: 6000 }, "bad_job"],
      [{ timeoutS: 0 }, "bad_job"],
      [{ platform: "Linux" }, "bad_job"],
      [{ provider: "npub1" }, "bad_job"],
      [{ params: [["a", "1"], ["a", "2"]] }, "bad_job"],
      [{ params: [["a b", "1"]] }, "bad_job"],
      [{ relays: ["http://x"] }, "bad_job"],
      [{ params: [["command", "x".repeat(70_000)]] }, "too_large"],
    ] as [Partial<JobSpec>, string][]
  ) {
    assert.throws(
      () => buildJobRequest({ ...SPEC, ...change }, BUYER, NOW_S),
      { code },
      JSON.stringify(change).slice(0, 60),
    );
  }
  assert.throws(() => buildJobRequest(SPEC, BUYER, NOW_S, 300), { message: /may hold 300/ });
  assert.equal(kindOfJob("mine", 5999), 5999);
});

Deno.test("packInput() in a worker that may read the input alone: texts are texts, a large history is too large", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a".repeat(10) });
  const worker = new Worker(new URL("./pack_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: { read: [repo], run: ["git"] } },
  });
  const { promise, resolve } = Promise.withResolvers<MessageEvent>();
  worker.onmessage = resolve;
  worker.postMessage({
    path,
    inputs: ["just words", repo, "./missing.bundle"],
    limits: [1000, 100],
  });
  assert.deepEqual((await promise).data, [
    "text",
    "text",
    "bundle",
    "too_large",
    "input_not_found",
    "input_not_found",
  ]);
  worker.terminate();
});
