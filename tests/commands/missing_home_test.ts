/** What a command says of a home that is named and does not exist, and of one that is there and empty. */
import assert from "node:assert/strict";
import { MemoryIo, run } from "./memory_io.ts";

const SHOWS = [
  ["job", "list"],
  ["job", "status", "job-0abc123"],
  ["job", "watch"],
  ["job", "sequence", "list"],
  ["job", "sequence", "status", "seq-0abc123"],
  ["payments", "history"],
  ["payments", "stats"],
  ["payments", "export"],
  ["state", "check"],
  ["state", "compact"],
  ["wallet", "history"],
  ["logs"],
  ["mayor", "attach"],
  ["mayor", "status"],
  ["mayor", "down"],
  ["mayor", "pause"],
  ["payments", "verify"],
  ["node", "status"],
  ["stats"],
  ["web"],
];

Deno.test("commands that show what a home holds refuse a named home that does not exist, exit 2", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    const missing = `${folder}/mistyped`;
    for (const args of SHOWS) {
      await t.step(args.join(" "), async () => {
        const io = new MemoryIo();
        io.variables = { HOME: folder };
        const { code, out } = await run([...args, "--home", missing, "--output", "json"], { io });
        assert.equal(code, 2, out);
        const { error } = JSON.parse(out);
        assert.equal(error.code, "no_home");
        assert.match(
          error.message,
          /^there is no home: --home names .*, a folder that does not exist$/,
        );
        assert.ok(error.message.includes(missing));
        assert.ok(error.suggestion.includes(`crosstown init --home ${missing}`));
      });
    }
    await t.step("GASTOWN_HOME too", async () => {
      const io = new MemoryIo();
      io.variables = { HOME: folder, GASTOWN_HOME: missing };
      const { code, err } = await run(["job", "list"], { io });
      assert.equal(code, 2);
      assert.match(
        err,
        /^Error: there is no home: GASTOWN_HOME names .*, a folder that does not exist/,
      );
    });
    await t.step("a command that needs a wallet says why there is none", async () => {
      const io = new MemoryIo();
      io.variables = { HOME: folder };
      const { code, err } = await run(["wallet", "show", "--home", missing], { io });
      assert.equal(code, 1);
      assert.ok(err.includes(`no wallet for base-sepolia: --home names ${missing}, a folder`), err);
      assert.match(err, /^Suggestion: check the path; .*'crosstown wallet init'/m);
    });
    assert.deepEqual([...Deno.readDirSync(folder)], [], "nothing was made");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("job list and payments history are empty in a home that is there, and in ~/.gt before it is made", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const given of [["--home", folder], []]) {
      for (const args of [["job", "list"], ["payments", "history"]]) {
        const io = new MemoryIo();
        io.variables = { HOME: folder };
        const { code, err } = await run([...args, ...given, "--output", "json"], { io });
        assert.equal(code, 0, err);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
