/**
 * A provider that serves copies of its results itself: a large result names the network's server and the provider's, and the buyer takes
 * whichever has it. Real commands on a dev network with a provider of another home.
 */
import assert from "node:assert/strict";
import { approveSkill, writeSkill } from "../../skills/skill_files.ts";
import { type Document, testHome, until } from "../process.ts";
import { home } from "./one_home.ts";

const LINES = 30_000;
const TEXT = Array.from({ length: LINES }, (_, at) => `${at + 1}\n`).join("");

/** Another home, whose provider serves copies of its results at `copies`; it is stopped in the end. */
async function copyingProvider() {
  const other = await testHome();
  await Deno.writeTextFile(
    `${other.path}/crosstown.toml`,
    '[node]\nprice_units = 200000\nblob_listen = "127.0.0.1:0"\n',
  );
  const skill = `${other.path}/skills/many`;
  await writeSkill(
    skill,
    "kinds = [5650]\n[limits]\noutput_bytes = 1000000\n[run]\n" +
      `runner = "command"\ncommand = ["sh", "-c", "seq 1 ${LINES}"]\n`,
  );
  await approveSkill(other.path, skill);
  const up = await home.json([
    ...["node", "up", "--network", "dev", "--home", other.path, "--detach"],
  ]);
  return {
    ...other,
    copies: String(up.blob_url),
    async [Symbol.asyncDispose]() {
      await home.run(["node", "down", "--home", other.path]);
      await other[Symbol.asyncDispose]();
    },
  };
}

/** The files of this name below a folder. */
async function filesNamed(name: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesNamed(name, path));
    else if (entry.name === name) found.push(path);
  }
  return found;
}

Deno.test("a large result is read from the network's server or from its provider's own copy, whichever has the right bytes", async () => {
  await using other = await copyingProvider();
  const { copies } = other;
  assert.match(copies, /^http:\/\/127\.0\.0\.1:\d+$/);
  const job: Document = await home.json([
    ...["job", "submit", "many", "--kind", "5650", "--input", "x", "--wait"],
  ]);
  assert.deepEqual([job.status, job.result.content], ["success", TEXT]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(TEXT));
  const sha256 = new Uint8Array(digest).toHex();

  // The provider's own server gives this blob and nothing else.
  const own = await fetch(`${copies}/${sha256}`);
  assert.equal(await own.text(), TEXT);
  assert.ok(Date.parse(own.headers.get("sunset")!) - Date.now() > 6 * 86_400_000);
  for (
    const [method, path, status] of [
      ["GET", `/${"00".repeat(32)}`, 404],
      ["GET", "/../../crosstown.toml", 404],
      ["GET", "/list/" + "00".repeat(32), 404],
      ["PUT", "/upload", 400],
      ["DELETE", `/${sha256}`, 405],
    ] as const
  ) {
    const body = method === "PUT" ? "x" : undefined;
    const answer = await fetch(`${copies}${path}`, { method, body });
    await answer.body?.cancel();
    assert.equal(answer.status, status, `${method} ${path}`);
  }

  const all = await filesNamed(sha256, home.path);
  const [atNetwork, here] = [true, false].map((of) =>
    all.filter((path) => path.includes("/dev/") === of)
  );
  assert.deepEqual([atNetwork.length, here.length], [1, 1], all.join("\n"));
  const results = async (code = 0) => {
    for (const path of await filesNamed(sha256, home.path)) {
      if (!path.includes("/dev/")) await Deno.remove(path);
    }
    return await home.json(["job", "results", job.job_id], { code });
  };

  // The network's copy is gone: the provider's is read.
  await Deno.rename(atNetwork[0], `${atNetwork[0]}.away`);
  assert.equal((await results()).result.content, TEXT, "from the provider");

  // The network's copy has other bytes: the provider's is read.
  await Deno.writeTextFile(atNetwork[0], "x".repeat(TEXT.length));
  assert.equal((await results()).result.content, TEXT, "from the provider, after wrong bytes");

  // Both have other bytes: nothing is kept of them.
  const [shared] = (await filesNamed(sha256, other.path)).filter((path) =>
    path.includes("/shared/")
  );
  await Deno.rename(shared, `${shared}.away`);
  await Deno.writeTextFile(shared, "y".repeat(TEXT.length));
  const refused = await results(1);
  assert.equal(refused.error.code, "wrong_hash", JSON.stringify(refused));
  assert.deepEqual((await filesNamed(sha256, home.path)).length, 1);

  // The provider's copy is gone: the network's is read.
  await Deno.rename(`${atNetwork[0]}.away`, atNetwork[0]);
  await home.json(["node", "down", "--home", other.path]);
  await until("the provider's server is closed", () =>
    fetch(copies).then(async (answer) => {
      await answer.body?.cancel();
      return false;
    }, () => true));
  assert.equal((await results()).result.content, TEXT, "from the network");
});

Deno.test("node up says what is wrong with the address of its copies, and starts nothing", async () => {
  const { port } = new URL(home.network.relay_url);
  for (
    const [line, code, said] of [
      ['blob_listen = "0.0.0.0:0"', 2, /blob_url is not/],
      [`blob_listen = "127.0.0.1:${port}"`, 1, /blobs cannot be served on 127\.0\.0\.1/],
      ['blob_listen = "7700"', 2, /an address and a port/],
      ['blob_listen = "127.0.0.1:0"\nblob_url = "http://blobs.example"', 2, /without TLS/],
    ] as const
  ) {
    await using third = await testHome();
    await Deno.writeTextFile(`${third.path}/crosstown.toml`, `[node]\n${line}\n`);
    const { error } = await home.json(
      ["node", "up", "--network", "dev", "--home", third.path, "--detach"],
      { code },
    );
    assert.match(error.message, said, `${line}: ${error.message}`);
  }
});
