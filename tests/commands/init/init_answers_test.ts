import assert from "node:assert/strict";
import { world } from "./init_world.ts";

Deno.test("init asks a person again for what does not work, and says why; an empty answer leaves it as it is", async () => {
  await using home = await world();
  const answers: Record<string, string[]> = {
    Keys: ["import", "random"],
    "The most that a job": ["lots", "5"],
    "Folders of skills": ["/no/such/folder", ""],
  };
  const { err, asked } = await home.init(
    ["--network", "club", "--passphrase-file", `${home.path}/pass`],
    (question) => {
      const [, given] = Object.entries(answers).find(([name]) => question.startsWith(name)) ?? [];
      return given?.shift() ?? "";
    },
    false,
    ["no key at all"],
  );
  for (const name of Object.keys(answers)) {
    assert.equal(asked.filter((question) => question.startsWith(name)).length, 2, name);
  }
  assert.match(err, /^ {2}it must be an amount/m);
  assert.match(err, /there is no folder \/no\/such\/folder/);
  assert.match(err, /^keys +done/m);
  assert.match(err, /^limit job +done +5$/m);
  assert.doesNotMatch(err, / failed /);
  assert.equal((await home.command("config", "get", "limits.job_m2m")).value, "5.000000");
});

Deno.test("init does not ask again for what a flag gave", async () => {
  await using home = await world();
  const { err, asked } = await home.init(
    ["--network", "club", "--passphrase-file", `${home.path}/pass`, "--limit-job", "lots"],
    (question) => question.startsWith("Keys") ? "random" : "",
  );
  assert.ok(!asked.some((question) => question.startsWith("The most that a job")));
  assert.match(err, /^limit job +failed +--limit-job must be an amount/m);
});

Deno.test("init names an answer and not the option of the command behind it, and a flag by its name", async () => {
  await using home = await world();
  const wrong: Record<string, string[]> = {
    Relay: ["foo", ""],
    Connector: ["foo", ""],
  };
  const pass = ["--network", "club", "--passphrase-file", `${home.path}/pass`];
  const { err } = await home.init(pass, (question) => {
    if (question.startsWith("Keys")) return "random";
    const [, given] = Object.entries(wrong).find(([name]) => question.startsWith(name)) ?? [];
    return given?.shift() ?? "";
  });
  assert.match(err, /^ {2}it is no address$/m);
  assert.match(err, /^ {2}it must begin with btp\+wss:\/\/$/m);
  assert.doesNotMatch(err, /--connector|\burl\b/);
});

Deno.test("init shows the limit that applies, and warns of an answer above the ceiling", async () => {
  await using home = await world();
  const { err, asked } = await home.init(
    ["--network", "club", "--passphrase-file", `${home.path}/pass`],
    (question) =>
      question.startsWith("Keys") ? "random" : question.includes("a job may cost") ? "11" : "",
  );
  assert.ok(asked.includes("The most that a job may cost, in M2M [10]: "), asked.join("\n"));
  assert.match(err, /^limit job +warn +11 is written, but 10\.000000 is in force$/m);
  assert.match(err, /'crosstown wallet limits --set job=11' raises it/);
  assert.equal((await home.command("config", "get", "limits.job_m2m")).in_force, "10.000000");
});

Deno.test("config get says which limit is in force where nobody set it", async () => {
  await using home = await world();
  const { value, in_force } = await home.command("config", "get", "limits.job_m2m");
  assert.deepEqual([value, in_force], ["", "10.000000"]);
  const other = await home.command("config", "get", "node.name");
  assert.deepEqual([other.value, other.in_force], ["", ""]);
});

Deno.test("init says what its words mean", async () => {
  await using home = await world();
  const { err } = await home.init(
    ["--passphrase-file", `${home.path}/pass`],
    (question) =>
      question.startsWith("Network") ? "club" : question.startsWith("Keys") ? "random" : "",
  );
  assert.match(err, /^ {2}dev +a whole market on this machine/m);
  assert.match(err, /^ {2}base-sepolia +the public test network/m);
  assert.match(err, /^ {2}mnemonic +new keys of twelve words/m);
});
