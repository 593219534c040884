import assert from "node:assert/strict";
import { world } from "./init_world.ts";

Deno.test("init shows the words on the terminal's second screen, also where it is given up", async () => {
  const typed = (given: string | null) => (question: string, shown: string) => {
    const [, at] = /^Word (\d+)/.exec(question) ?? [];
    return at === undefined ? "" : given ?? wordsIn(shown)[Number(at) - 1];
  };
  for (const given of ["given up", "typed"] as const) {
    await using home = await world();
    const answer = typed(null);
    const { err } = await home.init(
      ["--network", "club", "--passphrase-file", `${home.path}/pass`],
      (question, shown) =>
        given === "given up" && question.startsWith("Word ") ? null : answer(question, shown),
      true,
    );
    const [before, aside, ...more] = err.replaceAll("\x1b[?1049l", "\x1b[?1049h")
      .split("\x1b[?1049h");
    assert.match(aside, /Write these words down/);
    assert.equal(wordsIn(aside).length, 12);
    assert.doesNotMatch(before + more.join(""), /Write these words down/);
    assert.equal(more.length, 1, "the first screen is back");
    for (const line of aside.split("\n")) assert.ok(line.length <= 80, line);
  }
});

const wordsIn = (shown: string) =>
  [...shown.matchAll(/(?:^| )(\d+) ([a-z]+)/gm)]
    .sort(([, a], [, b]) => Number(a) - Number(b)).map(([, , word]) => word);

Deno.test("init shows new words once, asks two of them back, and makes the wallet of these words", async () => {
  await using home = await world();
  let words: string[] = [];
  let wrong = true;
  const { code, out, err, asked } = await home.init(
    ["--network", "club", "--passphrase-file", `${home.path}/pass`],
    (question, shown) => {
      const at = /^Word (\d+)/.exec(question);
      if (at === null) return "";
      words = wordsIn(shown);
      // A wrong word is asked for again.
      if (wrong) return (wrong = false) || "nonsense";
      return words[Number(at[1]) - 1];
    },
  );
  assert.equal(words.length, 12);
  assert.equal(asked.filter((question) => question.startsWith("Word ")).length, 3);
  assert.equal(code, 1, "the relay does not answer");
  assert.match(out, /Not ready yet/);
  assert.equal(err.split(words.slice(0, 2).join(" ")).length, 1, "never in one line as they are");

  const { address } = await home.command("wallet", "show", "--network", "club");
  await using again = await world();
  await Deno.writeTextFile(`${again.path}/words`, words.join(" "), { mode: 0o600 });
  const pass = ["--passphrase-file", `${again.path}/pass`];
  const restored = await again.command(
    "wallet",
    "import",
    "--key-file",
    `${again.path}/words`,
    ...pass,
  );
  assert.equal(restored.address, address);
});

