import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { auditedPaymentsHome } from "../payments/payments_home.ts";
import { faultsOf } from "../json_schemas.ts";
import { MemoryIo, run } from "../memory_io.ts";

async function state(root: string, ...args: string[]) {
  const io = new MemoryIo();
  io.variables.PATH = Deno.env.get("PATH")!;
  const { code, out, err } = await run([...args, "--output", "json", "--home", root], { io });
  assert.match(out, /^\{/, err);
  return { code, document: JSON.parse(out) };
}

/** A home with two payments, its archive, and a place for another home. */
async function exported() {
  const home = await auditedPaymentsHome(2);
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  const archive = `${root}/archive`;
  const { code, document } = await state(home.root, "state", "export", archive);
  assert.equal(code, 0, JSON.stringify(document));
  return {
    home,
    archive,
    document,
    to: `${root}/home`,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
}

Deno.test("state export, import and recover bring the same payments into another home, where no channel signs", async () => {
  await using it = await exported();
  const modes = await Promise.all(
    ["", "/manifest.json", "/state.bundle"].map((name) => Deno.stat(`${it.archive}${name}`)),
  );
  assert.deepEqual(modes.map(({ mode }) => mode! & 0o777), [0o700, 0o600, 0o600]);
  const imported = await state(it.to, "state", "import", it.archive);
  assert.deepEqual(faultsOf("state-import", imported.document), []);
  assert.equal(imported.code, 0, JSON.stringify(imported.document));
  assert.equal(imported.document.next, "crosstown state recover");
  const recovered = await state(it.to, "state", "recover", "--yes");
  assert.equal(recovered.document.source, "git", JSON.stringify(recovered.document));
  const [before, after] = await Promise.all(
    [it.home.root, it.to].map((root) => state(root, "payments", "history")),
  );
  assert.deepEqual(after.document.payments, before.document.payments);
  assert.equal((await state(it.to, "payments", "verify")).code, 0);
  const folder = `${it.to}/hooks/mayor-001/crosstown`;
  const store = await openSqliteStore({ folder, clock: Date.now, readOnly: true });
  try {
    const statuses = (await store.listChainChannels()).map(({ status }) => status);
    assert.deepEqual(statuses, ["recovering"]);
  } finally {
    await store.close();
  }
});

Deno.test("state export shows on a terminal how much of the log is copied, and leaves no such line behind", async () => {
  await using home = await auditedPaymentsHome(2);
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    const io = new MemoryIo();
    io.variables.PATH = Deno.env.get("PATH")!;
    io.terminal = true;
    const { code, out, err } = await run(
      ["state", "export", `${root}/archive`, "--home", home.root],
      { io },
    );
    assert.equal(code, 0, err);
    assert.match(out, /^Exported up to entry \d+ into /);
    const shown = err.split("\r\x1b[K");
    assert.deepEqual(shown.slice(0, 3), [
      "",
      "packing the history of the audit trail",
      "payment log: 0.0 of 0.0 MB",
    ]);
    assert.equal(shown.at(-1), "", "the line is removed");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("state export overwrites nothing, and writes nothing for a home without records", async () => {
  await using it = await exported();
  const again = await state(it.home.root, "state", "export", it.archive);
  assert.equal(again.document.error.code, "file_exists");
  const empty = await state(it.to, "state", "export", `${it.archive}2`);
  assert.equal(empty.document.error.code, "nothing_to_export");
  await assert.rejects(Deno.lstat(`${it.archive}2`), Deno.errors.NotFound);
});

Deno.test("state import refuses a home with records, and an archive of another network", async () => {
  await using it = await exported();
  const there = await state(it.home.root, "state", "import", it.archive);
  assert.equal(there.document.error.code, "state_is_there");
  const manifest = JSON.parse(await Deno.readTextFile(`${it.archive}/manifest.json`));
  manifest.network = "elsewhere";
  await Deno.writeTextFile(`${it.archive}/manifest.json`, JSON.stringify(manifest));
  const other = await state(it.to, "state", "import", it.archive);
  assert.equal(other.document.error.code, "other_network");
  await assert.rejects(Deno.lstat(`${it.to}/hooks/mayor-001/crosstown/.git`), Deno.errors.NotFound);
});

const CHANGES: readonly {
  readonly name: string;
  readonly change: (archive: string) => Promise<void>;
}[] = [
  {
    name: "with a changed log",
    change: (archive) =>
      Deno.writeTextFile(`${archive}/payment_log.jsonl`, "{}\n", { append: true }),
  },
  { name: "without its history", change: (archive) => Deno.remove(`${archive}/state.bundle`) },
  {
    name: "whose log is a link",
    async change(archive) {
      await Deno.rename(`${archive}/payment_log.jsonl`, `${archive}/elsewhere`);
      await Deno.symlink(`${archive}/elsewhere`, `${archive}/payment_log.jsonl`);
    },
  },
  {
    name: "whose manifest names a file outside",
    async change(archive) {
      // It is there, with the hash of the manifest.
      await Deno.copyFile(`${archive}/payment_log.jsonl`, `${archive}/../outside`);
      await renamed("../outside")(archive);
    },
  },
  { name: "whose manifest names a file twice", change: renamed("state.bundle") },
  {
    name: "whose manifest is no JSON",
    change: (archive) => Deno.writeTextFile(`${archive}/manifest.json`, "no"),
  },
  {
    name: "whose history is none, with a manifest that fits",
    async change(archive) {
      const bytes = new TextEncoder().encode("# v2 git bundle\nno");
      await Deno.writeFile(`${archive}/state.bundle`, bytes);
      const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
      await edit(
        archive,
        (file) => file.path === "state.bundle" ? { ...file, bytes: bytes.length, sha256 } : file,
      );
    },
  },
  {
    name: "whose history has a store, which the home would take for its own",
    change: (archive) => planted(archive, (folder) => Deno.writeTextFile(`${folder}/state.db`, "")),
  },
  {
    name: "whose history has git attributes",
    change: (archive) =>
      planted(
        archive,
        (folder) => Deno.writeTextFile(`${folder}/channels/.gitattributes`, "* text eol=crlf"),
      ),
  },
  {
    name: "whose history has a link",
    change: (archive) =>
      planted(archive, (folder) => Deno.symlink("/etc/passwd", `${folder}/channels/ch_0.toml`)),
  },
];

for (const { name, change } of CHANGES) {
  Deno.test(`state import refuses an archive ${name}, and leaves the home as it was`, async () => {
    await using it = await exported();
    await change(it.archive);
    const { code, document } = await state(it.to, "state", "import", it.archive);
    assert.equal(code, 1);
    assert.ok(document.error.code, JSON.stringify(document));
    assert.doesNotMatch(document.error.suggestion, /--verbose/);
    const left = await Array.fromAsync(Deno.readDir(`${it.to}/hooks/mayor-001/crosstown`))
      .catch(() => []);
    assert.deepEqual(left.map(({ name }) => name), []);
  });
}

function renamed(path: string) {
  return (archive: string) =>
    edit(archive, (file) => file.path === "payment_log.jsonl" ? { ...file, path } : file);
}

/** Adds a file to the archive's history, with a manifest that fits. */
async function planted(archive: string, plant: (folder: string) => Promise<void>): Promise<void> {
  const work = `${archive}/work`;
  const git = async (...args: string[]) => {
    const { success } = await new Deno.Command("git", {
      args: ["-c", "user.name=x", "-c", "user.email=x", ...args],
      stdout: "null",
    }).output();
    assert.ok(success, args.join(" "));
  };
  await git("clone", "--quiet", "--branch", "main", `${archive}/state.bundle`, work);
  await plant(work);
  await git("-C", work, "add", "--force", ".");
  await git("-C", work, "commit", "--quiet", "--message", "planted");
  await git("-C", work, "bundle", "create", "--quiet", `${archive}/state.bundle`, "main");
  const bytes = await Deno.readFile(`${archive}/state.bundle`);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await edit(
    archive,
    (file) => file.path === "state.bundle" ? { ...file, bytes: bytes.length, sha256 } : file,
  );
}

type File = { path: string; bytes: number; sha256: string };

async function edit(archive: string, change: (file: File) => File): Promise<void> {
  const manifest = JSON.parse(await Deno.readTextFile(`${archive}/manifest.json`));
  manifest.files = manifest.files.map(change);
  await Deno.writeTextFile(`${archive}/manifest.json`, JSON.stringify(manifest));
}
