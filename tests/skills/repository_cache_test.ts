import assert from "node:assert/strict";
import { ciRun } from "../../skills/builtin/ci_run/ci_run.ts";
import type { CiRunContent } from "../../skills/builtin/ci_run/result_content.ts";
import { repositoryCache } from "../../skills/builtin/ci_run/repository_cache.ts";
import {
  bundle,
  git,
  logOf,
  noSandbox,
  repository,
  requestEvent,
  sandbox,
  skillContext,
  skillRequest,
  temporaryFolder,
  tools,
} from "./machine.ts";

const BUNDLE = [["param", "encoding", "base64"], ["param", "mime", "application/x-git-bundle"]];
const DAY_MS = 86_400_000;

/** A provider that keeps repositories, and records the git commands that it runs. */
async function provider() {
  const folder = await temporaryFolder();
  const log = `${folder.path}/git.log`;
  const logged = `${folder.path}/git`;
  await Deno.writeTextFile(log, "");
  await Deno.writeTextFile(
    logged,
    `#!/bin/sh\necho "$*" >>${log}\nexec ${tools.git} "$@"\n`,
    { mode: 0o755 },
  );
  const at = { nowMs: Date.now() };
  let made = 0;
  const repositories = `${folder.path}/repositories`;
  return {
    path: folder.path,
    repositories,
    at,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    /** Names in the folder of kept repositories. */
    async kept(): Promise<string[]> {
      return await Array.fromAsync(Deno.readDir(repositories), ({ name }) => name).catch(() => []);
    },
    /** Runs a command on an input; `git` has the git commands of that run. */
    async run(
      input: readonly (readonly string[])[],
      command: string,
      { buyer = "a", encrypted = false } = {},
    ) {
      await Deno.writeTextFile(log, "");
      const tags = [...input, ["param", "command", command]];
      const event = { ...requestEvent(5601, tags), pubkey: buyer.repeat(64) } as ReturnType<
        typeof requestEvent
      >;
      const workdir = `${folder.path}/job${made++}`;
      await Deno.mkdir(workdir);
      const outcome = await ciRun({
        tools: { ...tools, git: logged },
        sandbox,
        policy: { ownNetwork: true, allowBuyers: [] },
        platform: "linux/amd64",
        repositories,
      }).run(skillRequest(event, workdir, { encrypted }), {
        ...skillContext(),
        clock: () => at.nowMs,
      });
      const content = outcome.status === "success"
        ? JSON.parse(outcome.content) as CiRunContent
        : null;
      return {
        outcome,
        commit: content?.commit,
        log: content === null ? "" : await logOf(outcome.content),
        git: await Deno.readTextFile(log),
      };
    },
  };
}

async function history(folder: string, text = "a"): Promise<string[][]> {
  const bytes = await bundle(await repository(folder, { "a.txt": text, "run.sh": "cat a.txt" }));
  return [["i", bytes.toBase64(), "text"], ...BUNDLE];
}

Deno.test("a second job of the same bundle fetches nothing, and has the same files and history", async () => {
  await using home = await provider();
  const input = await history(home.path);
  const script = "git log --format=%s; git status --porcelain; sh run.sh";
  const first = await home.run(input, script);
  assert.match(first.git, / fetch /);
  const second = await home.run(input, script);
  assert.doesNotMatch(second.git, / fetch | init /);
  assert.deepEqual([second.log, second.commit], [first.log, first.commit]);
  assert.match(second.log, /^first\na/);
});

Deno.test("a job without a history starts without git from the second on", async () => {
  await using home = await provider();
  const script = "git status --porcelain; git log --format=%s; cat in.txt";
  const file = (text: string) => [["i", text, "text"], ["param", "name", "in.txt"]];
  const first = await home.run(file("one"), script);
  const second = await home.run(file("two"), script, { buyer: "b" });
  assert.match(first.git, /worktree add/);
  assert.equal(second.git, "");
  assert.equal(second.log, first.log.replace("one", "two"));
});

Deno.test("a buyer is not given what another buyer's job kept, and nothing of an encrypted request is kept", async () => {
  await using home = await provider();
  const input = await history(home.path);
  await home.run(input, "true", { encrypted: true });
  assert.deepEqual(await home.kept(), []);
  await home.run(input, "true", { buyer: "a" });
  assert.equal((await home.kept()).length, 1);
  const other = await home.run(input, "true", { buyer: "b" });
  assert.match(other.git, / fetch /);
  assert.equal((await home.kept()).length, 2);
  const hidden = await home.run(input, "true", { buyer: "a", encrypted: true });
  assert.match(hidden.git, / fetch /);
});

