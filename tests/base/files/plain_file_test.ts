/** Files of a home: only the file with exactly that name is opened. */
import assert from "node:assert/strict";
import {
  openPlainFile,
  openPlainFileSync,
  readPlainBytes,
  readPlainText,
  replacePlainFile,
  replacePlainFileSync,
} from "../../../base/files/plain_file.ts";
import { openFileLog } from "../../../base/log/file_log.ts";
import { lastLines } from "../../../base/log/read_log.ts";
import { readFile } from "../../../config/real_files.ts";
import { acquireLock, isLockHeld } from "../../../store/lock.ts";
import { openDatabase } from "../../../store/database.ts";
import { openDatabase as openRelayDatabase } from "../../../network/relay/event_schema.ts";
import { openPaymentLog } from "../../../trail/audit/payment_log.ts";
import { createKeyReader } from "../../../money/wallet/key_reader.ts";
import { createWalletWork } from "../../../money/wallet/wallet_service.ts";
import { controlClient } from "../../../home/control/control_client.ts";
import { addExclude } from "../../../trail/audit/outer_exclude.ts";

const SECRET = "a key of another program\n";

/** A folder with a file of somebody else, outside of the home. */
async function folderBeside() {
  const root = await Deno.makeTempDir({ prefix: "ct-plain-" });
  await Deno.mkdir(`${root}/home`, { mode: 0o700 });
  await Deno.writeTextFile(`${root}/theirs`, SECRET, { mode: 0o600 });
  return {
    home: `${root}/home`,
    theirs: `${root}/theirs`,
    async [Symbol.asyncDispose]() {
      await Deno.remove(root, { recursive: true });
    },
  };
}

const LINKED = { code: "linked_file" };
const lock = (path: string) => acquireLock({ path, waitMs: 0, clock: () => 0, pid: 1 });

/** Everything that opens a file of a home by its name. */
const DOORS: readonly {
  readonly name: string;
  readonly file: string;
  readonly open: (path: string, home: string) => unknown;
}[] = [
  { name: "the log", file: "crosstown.log", open: (path) => openFileLog({ path, clock: () => 0 }) },
  { name: "the log that is read", file: "crosstown.log", open: (path) => lastLines(path, 1) },
  { name: "the configuration", file: "crosstown.toml", open: (path) => readFile(path) },
  { name: "the lock", file: "state.lock", open: (path) => lock(path) },
  { name: "the lock that is looked at", file: "state.lock", open: (path) => isLockHeld(path) },
  {
    name: "the store",
    file: "state.db",
    open: (_, home) => openDatabase(home, { readOnly: false }),
  },
  {
    name: "the store that is read",
    file: "state.db",
    open: (_, home) => openDatabase(home, { readOnly: true }),
  },
  {
    name: "the store's write-ahead log",
    file: "state.db-wal",
    open: (_, home) => openDatabase(home, { readOnly: false }),
  },
  { name: "the relay's store", file: "relay.db", open: (path) => openRelayDatabase(path) },
  {
    name: "the relay's write-ahead log",
    file: "relay.db-wal",
    open: (_, home) => openRelayDatabase(`${home}/relay.db`),
  },
  { name: "the payment log", file: "payment_log.jsonl", open: (_, home) => openPaymentLog(home) },
  {
    name: "the wallet",
    file: "identity.enc",
    open: (path) => createKeyReader({ identityFile: path, passphrase: { file: path } }).read(),
  },
  {
    name: "the wallet that is shown",
    file: "identity.enc",
    open: async (path) =>
      (await createWalletWork()).look({ identityFile: path, passphrase: { text: "a passphrase" } }),
  },
  { name: "the control socket", file: "control.sock", open: (path) => controlClient(path) },
  { name: "another repository's exclude file", file: "exclude", open: (path) => addExclude(path) },
];

for (const { name, file, open } of DOORS) {
  Deno.test(`a link is not followed: ${name}`, async () => {
    await using beside = await folderBeside();
    const path = `${beside.home}/${file}`;
    await Deno.symlink(beside.theirs, path);
    await assert.rejects(async () => await open(path, beside.home), LINKED);
    assert.equal(await Deno.readTextFile(beside.theirs), SECRET);
    const { mode } = await Deno.stat(beside.theirs);
    assert.equal(mode! & 0o777, 0o600);
  });
}

