import { START_FLAGS } from "../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { StoreError } from "../../store/store_error.ts";
import { CHANNEL } from "./store_rows.ts";

const clock = () => 0;
const CHILD = fileURLToPath(import.meta.resolve("./store_child.ts"));

function command(folder: string, ...args: string[]): string[] {
  const permissions = [`--allow-read=${folder}`, `--allow-write=${folder}`];
  return [
    "run",
    ...START_FLAGS,
    "--no-check",
    ...permissions,
    CHILD,
    ...args,
    folder,
  ];
}

function child(folder: string, what: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: command(folder, what),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Reads lines until there are `count`, kills, and returns all lines that were printed before the end. */
async function killAfter(paying: Deno.ChildProcess, count: number): Promise<string[]> {
  let text = "";
  let killed = false;
  for await (const chunk of paying.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (!killed && text.split("\n").length > count) {
      paying.kill("SIGKILL");
      killed = true;
    }
  }
  await paying.stdin.close().catch(() => {});
  await paying.status;
  // What follows the last line feed was cut off by the kill.
  return text.split("\n").slice(0, -1);
}

Deno.test("sqliteStore() has every resolved commit, and no partial one, after kill -9", async () => {
  await inFolder(async (folder) => {
    for (const count of [1, 40, 333]) {
      const said = await killAfter(child(folder, "pay"), count);
      assert.ok(said.length >= count);
      const store = await openSqliteStore({ folder, clock });
      const channel = (await store.payerChannel(CHANNEL))!;
      for (const nonce of said) assert.equal(await store.cursor(`nonce-${nonce}`), "1");
      const rows = await store.openOutgoing(CHANNEL);
      assert.deepEqual(rows.map((row) => row.nonce), rows.map((_, index) => index + 1));
      assert.equal(rows.length, channel.nonce);
      assert.equal(channel.signed, BigInt(channel.nonce) * 10n);
      assert.equal(await store.cursor(`nonce-${channel.nonce + 1}`), null);
      await store.close();
    }
  });
});

Deno.test("sqliteStore() shows a prefix of the commits, and no partial one, when the last write was cut off", async () => {
  await inFolder(async (folder) => {
    const live = `${folder}/live`;
    const store = await openSqliteStore({ folder: live, clock });
    for (let nonce = 1; nonce <= 30; nonce++) {
      await store.commit([
        { op: "setCursor", name: `a-${nonce}`, value: "x".repeat(nonce * 40) },
        { op: "setCursor", name: `b-${nonce}`, value: "y" },
      ]);
    }
    const log = await Deno.readFile(`${live}/state.db-wal`);
    const file = await Deno.readFile(`${live}/state.db`);
    await store.close();
    for (let cut = 0; cut <= 24; cut++) {
      const copy = `${folder}/cut-${cut}`;
      await Deno.mkdir(copy, { mode: 0o700 });
      await Deno.writeFile(`${copy}/state.db`, file);
      const size = Math.floor((log.length * cut) / 24) - (cut % 2) * 7;
      await Deno.writeFile(`${copy}/state.db-wal`, log.subarray(0, Math.max(0, size)));
      const again = await openSqliteStore({ folder: copy, clock });
      let last = true;
      for (let nonce = 1; nonce <= 30; nonce++) {
        const [a, b] = [await again.cursor(`a-${nonce}`), await again.cursor(`b-${nonce}`)];
        assert.equal(a === null, b === null, `commit ${nonce} is whole or absent`);
        assert.ok(last || a === null, `commit ${nonce} does not outlive an earlier one`);
        last = a !== null;
      }
      if (cut === 24) assert.ok(last);
      await again.close();
    }
  });
});

Deno.test("acquireLock() keeps a second process out, names the holder, and ends with it", async () => {
  await inFolder(async (folder) => {
    const holder = child(folder, "hold");
    const reader = holder.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await reader.read()).value, "held\n");
    await assert.rejects(
      openSqliteStore({ folder, clock, lockWaitMs: 60 }),
      (error: StoreError) => {
        assert.equal(error.code, "locked");
        assert.match(error.message, new RegExp(`process ${holder.pid} since 1970-01-01T`));
        return true;
      },
    );
    const beside = await openSqliteStore({ folder, clock, readOnly: true });
    assert.equal(await beside.cursor("any"), null);
    await beside.close();

    const waiting = openSqliteStore({ folder, clock });
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    await holder.stdin.close().catch(() => {});
    await (await waiting).close();
  });
});

Deno.test("acquireLock() stops waiting when aborted", async () => {
  await inFolder(async (folder) => {
    const store = await openSqliteStore({ folder, clock });
    const abort = new AbortController();
    const waiting = openSqliteStore({ folder, clock, signal: abort.signal });
    abort.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
    await store.close();
  });
});

/** Runs the filling child under a shell line, with the folder as $1 and deno's own command line after it. */
async function starve(folder: string, line: string): Promise<string[] | null> {
  const { stdout, success } = await new Deno.Command("sh", {
    args: ["-c", line, "sh", folder, Deno.execPath(), ...command(folder, "fill")],
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout).trim().split("\n") : null;
}

const SMALL_DISK = 'mount -t tmpfs -o size=2m tmpfs "$1" && shift && "$@"';
const hasNamespaces = await (async () => {
  try {
    const probe = new Deno.Command("unshare", {
      args: ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
      stderr: "null",
    });
    return (await probe.output()).success;
  } catch {
    return false;
  }
})();

Deno.test({
  name: "sqliteStore() refuses with full on a full disk (needs user namespaces for a small one)",
  ignore: !hasNamespaces,
  async fn() {
    await inFolder(async (folder) => {
      const script = `exec unshare -rm sh -c '${SMALL_DISK}' sh "$@"`;
      const said = await starve(folder, script);
      assert.ok(said !== null);
      assert.match(said[0], /^full( full)?$/);
      assert.ok(Number(said[1]) > 0);
    });
  },
});

Deno.test({
  name: "sqliteStore() refuses with io when a write fails, and keeps what had resolved",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inFolder(async (folder) => {
      const said = await starve(folder, `trap '' XFSZ; ulimit -f 4000; shift; exec "$@"`);
      assert.ok(said !== null);
      assert.match(said[0], /^(io|full)( (io|full))?$/);
      const kept = Number(said[1]);
      assert.ok(kept > 0);
      const store = await openSqliteStore({ folder, clock });
      for (let index = 0; index < kept; index++) {
        assert.equal((await store.cursor(`fill-${index}`))?.length, 60_000);
      }
      await store.commit([{ op: "setCursor", name: "after", value: "1" }]);
      await store.close();
    });
  },
});
