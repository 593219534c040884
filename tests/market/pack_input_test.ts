import assert from "node:assert/strict";
import { buildJobRequest, type JobSpec, kindOfJob, signedBytes } from "../../market/job_request.ts";
import { packBytes, packInput } from "../../market/pack_input.ts";
import { git, repository, temporaryFolder } from "../skills/machine.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "./market.ts";
import { pack } from "./packing/packing.ts";
import { PLAIN_ORDER } from "./plain_order.ts";

const LIMIT = { limitBytes: 60_000 };

Deno.test("packPlace() and packInput() tell a folder, a bundle, a tar.gz, a file, a URL and a text apart", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a", "sub/b.txt": "b" });
  await git(repo, "bundle", "create", "--quiet", "../r.bundle", "HEAD");
  const zip = await pack(repo);
  assert.deepEqual(zip.packed.params, [["param", "encoding", "base64"], [
    "param",
    "mime",
    "application/gzip",
  ]]);
  await Deno.writeFile(`${folder.path}/p.tar.gz`, Uint8Array.fromBase64(zip.packed.input[1]));
  await Deno.writeTextFile(`${folder.path}/file.txt`, "héllo\n");
  await Deno.writeFile(`${folder.path}/blob.bin`, new Uint8Array([0xff, 0xfe, 0]));
  for (
    const [path, type] of [
      [repo, "tar"],
      [`${repo}/sub`, "tar"],
      [`${folder.path}/r.bundle`, "bundle"],
      [`${folder.path}/p.tar.gz`, "tar"],
      [`${folder.path}/file.txt`, "file"],
      [`${folder.path}/blob.bin`, "file"],
    ]
  ) assert.equal((await pack(path)).packed.type, type, path);
  const file = (await pack(`${folder.path}/file.txt`)).packed;
  assert.deepEqual(file.input, ["i", "héllo\n", "text"]);
  assert.deepEqual(file.params, [["param", "name", "file.txt"]]);
  for (
    const [text, type] of [
      ["https://example.com/r.git#abc", "url"],
      ["just a text / with a slash", "text"],
      ["x".repeat(5000), "text"],
    ]
  ) assert.equal(packInput(text, LIMIT).type, type);
  const piped = packBytes(new TextEncoder().encode("piped"), "standard input", null, LIMIT);
  assert.equal(piped.input[1], "piped");
});

Deno.test("packPlace() gives the same bytes for the same files, whenever they were written", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a", "sub/b.txt": "b" });
  const once = (await pack(repo)).packed;
  await Deno.utime(`${repo}/a.txt`, 1, 1);
  await git(repo, "commit", "--quiet", "--allow-empty", "-m", "second");
  assert.deepEqual((await pack(repo)).packed, once);
});

Deno.test("packInput() and packPlace() refuse what cannot be sent, with words", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/big`, "x".repeat(70_000));
  await assert.rejects(pack(`${folder.path}/big`, LIMIT), { code: "too_large" });
  await assert.rejects(pack(folder.path, { limitBytes: 100 }), {
    code: "too_large",
    message: /the limit is 100/,
  });
  for (
    const [input, code] of [
      ["./no/such.bundle", "input_not_found"],
      ["missing.tar.gz", "input_not_found"],
      ["/no/such", "input_not_found"],
      ["y".repeat(70_000), "too_large"],
      ["https://user:secret@example.com/r.git", "bad_input"],
      ["half \ud800", "bad_input"],
    ]
  ) assert.throws(() => packInput(input, LIMIT), { code }, input.slice(0, 60));
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
  assert.throws(() => buildJobRequest(SPEC, BUYER, NOW_S, 300), { message: /can hold 300/ });
  assert.equal(kindOfJob("mine", 5999), 5999);
});

Deno.test("buildJobRequest() refuses a URL with a user or password before the request can be read by everybody", () => {
  const spec = (value: string): JobSpec => ({
    type: "ci-run",
    input: { input: ["i", value, "url"], params: [], type: "url", sizeBytes: value.length },
    ...PLAIN_ORDER,
  });
  for (const user of ["me:token@", "token@", ":token@", "me%40x:token@"]) {
    assert.throws(
      () => buildJobRequest(spec(`https://${user}git.example/x.git#main`), BUYER, NOW_S),
      { code: "bad_input", message: "the input's URL holds a user or password" },
      user,
    );
  }
  const { tags } = buildJobRequest(spec("https://git.example/@me/x.git#main"), BUYER, NOW_S);
  assert.deepEqual(tags[0], ["i", "https://git.example/@me/x.git#main", "url"]);
});
