import assert from "node:assert/strict";
import { filesText } from "../../../commands/job/job_input.ts";
import { temporaryFolder } from "../../skills/machine.ts";
import { write } from "../../market/packing/packing.ts";
import { MemoryIo, run } from "../memory_io.ts";

const SUBMIT = ["job", "submit", "ci-run", "--param", "command=true", "--dry-run", "--input"];

/** A home that has a wallet, and whose relay and connector answer nothing. */
function cutOff(folder: string, more: Readonly<Record<string, string>> = {}): MemoryIo {
  const io = new MemoryIo();
  io.variables = {
    HOME: folder,
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    GASTOWN_HOME: `${folder}/home`,
    GASTOWN_WALLET_PRIVATE_KEY: "1".repeat(64),
    GASTOWN_ALLOW_UNENCRYPTED_KEYS: "true",
    CROSSTOWN_RELAY_URL: "ws://127.0.0.1:9",
    CROSSTOWN_CONNECTOR_BTP: "btp+ws://127.0.0.1:9",
    ...more,
  };
  return io;
}

Deno.test("job submit --dry-run names the files where no network answers, and says what could not be asked", async () => {
  await using at = await temporaryFolder();
  await write(at.path, { "p/a.txt": "aa", "p/.gitignore": ".env\n", "p/.env": "KEY=1" });
  const text = await run([...SUBMIT, `${at.path}/p`], { io: cutOff(at.path) });
  assert.equal(text.code, 1);
  assert.equal(text.out, "Sends 2 files of 7 bytes:\n  5  .gitignore\n  2  a.txt\n");
  assert.match(text.err, /Warning: the price could not be found: .+; /);
  const json = await run([...SUBMIT, `${at.path}/p`, "--output", "json"], { io: cutOff(at.path) });
  assert.equal(json.code, 1);
  const { dry_run, input, error } = JSON.parse(json.out);
  assert.equal(dry_run, true);
  assert.deepEqual(input.listed.map(({ path }: { path: string }) => path), [".gitignore", "a.txt"]);
  assert.ok(error.code.length > 0 && error.suggestion.length > 0);
});

Deno.test("job submit --dry-run gives git the user's environment, and refuses one that points elsewhere", async () => {
  await using at = await temporaryFolder();
  await write(at.path, { "p/a.txt": "aa", "p/.env": "KEY=1", "xdg/git/ignore": ".env\n" });
  const submit = [...SUBMIT, `${at.path}/p`];
  const users = await run(submit, {
    io: cutOff(at.path, { XDG_CONFIG_HOME: `${at.path}/xdg` }),
  });
  assert.equal(users.out, "Sends 1 file of 2 bytes:\n  2  a.txt\n");
  const elsewhere = { GIT_DIR: `${at.path}/p/.git` };
  const refused = await run(submit, { io: cutOff(at.path, elsewhere) });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /GIT_DIR is set/);
  const all = await run([...submit, "--include-ignored"], { io: cutOff(at.path, elsewhere) });
  assert.match(all.out, /^Sends 2 files/);
});

Deno.test("filesText() keeps a name on its line and moves no cursor", () => {
  const hostile = "a\n  9  innocent.txt\u001b[2K\r\u202e\tb";
  const lines = filesText({
    count: 1,
    totalBytes: 1,
    listed: [{ path: hostile, sizeBytes: 1 }],
    leftOut: [hostile],
  }, 20);
  const shown = "a\\u000a  9  innocent.txt\\u001b[2K\\u000d\\u202e\\u0009b";
  assert.deepEqual(lines.slice(1), [
    `  1  ${shown}`,
    `  not sent: ${shown}, a repository of its own`,
  ]);
});

Deno.test("job submit and build refuse an empty path, which is not the current folder", async () => {
  await using at = await temporaryFolder();
  for (
    const args of [
      ["job", "submit", "echo", "--input", ""],
      ["job", "submit", "echo", "--context", ""],
      ["job", "quote", "echo", "--input", ""],
      ["build", ""],
    ]
  ) {
    const { code, err } = await run(args, {
      io: cutOff(at.path),
    });
    assert.equal(code, 2, args.join(" "));
    assert.match(
      err,
      /^Error: the input is empty\nSuggestion: name a file or folder/m,
      args.join(" "),
    );
  }
});
