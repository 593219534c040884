/**
 * A passphrase that is typed: asked for without echo, given to a daemon's signer, and kept nowhere. One home, whose relay is not
 * there.
 */
import assert from "node:assert/strict";
import { start, type TestHome, testHome } from "./process.ts";
import { HAS_TERMINAL, typed } from "./terminal.ts";

const PASSPHRASE = "a passphrase that nobody sees";
const CONFIG = `network = "club"
[networks.club]
write = "nostr"
relay_url = "ws://127.0.0.1:9"
`;

Deno.test({
  name:
    "a typed passphrase opens the wallet and a daemon, is seen nowhere, and is kept by nobody who could start that again (needs 'script')",
  ignore: !HAS_TERMINAL,
  async fn() {
    await using home = await testHome();
    await Deno.writeTextFile(`${home.path}/crosstown.toml`, CONFIG);
    const type = (args: readonly string[], answers: readonly string[]) =>
      typed(args, answers, { home: home.path });

    const mistyped = [PASSPHRASE, `${PASSPHRASE}!`];
    // It asks three times.
    const differs = await type(["wallet", "init"], Array(3).fill(mistyped).flat());
    assert.equal(differs.code, 2, differs.shown);
    const made = await type(["wallet", "init"], [PASSPHRASE, PASSPHRASE]);
    assert.equal(made.code, 0, made.shown);
    const shown = await type(["wallet", "whoami"], [PASSPHRASE]);
    assert.match(shown.shown, /pubkey {3}[0-9a-f]{64}/);
    const wrong = await type(["wallet", "whoami"], ["another passphrase"]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.shown, /wrong passphrase/);

    const up = await type(["mayor", "up", "--detach"], [PASSPHRASE]);
    assert.equal(up.code, 0, up.shown);
    const { pid } = await home.json(["mayor", "status"]);
    await assertUnseen(home, [differs, made, shown, up].map((each) => each.shown));
    assert.match(up.shown, /If this mayor crashes, it stays down until you start it/);
    // The daemon's supervisor has no passphrase with which to start another daemon.
    Deno.kill(pid, "SIGKILL");
    await untilNobody(home);
    const { code, stderr } = await home.run(["mayor", "status"]);
    assert.equal(code, 1);
    assert.match(stderr, /'crosstown logs' says why it ended/);
    const { stdout } = await home.run(["logs", "--level", "error"]);
    assert.match(stdout, /cannot be started again without its passphrase/);

    // In the foreground, the person at the terminal is asked again.
    const asked = { count: 0 };
    const foreground = await typed(["mayor", "up"], [PASSPHRASE, PASSPHRASE], {
      home: home.path,
      async onShown(shown) {
        const ups = shown.match(/role +mayor/g)?.length ?? 0;
        if (ups > 0 && asked.count === 0) {
          asked.count = 1;
          Deno.kill((await home.json(["mayor", "status"])).pid, "SIGKILL");
        }
        if (asked.count === 1 && shown.match(/assphrase[^\n]*: /g)?.length === 2) {
          asked.count = 2;
          await untilUp(home);
          await assertUnseen(home, [shown]);
          await home.run(["mayor", "down"]);
        }
      },
    });
    assert.equal(foreground.code, 0, foreground.shown);
    assert.equal(asked.count, 2, foreground.shown);
  },
});

Deno.test("without a terminal a command says how to give the passphrase, and takes it by a pipe or a credential", async () => {
  await using home = await testHome();
  await Deno.writeTextFile(`${home.path}/crosstown.toml`, CONFIG);
  const whoami = ["wallet", "whoami"];
  const made = await home.run(["wallet", "init", "--passphrase-fd", "0"], {
    stdin: `${PASSPHRASE}\n`,
  });
  assert.equal(made.code, 0, made.stderr);
  for (const args of [whoami, ["mayor", "up", "--detach"]]) {
    const { code, stderr } = await home.run(args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /no terminal to ask for it/);
    assert.match(stderr, /--passphrase-file FILE or --passphrase-fd NUMBER/);
  }
  const piped = await home.run([...whoami, "--passphrase-fd", "0"], { stdin: `${PASSPHRASE}\n` });
  assert.match(piped.stdout, /^pubkey/);
  const credentials = `${home.path}/credentials`;
  await Deno.mkdir(credentials);
  await Deno.writeTextFile(`${credentials}/crosstown-passphrase`, PASSPHRASE, { mode: 0o400 });
  const env = { CREDENTIALS_DIRECTORY: credentials };
  assert.match((await home.run(whoami, { env })).stdout, /^pubkey/);

  // In the foreground the daemon's own process gets it by its standard input.
  const up = start(["mayor", "up", "--passphrase-fd", "0"], {
    home: home.path,
    stdin: `${PASSPHRASE}\n`,
  });
  await up.seen(/role +mayor/);
  await Deno.remove(credentials, { recursive: true });
  await assertUnseen(home, []);
  up.kill("SIGTERM");
  await up.ended;
});

/** Not on the terminal, in no file of the home, and in no argument or variable of a process that works for it. */
async function assertUnseen(home: TestHome, screens: readonly string[]): Promise<void> {
  for (const screen of screens) assert.ok(!screen.includes(PASSPHRASE), "on the terminal");
  for await (const path of filesIn(home.path)) {
    const text = await Deno.readTextFile(path).catch(() => "");
    assert.ok(!text.includes(PASSPHRASE), path);
  }
  const pids = await home.processes();
  if (Deno.build.os === "linux") assert.ok(pids.length >= 2, "the daemon and what holds it");
  for (const pid of pids) {
    for (const part of ["cmdline", "environ"]) {
      const text = await Deno.readTextFile(`/proc/${pid}/${part}`).catch(() => "");
      assert.ok(!text.includes(PASSPHRASE), `${part} of ${pid}`);
    }
  }
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
      if (isDirectory) yield* filesIn(`${folder}/${name}`);
      else if (isFile) yield `${folder}/${name}`;
    }
  } catch (error) {
    // Gone since it was listed: the daemon is at work.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Waits until a daemon is at work on the home. */
async function untilUp(home: TestHome): Promise<void> {
  while ((await home.run(["mayor", "status"])).code !== 0);
}

/** Waits until no process works for the home. */
async function untilNobody(home: TestHome): Promise<void> {
  while ((await home.processes()).length > 0);
}