Deno.test("openPlainFile() makes nothing at the end of a link that leads nowhere", async () => {
  await using beside = await folderBeside();
  const path = `${beside.home}/new`;
  await Deno.symlink(`${beside.home}/../made`, path);
  const options = { write: true, create: true, mode: 0o600 };
  await assert.rejects(openPlainFile(path, options), LINKED);
  assert.throws(() => openPlainFileSync(path, options), LINKED);
  await assert.rejects(Deno.lstat(`${beside.home}/../made`), Deno.errors.NotFound);
});

Deno.test("openPlainFile() refuses to write a file that has a second name, and reads it", async () => {
  await using beside = await folderBeside();
  const path = `${beside.home}/linked`;
  await Deno.link(beside.theirs, path);
  await assert.rejects(openPlainFile(path, { append: true }), LINKED);
  assert.equal(await readPlainText(path), SECRET);
});

Deno.test("openPlainFile() refuses a pipe without waiting for its other end", async () => {
  await using beside = await folderBeside();
  const path = `${beside.home}/pipe`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  await assert.rejects(openPlainFile(path, { read: true }), { code: "not_plain" });
});

Deno.test("openPlainFile() makes, cuts and appends as Deno.open does", async () => {
  await using beside = await folderBeside();
  const path = `${beside.home}/own`;
  const write = async (options: Deno.OpenOptions, text: string) => {
    using file = await openPlainFile(path, options);
    await file.write(new TextEncoder().encode(text));
  };
  await assert.rejects(openPlainFile(path), Deno.errors.NotFound);
  await write({ write: true, create: true, mode: 0o600 }, "one");
  await write({ append: true, create: true }, "two");
  assert.equal(await readPlainText(path), "onetwo");
  await write({ write: true, create: true, truncate: true }, "3");
  assert.equal(await readPlainText(path), "3");
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  await assert.rejects(
    openPlainFile(path, { write: true, createNew: true }),
    Deno.errors.AlreadyExists,
  );
});

Deno.test("replacePlainFile() and replacePlainFileSync() put a file in the place of a link and leave its target alone", async () => {
  await using beside = await folderBeside();
  const path = `${beside.home}/replaced`;
  await Deno.symlink(beside.theirs, path);
  await replacePlainFile(path, "ours");
  assert.equal(await Deno.readTextFile(path), "ours");
  assert.equal(await Deno.readTextFile(beside.theirs), SECRET);
  await Deno.remove(path);
  await Deno.symlink(beside.theirs, path);
  replacePlainFileSync(path, new TextEncoder().encode("ours, at once"));
  assert.equal(await Deno.readTextFile(path), "ours, at once");
  assert.equal((await Deno.lstat(path)).mode! & 0o777, 0o600);
  assert.equal(await Deno.readTextFile(beside.theirs), SECRET);
});

Deno.test("openPlainFile() takes what another process renames to the name meanwhile", async () => {
  await using beside = await folderBeside();
  const path = `${beside.home}/rotated`;
  await Deno.writeTextFile(path, "");
  let stop = false;
  const rotating = (async () => {
    for (let n = 0; !stop; n++) {
      await Deno.writeTextFile(`${path}.new`, String(n));
      await Deno.rename(`${path}.new`, path);
    }
  })();
  try {
    for (let n = 0; n < 200; n++) (await openPlainFile(path)).close();
  } finally {
    stop = true;
    await rotating;
  }
});

Deno.test("readPlainBytes() and readPlainText() read files of every size, and text without its byte order mark", async () => {
  await using folder = await folderBeside();
  const path = `${folder.home}/file`;
  for (const size of [0, 1, 16_383, 16_384, 16_385, 100_000]) {
    const bytes = Uint8Array.from({ length: size }, (_, at) => at % 251);
    await replacePlainFile(path, bytes);
    assert.deepEqual(await readPlainBytes(path), bytes, `${size} bytes`);
  }
  await replacePlainFile(path, "\ufeffä\u0000b");
  assert.equal(await readPlainText(path), "ä\u0000b");
});