Deno.test(`what a job does to its repository reaches no other job${noSandbox.why}`, {
  ignore: noSandbox.ignore,
}, async () => {
  await using home = await provider();
  const input = await history(home.path);
  await home.run(input, "true");
  const harm = [
    "cd ../repo.git",
    "printf '#!/bin/sh\\ntouch /tmp/owned\\n' >hook; chmod +x hook; mkdir hooks; cp hook hooks/post-checkout",
    "git config core.fsmonitor ../repo.git/hook; git config core.hooksPath hooks",
    "git config filter.x.smudge ../repo.git/hook; mkdir info; echo '* filter=x' >info/attributes",
    "echo /etc >objects/info/alternates",
    "git replace HEAD $(git commit-tree -m evil HEAD^{tree})",
    "chmod -R u+w objects; for f in objects/pack/*.pack; do echo evil >$f; done",
    "echo done",
  ].join("; ");
  const harmed = await home.run(input, harm);
  assert.match(harmed.log, /done/);
  const next = await home.run(
    input,
    "cat a.txt; git log --format=%s; find ../repo.git -name '*hook*' -o -name alternates -o -name replace -o -name attributes; git config --list",
  );
  assert.match(next.log, /^afirst\n/);
  assert.doesNotMatch(next.log, /evil|hook|filter|replace\/|alternates|attributes/);
  assert.doesNotMatch(next.git, / fetch /);
});

Deno.test("a damaged repository is made again", async () => {
  await using home = await provider();
  const input = await history(home.path);
  await home.run(input, "true");
  const [key] = await home.kept();
  const packs = `${home.repositories}/${key}/repo.git/objects/pack`;
  for await (const { name } of Deno.readDir(packs)) {
    await Deno.chmod(`${packs}/${name}`, 0o600);
    await Deno.truncate(`${packs}/${name}`, 20);
  }
  const again = await home.run(input, "cat a.txt");
  assert.equal(again.log, "a", again.outcome.content);
  assert.match(again.git, / fetch /);
  assert.doesNotMatch((await home.run(input, "true")).git, / fetch /);
});

Deno.test("a server is asked only for what the buyer's kept history does not have", async () => {
  await using home = await provider();
  const repo = await repository(home.path, { "a.txt": "one" });
  const commits = [(await git(repo, "rev-parse", "HEAD")).trim()];
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname.replace("/r.git/", "");
      asked.push(path);
      const bytes = await Deno.readFile(`${repo}/.git/${path}`).catch(() => null);
      return new Response(bytes, { status: bytes === null ? 404 : 200 });
    },
  );
  const publish = async () => {
    await git(repo, "repack", "-adq");
    await git(repo, "update-server-info");
  };
  await publish();
  const url = `http://127.0.0.1:${server.addr.port}/r.git`;
  const at = (commit: string) => [["i", `${url}#${commit}`, "url"]];
  assert.equal((await home.run(at(commits[0]), "cat a.txt")).log, "one");
  asked.length = 0;
  assert.equal((await home.run(at(commits[0]), "cat a.txt")).log, "one");
  assert.equal(asked.length, 0, asked.join("\n"));
  await Deno.writeTextFile(`${repo}/a.txt`, "two");
  await git(repo, "commit", "-qam", "second");
  await git(repo, "update-server-info");
  const oldPack = (await Array.fromAsync(Deno.readDir(`${repo}/.git/objects/pack`)))
    .find(({ name }) => name.endsWith(".pack"))!.name;
  assert.equal((await home.run([["i", url, "url"]], "cat a.txt")).log, "two");
  assert(asked.length > 0);
  assert(!asked.some((path) => path.endsWith(oldPack)), asked.join("\n"));
  // Both commits are kept now, so the server does not matter.
  asked.length = 0;
  assert.equal((await home.run(at(commits[0]), "cat a.txt")).log, "one");
  assert.equal(asked.length, 0, asked.join("\n"));
  assert.equal((await home.run([["i", url, "url"]], "true", { buyer: "b" })).outcome.exitCode, 0);
  assert(asked.some((path) => path.endsWith(oldPack)));
});

