/** What `job evidence` and `job artifacts` refuse, in a home without a wallet. */
import assert from "node:assert/strict";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { marketHome } from "../market_home.ts";
import { run } from "../memory_io.ts";

for (
  const { args, code, words } of [
    { args: ["evidence"], code: 2, words: /name a job, or a file with --check/ },
    {
      args: ["evidence", "job-0abc123", "--check", "file.json"],
      code: 2,
      words: /name a job, or a file with --check/,
    },
    { args: ["evidence", "job-0abc123", "--judge", "x"], code: 2, words: /give --check FILE too/ },
    { args: ["evidence", "--check", "none.json"], code: 2, words: /none\.json is not there/ },
    { args: ["evidence", "--check", "."], code: 2, words: /is no file of evidence/ },
    { args: ["evidence", "--check", "huge.json"], code: 2, words: /is no file of evidence/ },
    { args: ["evidence", "--check", "lies.json"], code: 1, words: /^$/ },
    {
      args: ["artifacts", "job-0abc123", "--list", "--out", "folder"],
      code: 2,
      words: /--out, --list and --read exclude each other/,
    },
    { args: ["artifacts", "job-0abc123"], code: 1, words: /job-0abc123 has no artifacts/ },
    { args: ["artifacts", "job-1abc123"], code: 1, words: /job-1abc123 has no artifacts/ },
    { args: ["artifacts", "job-0abc123", "--out", "f"], code: 1, words: /--artifact 'dist\/\*\*'/ },
  ]
) {
  Deno.test(`job ${args.join(" ")} exits with ${code} and makes no file`, async () => {
    const row = { status: "success", exitCode: 0 } as const;
    await using home = await marketHome([], [
      job({ ...row, eventId: eventIdOf("0abc123") }),
      job({ ...row, eventId: eventIdOf("1abc123"), role: "provider" }),
    ]);
    const io = home.io();
    const folder = `${io.variables.HOME}/here`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/lies.json`, '{"format":"crosstown evidence 1"}');
    await Deno.writeTextFile(`${folder}/huge.json`, "");
    await Deno.truncate(`${folder}/huge.json`, (4 << 20) + 1);
    io.cwd = () => folder;
    const ended = await run(["job", ...args, "--network", "local"], { io });
    assert.equal(ended.code, code, ended.err);
    if (args.includes("lies.json")) assert.match(ended.out, /lies\.json: proves nothing\n {2}\S/);
    else assert.match(ended.err, words);
    const there = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(there, ["huge.json", "lies.json"]);
  });
}