Deno.test("init asks nothing without a terminal, keeps what is there, and may be run again", async () => {
  await using home = await world();
  const args = ["--network", "club", "--passphrase-file", `${home.path}/pass`, "--output", "json"];
  const first = JSON.parse((await home.init([...args, "--limit-day", "5"])).out);
  const at = (document: typeof first, name: string) =>
    document.steps.find((step: { name: string }) => step.name === name);
  assert.equal(at(first, "keys").status, "done");
  assert.equal(at(first, "network").status, "done");
  assert.equal(at(first, "limit day").status, "done");
  assert.equal(at(first, "relay").status, "warn");
  assert.equal(first.ok, false);
  assert.match(first.next, /^crosstown doctor \(relay/);
  const keys = await Deno.readFile(`${home.path}/identity.enc`);

  const second = await home.init([...args, "--yes"], () => assert.fail("nothing is asked"));
  assert.equal(at(JSON.parse(second.out), "keys").status, "kept");
  assert.deepEqual(await Deno.readFile(`${home.path}/identity.enc`), keys);
  assert.equal((await home.command("config", "get", "limits.day_m2m")).value, "5.000000");
  const { address } = await home.command("wallet", "show");
  assert.match(address, /^0x[0-9a-f]{40}$/, "the passphrase's file is named in the configuration");
});

for (
  const [what, make] of [
    ["an empty file", (file: string) => Deno.writeTextFile(file, "", { mode: 0o600 })],
    ["another file", (file: string) => Deno.writeTextFile(file, '{"a":1}', { mode: 0o600 })],
    ["a folder", (file: string) => Deno.mkdir(file, { mode: 0o700 })],
  ] as const
) {
  Deno.test(`init and doctor do not take ${what} for a wallet, and leave it there`, async () => {
    await using home = await world();
    const file = `${home.path}/identity.enc`;
    await make(file);
    const { code, out } = await home.init(["--network", "club", "--output", "json"]);
    assert.equal(code, 1);
    const { steps, checks } = JSON.parse(out);
    assert.equal(steps[0].name, "keys");
    assert.equal(steps[0].status, "failed");
    assert.match(steps[0].message, /is no wallet/);
    const keys = checks.find(({ name }: { name: string }) => name === "keys");
    assert.deepEqual([keys.status, /is no wallet/.test(keys.message)], ["fail", true]);
    await Deno.lstat(file);
  });
}

for (const [key, code] of [["\x03", 130], [null, 1]] as const) {
  Deno.test(
    `init ends where the person ${
      key === null ? "closes the input" : "presses Ctrl-C"
    } at the passphrase, and asks nothing more`,
    async () => {
      await using home = await world();
      const after: string[] = [];
      const { code: ended, asked } = await home.init(
        ["--network", "club"],
        (question) => question.startsWith("Keys") ? "random" : (after.push(question), ""),
        false,
        [key],
      );
      assert.equal(ended, code);
      assert.deepEqual([asked.length, after], [1, []]);
      await assert.rejects(Deno.lstat(`${home.path}/identity.enc`), Deno.errors.NotFound);
    },
  );
}

Deno.test("init says which step failed, and continues with the others", async () => {
  await using home = await world();
  const { code, out } = await home.init([
    ...["--network", "club", "--skills", "/nowhere", "--limit-job", "much", "--output", "json"],
  ]);
  assert.equal(code, 1);
  const { steps, next } = JSON.parse(out);
  const failed = steps.filter(({ status }: { status: string }) => status === "failed");
  assert.deepEqual(failed.map(({ name }: { name: string }) => name), [
    "keys",
    "limit job",
    "skills",
  ]);
  assert.match(failed[0].suggestion, /--passphrase-file/);
  assert.doesNotMatch(failed[0].suggestion, /--passphrase-fd/, "which init refuses");
  assert.match(next, /^crosstown init/);
});

Deno.test("init refuses a passphrase from a pipe, which it could read once", async () => {
  await using home = await world();
  const { code, err } = await home.init(["--network", "club", "--passphrase-fd", "0"]);
  assert.equal(code, 1);
  assert.match(err, /--passphrase-file/);
});

Deno.test("init warns of a limit that another one makes useless", async () => {
  await using home = await world();
  const args = ["--network", "club", "--passphrase-file", `${home.path}/pass`, "--output", "json"];
  const warned = async (...limits: string[]) => {
    const { steps } = JSON.parse((await home.init([...args, ...limits])).out);
    return steps.filter(({ name, status }: { name: string; status: string }) =>
      name.startsWith("limit ") && status === "warn"
    ).map(({ message, suggestion }: { message: string; suggestion: string }) =>
      `${message}; ${suggestion}`
    );
  };
  assert.deepEqual(await warned("--limit-job", "5", "--limit-day", "2"), [
    "5.00 M2M that a job may cost is above 2.00 M2M that may be spent in a day; " +
    "only the lower one counts: crosstown config set limits.job_m2m 2.00",
  ]);
  assert.deepEqual(await warned("--limit-job", "2", "--limit-hour", "2"), []);
  assert.match((await warned("--limit-hour", "3"))[0], /spent in an hour is above 2\.00 M2M/);
  assert.match((await warned("--limit-channel", "1"))[0], /is above 1\.00 M2M that a channel/);
});

Deno.test("init checks each skill of a folder before it is sold from", async () => {
  await using home = await world();
  const skills = `${home.path}/mine`;
  await Deno.mkdir(`${skills}/no-skill`, { recursive: true });
  await home.command("skill", "new", "good", "--dir", skills);
  const args = ["--network", "club", "--passphrase-file", `${home.path}/pass`, "--output", "json"];
  const step = async (folder: string) => {
    const { steps } = JSON.parse((await home.init([...args, "--skills", folder])).out);
    return steps.find(({ name }: { name: string }) => name === "skills");
  };
  const good = await step(skills);
  assert.deepEqual([good.status, good.message], ["done", `${skills}: good`]);
  assert.match(good.suggestion, /skill approve NAME/);

  const itself = await step(`${skills}/good`);
  assert.equal(itself.status, "failed");
  assert.match(itself.message, new RegExp(`give the folder that holds it, ${skills}$`));

  await Deno.mkdir(`${skills}/bad`);
  await Deno.writeTextFile(`${skills}/bad/skill.toml`, "kinds = [\n");
  const bad = await step(skills);
  assert.equal(bad.status, "failed");
  assert.match(bad.message, new RegExp(`^${skills}/bad/SKILL\\.md:1: `));
  assert.match(bad.suggestion, /skill check/);
});

Deno.test("init starts no dev network where the keys failed, and says what to write", async () => {
  await using home = await world();
  const { code, out } = await home.init(["--network", "dev", "--yes", "--output", "json"]);
  assert.equal(code, 1);
  const { ok, steps, checks, next } = JSON.parse(out);
  assert.deepEqual([ok, checks], [false, []], "no other network is checked");
  assert.deepEqual(
    steps.map(({ name, status }: { name: string; status: string }) => [name, status]),
    [["keys", "failed"], ["dev", "warn"]],
  );
  assert.match(steps[0].suggestion, /^write it in a file .* --passphrase-file/);
  assert.match(next, /^crosstown init/);
  assert.equal((await home.command("dev", "status")).error.code, "not_up");
  await assert.rejects(Deno.lstat(`${home.path}/dev`), Deno.errors.NotFound);
});