/** A repository as git makes it, as far as the cache looks at it. */
async function bare(path: string, bytes: number): Promise<string> {
  await Deno.mkdir(`${path}/objects/pack`, { recursive: true });
  await Deno.writeFile(`${path}/objects/pack/p.pack`, new Uint8Array(bytes));
  return path;
}

const key = (digit: string) => digit.repeat(64);
const KNOWN = { commit: "c".repeat(40) };

Deno.test("repositoryCache() keeps a limited number of repositories and bytes, each for a week after its last use", async () => {
  await using folder = await temporaryFolder();
  const at = { nowMs: Date.now() };
  const cache = repositoryCache(`${folder.path}/kept`, () => at.nowMs, {
    repositories: 3,
    bytes: 1_000,
    totalBytes: 1_500,
  });
  let copies = 0;
  const isKept = async (digit: string) =>
    await cache.take(key(digit), `${folder.path}/copy${copies++}`) !== null;
  const keep = async (digit: string, bytes: number) => {
    at.nowMs += 1_000;
    await cache.keep(key(digit), await bare(`${folder.path}/${digit}${copies++}`, bytes), KNOWN);
  };
  await keep("1", 2_000);
  assert.equal(await isKept("1"), false);
  for (const digit of ["1", "2", "3", "4"]) await keep(digit, 100);
  assert.deepEqual(await Promise.all(["1", "2", "3", "4"].map(isKept)), [false, true, true, true]);
  await keep("5", 900);
  await keep("6", 900);
  assert.deepEqual(await Promise.all(["5", "6"].map(isKept)), [false, true]);
  at.nowMs += 6 * DAY_MS;
  assert.equal(await isKept("6"), true);
  at.nowMs += 6 * DAY_MS;
  assert.equal(await isKept("6"), true);
  at.nowMs += 8 * DAY_MS;
  assert.equal(await isKept("6"), false);
});

Deno.test("repositoryCache() follows no link, and removes nothing that it did not make", async () => {
  await using folder = await temporaryFolder();
  const kept = `${folder.path}/kept`;
  const outside = await bare(`${folder.path}/outside`, 10);
  await Deno.mkdir(kept);
  await Deno.symlink(outside, `${kept}/${key("1")}`);
  await Deno.mkdir(`${kept}/an operator's folder`);
  await Deno.symlink(outside, `${kept}/${key("2")}.${"0".repeat(16)}`);
  const old = `${kept}/${key("3")}.${"0".repeat(16)}`;
  await Deno.mkdir(old);
  await Deno.utime(old, new Date(0), new Date(0));
  const cache = repositoryCache(kept, Date.now, {
    repositories: 0,
    bytes: 1_000,
    totalBytes: 1_000,
  });
  assert.equal(await cache.take(key("1"), `${folder.path}/copy`), null);
  await cache.keep(key("1"), await bare(`${folder.path}/new`, 10), KNOWN);
  const names = await Array.fromAsync(Deno.readDir(kept), ({ name }) => name);
  assert.deepEqual(names.sort(), [`${key("2")}.${"0".repeat(16)}`, "an operator's folder"].sort());
  assert.equal((await Deno.stat(`${outside}/objects/pack/p.pack`)).size, 10);
  for (const wrong of ["../outside", "", key("A"), `${key("1")}/..`]) {
    await assert.rejects(cache.take(wrong, `${folder.path}/copy`), RangeError);
    await assert.rejects(cache.forget(wrong), RangeError);
  }
  const linked = `${folder.path}/linked`;
  await Deno.symlink(outside, linked);
  await repositoryCache(linked, Date.now).keep(key("1"), `${folder.path}/new`, KNOWN)
    .catch(() => undefined);
  assert.deepEqual(
    await Array.fromAsync(Deno.readDir(outside), ({ name }) => name),
    ["objects"],
  );
});

Deno.test("repositoryCache() copies no repository in which a link or a device was put", async () => {
  await using folder = await temporaryFolder();
  const cache = repositoryCache(`${folder.path}/kept`, Date.now);
  const from = await bare(`${folder.path}/from`, 10);
  await Deno.symlink("/etc/passwd", `${from}/packed-refs`);
  await cache.keep(key("1"), from, KNOWN);
  assert.equal(await cache.take(key("1"), `${folder.path}/copy`), null);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${folder.path}/kept`)), []);
});
