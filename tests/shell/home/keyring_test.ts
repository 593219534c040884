import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { configOf } from "../../../shell/home/load_config.ts";
import { keyringPassphrase } from "../../../shell/home/keyring.ts";
import { keysOf, passphraseForChild } from "../../../shell/home/home_keys.ts";
import { runFlags } from "../../../shell/run_flags.ts";
import { MemoryIo, run } from "../../commands/memory_io.ts";
import { countedInto } from "../../program.ts";

const PASSPHRASE = "correct horse battery";
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** A `PATH` folder with a program of this text; the program writes its arguments into a file next to it. */
async function fakeKeyring(program: string, script: string) {
  const folder = await Deno.makeTempDir({ prefix: "ct-keyring-" });
  const text = `#!/bin/sh\nprintf '%s\\n' "$@" >> ${folder}/args\n${script}\n`;
  await Deno.writeTextFile(`${folder}/${program}`, text, { mode: 0o755 });
  return {
    folder,
    args: async () => (await Deno.readTextFile(`${folder}/args`)).trim().split("\n"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const { signal } = new AbortController();
const on = (os: string, { folder }: { folder: string }, unlockMs = 60_000) => ({
  os,
  unlockMs,
  path: folder,
  signal,
});

Deno.test("keyringPassphrase() asks the program of each system for one entry, and takes the first line", async () => {
  const cases = [
    ["linux", "secret-tool", ["lookup", "service", "mine", "account", "wallet"]],
    ["darwin", "security", ["find-generic-password", "-s", "mine", "-a", "wallet", "-w"]],
  ] as const;
  for (const [os, program, args] of cases) {
    await using fake = await fakeKeyring(program, `printf '${PASSPHRASE}\\nmore\\n'`);
    assert.equal(await keyringPassphrase("mine", on(os, fake)), PASSPHRASE);
    assert.deepEqual(await fake.args(), args);
  }
});

Deno.test("keyringPassphrase() refuses what is not a passphrase, and repeats nothing that the program said", async () => {
  const cases = [
    ["no entry", "exit 1", "keyring_closed"],
    ["nothing said", "exit 0", "keyring_closed"],
    ["an empty line", "echo", "keyring_closed"],
    ["a line, then a failure", "echo s3cret; echo s3cret >&2; exit 1", "keyring_closed"],
    ["1,025 bytes", "printf '%01025d' 7", "keyring_unreadable"],
    ["no UTF-8", "printf 's3cret\\377\\n'", "keyring_unreadable"],
  ];
  for (const [name, script, code] of cases) {
    await using fake = await fakeKeyring("secret-tool", script);
    await assert.rejects(
      keyringPassphrase("mine", on("linux", fake)),
      (error: Error & { code: string; suggestion: string }) => {
        assert.equal(error.code, code, name);
        assert.match(error.suggestion, /secret-tool store .* service mine account wallet$/);
        assert.doesNotMatch(`${error.message}${error.suggestion}${error.stack}`, /s3cret/, name);
        return true;
      },
    );
  }
});

Deno.test("keyringPassphrase() says which program it needs, and which systems have none", async () => {
  await using fake = await fakeKeyring("other", "exit 0");
  await assert.rejects(keyringPassphrase("mine", on("linux", fake)), {
    code: "no_keyring",
    message: "passphrase_keyring needs secret-tool, which cannot be run here",
  });
  await assert.rejects(keyringPassphrase("mine", on("windows", fake)), { code: "no_keyring" });
});

Deno.test("keyringPassphrase() kills a program that does not end, at its time or when the command is told to stop", async () => {
  // The shell's own `read` waits for a pipe that nobody writes to, and SIGTERM does not end it.
  const hang = "trap '' TERM; while :; do read -r line < $0.pipe; done";
  for (const first of ["", `echo '${PASSPHRASE}'; `]) {
    await using fake = await fakeKeyring("secret-tool", `${first}echo $$ > $0.pid; ${hang}`);
    await new Deno.Command("/usr/bin/mkfifo", { args: [`${fake.folder}/secret-tool.pipe`] })
      .output();
    // A machine that is busy may not have started the program by then.
    let [unlockMs, pid] = [250, ""];
    while (pid === "") {
      unlockMs *= 2;
      await assert.rejects(keyringPassphrase("mine", on("linux", fake, unlockMs)), {
        code: "keyring_closed",
        message: `the keyring did not answer in ${unlockMs / 1_000} s`,
      });
      pid = await Deno.readTextFile(`${fake.folder}/secret-tool.pid`).catch(() => "");
    }
    assert.throws(() => Deno.kill(Number(pid), "SIGKILL"), Deno.errors.NotFound);
    const stop = new AbortController();
    const waiting = keyringPassphrase("mine", { ...on("linux", fake), signal: stop.signal });
    stop.abort(new Error("told to stop"));
    await assert.rejects(waiting, /told to stop/);
  }
});

/** A home whose wallet opens with {@link PASSPHRASE} and whose configuration is this text. */
async function walletHome(configuration: string) {
  const root = await Deno.makeTempDir({ prefix: "ct-keyring-" });
  const io = new MemoryIo();
  io.variables = { GASTOWN_HOME: `${root}/gt` };
  io.cwd = () => root;
  await Deno.writeTextFile(`${root}/pass`, `${PASSPHRASE}\n`, { mode: 0o600 });
  const made = await run(["wallet", "init", "--passphrase-file", "pass"], { io });
  assert.equal(made.code, 0, made.err);
  await Deno.remove(`${root}/pass`);
  await Deno.writeTextFile(`${root}/gt/crosstown.toml`, configuration);
  return {
    home: `${root}/gt`,
    io,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "keysOf() asks the keyring where passphrase_keyring names an entry, and never else; a daemon asks it itself",
  onLinux,
  async () => {
    await using at = await walletHome(`[wallet]\npassphrase_keyring = "mine"\n`);
    await using fake = await fakeKeyring("secret-tool", `echo '${PASSPHRASE}'`);
    const globals = {
      output: "text" as const,
      nonInteractive: true,
      yes: false,
      dryRun: false,
      quiet: false,
      verbose: false,
    };
    const asker = { globals, io: at.io, signal, path: fake.folder };
    const config = () => configOf(asker);
    assert.deepEqual((await keysOf(await config(), asker)).passphrase, { text: PASSPHRASE });
    assert.deepEqual(await passphraseForChild(await config(), asker, "node"), {
      args: [],
      line: null,
    });
    await Deno.remove(`${fake.folder}/args`);
    const flagged = { ...asker, globals: { ...globals, passphraseFile: "/other" } };
    assert.deepEqual((await keysOf(await config(), flagged)).passphrase, { file: "/other" });
    const file = `${at.home}/crosstown.toml`;
    await Deno.writeTextFile(file, `[wallet]\n`);
    await assert.rejects(async () => await keysOf(await config(), asker), {
      code: "no_passphrase",
    });
    await Deno.writeTextFile(file, `[wallet]\npassphrase_file = "/a"\npassphrase_keyring = "b"\n`);
    await assert.rejects(async () => await keysOf(await config(), asker), /are both set/);
    await Deno.writeTextFile(file, `[wallet]\npassphrase_keyring = "--all"\n`);
    await assert.rejects(config, /passphrase_keyring/);
    await assert.rejects(fake.args(), Deno.errors.NotFound, "it was asked");
  },
);

const REAL = ["dbus-run-session", "gnome-keyring-daemon", "secret-tool"];
const missing = REAL.filter((program) => !isThere(program));

Deno.test({
  name: `wallet whoami opens the wallet with a real keyring under the program's own permissions${
    missing.length === 0 ? "" : ` (${missing.join(", ")}: not installed)`
  }`,
  ignore: missing.length > 0,
  async fn() {
    await using at = await walletHome(`[wallet]\npassphrase_keyring = "crosstown-test"\n`);
    // This bus starts no service by itself. Otherwise it would start a second, locked keyring, and ask that one.
    const bus = `${at.home}/bus.conf`;
    await Deno.writeTextFile(
      bus,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
        "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
      <busconfig>
        <type>session</type>
        <listen>unix:tmpdir=/tmp</listen>
        <policy context="default">
          <allow send_destination="*" eavesdrop="true"/>
          <allow eavesdrop="true"/>
          <allow own="*"/>
        </policy>
      </busconfig>`,
    );
    const script = `set -e
      printf login | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
      daemon=$!
      tries=0
      until printf '${PASSPHRASE}' | secret-tool store --label=test service crosstown-test account wallet 2>/dev/null; do
        tries=$((tries + 1)); [ $tries -lt 1000 ]; sleep 0.1
      done
      "$@"; echo "exit $?"
      secret-tool clear service crosstown-test account wallet
      code=0; "$@" || code=$?; echo "exit $code"
      kill $daemon`;
    const { stdout, stderr } = await new Deno.Command("dbus-run-session", {
      args: [
        ...[
          "--config-file",
          bus,
          "--",
          "sh",
          "-c",
          script,
          "sh",
          Deno.execPath(),
          "run",
          ...runFlags(Deno.execPath()),
        ],
        ...[`${ROOT}cli.ts`, "wallet", "whoami", "--output", "json"],
      ],
      // It uses neither the session nor the keyring of the user who runs this test.
      clearEnv: true,
      env: {
        ...countedInto,
        PATH: Deno.env.get("PATH")!,
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
        GASTOWN_HOME: at.home,
        HOME: at.home,
        XDG_DATA_HOME: `${at.home}/data`,
        XDG_RUNTIME_DIR: at.home,
      },
    }).output();
    const out = new TextDecoder().decode(stdout);
    const err = new TextDecoder().decode(stderr);
    assert.match(
      out,
      /^\{"schema":"wallet-identity\/1","pubkey":"[0-9a-f]{64}".*\}\nexit 0\n/,
      err,
    );
    assert.match(`${out}${err}`, /the keyring gave no passphrase for service crosstown-test/);
    assert.match(out, /exit 1\n$/);
    assert.ok(!`${out}${err}`.includes(PASSPHRASE));
  },
});

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().code !== 127;
  } catch {
    return false;
  }
}
