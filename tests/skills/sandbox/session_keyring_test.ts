/** A job's own session keyring. `deno task escape` attacks it, with a key of the operator's in the provider's. */
import assert from "node:assert/strict";
import { runChild } from "../../../skills/sandbox/child.ts";
import { createLaunchPool } from "../../../skills/sandbox/launch_pool.ts";
import { sandboxed } from "../../../skills/sandbox/sandbox.ts";
import { limitSettings } from "../../../skills/sandbox/shell_limits.ts";
import { inOwnKeyring, namesKeyring } from "../../../skills/sandbox/session_keyring.ts";
import { ALLOW, assemble } from "../../../skills/seccomp/assembler.ts";
import { sandbox, temporaryFolder, tools } from "../machine.ts";

const perl = sandbox.type === "none" ? null : sandbox.keyring ?? null;
const when = perl === null
  ? { ignore: true, why: " (ignored: perl makes no session keyring here)" }
  : { ignore: false, why: "" };
const EVERY_CALL = assemble([{ op: "return", action: ALLOW }]);

Deno.test(
  `each job is in a session keyring of its own, whether or not a shell waited for it${when.why}`,
  {
    ignore: when.ignore,
  },
  async () => {
    const found = sandbox as Extract<typeof sandbox, { type: "bubblewrap" }>;
    await using folder = await temporaryFolder();
    const groups = tools.groups ?? null;
    const pool = createLaunchPool({
      ...{ sh: tools.sh!, path: tools.path, groups, keyring: perl, size: 1 },
    });
    try {
      const keyringOf = async (options: { readonly pooled?: boolean; readonly own?: boolean }) => {
        const at = await Deno.makeTempDir({ dir: folder.path });
        await Deno.mkdir(`${at}/job`);
        const { stdout, stderr } = await runChild({
          ...sandboxed({ ...found, keyring: options.own === false ? null : perl }, {
            binds: [{ from: `${at}/job`, to: "/job", write: true }],
            temp: `${at}/job`,
            // One user id for all: where a process has no session keyring, the kernel names one of its user.
            seed: folder.path,
            cwd: "/job",
            env: { PATH: "/usr/bin:/bin" },
            setup: limitSettings({ memoryMb: 100, processes: 20 }),
            command: namesKeyring(perl!),
          }, at),
          // The list of calls would refuse to name the keyring.
          filter: { bytes: EVERY_CALL, folder: at },
          timeoutMs: 60_000,
          outputBytes: 1_000,
          sh: tools.sh!,
          path: tools.path,
          tree: { memoryMb: 100, processes: 20 },
          groups,
          pool: options.pooled ? pool : null,
          clock: Date.now,
        });
        const name = Number(new TextDecoder().decode(stdout.bytes));
        assert.ok(name > 0, new TextDecoder().decode(stderr.bytes));
        return name;
      };
      const shared = await keyringOf({ own: false });
      assert.equal(
        await keyringOf({ own: false }),
        shared,
        "without it, jobs share the provider's",
      );
      const own = [
        await keyringOf({ pooled: true }),
        await keyringOf({ pooled: true }),
        await keyringOf({}),
        await keyringOf({}),
      ];
      assert.equal(new Set([shared, ...own]).size, 5, `${[shared, ...own]}`);
    } finally {
      await pool.close();
    }
  },
);

Deno.test(
  `a waiting shell leads a session and a process group of its own, which is killed as a whole${when.why}`,
  {
    ignore: when.ignore,
  },
  async () => {
    const pool = createLaunchPool({
      ...{ sh: tools.sh!, path: tools.path, groups: null, keyring: perl, size: 1 },
    });
    try {
      const { child } = pool.take()!;
      const ids = 'read -r line </proc/"$1"/stat; set -- ${line##*) }; echo "$3 $4"';
      const idsOf = async () => {
        const args = ["-c", ids, "sh", String(child.pid)];
        const { stdout } = await new Deno.Command(tools.sh!, { args }).output();
        return new TextDecoder().decode(stdout).trim();
      };
      for (let tries = 0; tries < 200 && await idsOf() !== `${child.pid} ${child.pid}`; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      assert.equal(await idsOf(), `${child.pid} ${child.pid}`);
      const args = ["-c", 'kill -s KILL -- "-$1"', "sh", String(child.pid)];
      assert.ok((await new Deno.Command(tools.sh!, { args }).output()).success);
      assert.equal((await child.status).signal, "SIGKILL");
      await Promise.all([child.stdin.abort(), child.stdout.cancel(), child.stderr.cancel()]);
    } finally {
      await pool.close();
    }
  },
);

Deno.test(`a child whose keyring cannot be joined does not start, and says why${when.why}`, {
  ignore: when.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  // Stands in for a perl whose call the kernel refuses: keyctl with an operation that does not exist.
  const refused = `${folder.path}/perl`;
  await Deno.writeTextFile(
    refused,
    `#!/bin/sh\nshift; text=$(echo "$1" | sed 's/, 1, 0)/, 9999, 0)/'); shift; exec '${perl}' -e "$text" "$@"\n`,
    { mode: 0o755 },
  );
  const child = {
    ...{ command: "/bin/echo", args: ["started"], env: { PATH: tools.path }, timeoutMs: 60_000 },
    ...{ outputBytes: 1_000, sh: tools.sh!, path: tools.path, clock: Date.now },
  };
  const { stdout } = await runChild({ ...child, keyring: perl });
  assert.equal(new TextDecoder().decode(stdout.bytes), "started\n");
  await assert.rejects(runChild({ ...child, keyring: refused }), {
    name: "LaunchError",
    message: /^a session keyring: Operation not supported/,
  });
});

Deno.test(
  `a child whose parent has ended does not start, and one that has started ends with it${when.why}`,
  {
    ignore: when.ignore,
  },
  async () => {
    // A shell between them: the child has another parent than it was told.
    const script = '"$@"; echo "exit $?"; read -r line';
    const shell = (words: readonly string[]) =>
      new Deno.Command(tools.sh!, {
        args: ["-c", script, "sh", ...words],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
    const late = shell([...inOwnKeyring(perl!), "echo", "started"]);
    await late.stdin.close();
    const { stdout } = await late.output();
    assert.equal(new TextDecoder().decode(stdout), "exit 125\n");

    // The shell becomes the parent that it is told.
    const told = inOwnKeyring(perl!).map((word) => word === String(Deno.pid) ? "$$" : word);
    const quoted = told.map((word) =>
      word === "$$" ? '"$$"' : `'${word.replaceAll("'", "'\\''")}'`
    );
    const parent = new Deno.Command(tools.sh!, {
      args: ["-c", `${quoted.join(" ")} sh -c 'echo started; exec sleep 600'; :`],
      stdout: "piped",
    }).spawn();
    const reader = parent.stdout.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "started\n");
    parent.kill("SIGKILL");
    await parent.status;
    assert.equal((await reader.read()).done, true, "nobody holds its output any more");
  },
);
