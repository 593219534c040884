import assert from "node:assert/strict";
import { runChild } from "../../../skills/sandbox/child.ts";
import { landlocked } from "../../../skills/sandbox/landlock.ts";
import { sandboxed } from "../../../skills/sandbox/sandbox.ts";
import { sandbox, temporaryFolder, tools } from "../machine.ts";

const perl = sandbox.type === "bubblewrap" ? sandbox.landlock ?? null : null;
const when = perl === null
  ? { ignore: true, why: " (ignored: perl sets no Landlock in a sandbox here)" }
  : { ignore: false, why: "" };
const isRoot = Deno.uid() === 0;
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** Runs a script with only Landlock, without bubblewrap; returns its output. */
async function held(
  script: string,
  { reads = ["/"], writes, user = null }: {
    readonly reads?: readonly string[];
    readonly writes: readonly string[];
    readonly user?: number | null;
  },
) {
  const [command, ...args] = [
    ...landlocked(perl!, { user, reads, writes }),
    ...["/bin/sh", "-c", script],
  ];
  const { stdout, stderr, code } = await new Deno.Command(command, {
    args,
    clearEnv: true,
    env: { PATH },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { out, err, code };
}

Deno.test(
  `landlocked() lets a command write below its own folders alone, also by a way around the mounts${when.why}`,
  {
    ignore: when.ignore,
  },
  async () => {
    await using folder = await temporaryFolder();
    const [own, other] = [`${folder.path}/own`, `${folder.path}/other`];
    for (const path of [`${own}/a`, `${own}/b`, other]) await Deno.mkdir(path, { recursive: true });
    await Deno.writeTextFile(`${other}/file`, "as it was");
    const { out, err } = await held(
      `cd ${own}; echo x >a/f; mv a/f b/f; ln -s f b/l; rm b/l; mkfifo b/p; cat b/f; : >/dev/null
    cat ${other}/file; echo
    for to in file new ../own/../other/file; do (echo evil >${other}/$to) 2>/dev/null && echo wrote $to; done
    mv ${other}/file b 2>/dev/null && echo moved; rm ${other}/file 2>/dev/null && echo removed; mkdir ${other}/d 2>/dev/null && echo made
    ln ${other}/file b/hard 2>/dev/null && echo linked
    echo end`,
      { writes: [own, `${folder.path}/missing`] },
    );
    assert.equal(out, "x\nas it was\nend\n", err);
    assert.equal(await Deno.readTextFile(`${other}/file`), "as it was");
  },
);

Deno.test(`landlocked() refuses files that an open folder leads to${when.why}`, {
  ignore: when.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/secret`, "of the operator");
  const programs = ["/usr", "/bin", "/lib", "/lib64"];
  // A folder that is open already, here the current one, as a leaked descriptor would be.
  const script = (
    reads: readonly string[],
  ) => [...landlocked(perl!, { user: null, reads, writes: [] }), "/bin/sh", "-c", "cat <&0 secret"];
  for (const [reads, found] of [[["/"], true], [programs, false]] as const) {
    const [command, ...args] = script(reads);
    const { stdout } = await new Deno.Command(command, {
      args,
      cwd: folder.path,
      stderr: "null",
    }).output();
    assert.equal(new TextDecoder().decode(stdout).includes("operator"), found, reads.join(" "));
  }
});

Deno.test(
  `landlocked() becomes a user without any right, and starts nothing where it cannot${when.why}`,
  {
    ignore: when.ignore,
  },
  async () => {
    const script =
      "id -u; id -g; grep -E '^(Groups|Cap)' /proc/self/status; cat /dev/stdin; echo end";
    const { out, err, code } = await held(script, { writes: [], user: 2_345_678 });
    if (!isRoot) {
      assert.deepEqual([code, out], [125, ""]);
      assert.match(err, /^crosstown cannot start a child: setgroups/);
      return;
    }
    assert.match(
      out,
      /^2345678\n2345678\nGroups:\s*\nCapInh:\t0+\nCapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+\nCapAmb:\t0+\nend\n$/,
      err,
    );
  },
);

Deno.test(`a job runs below Landlock, and does what jobs do${when.why}`, {
  ignore: when.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const found = sandbox as Extract<typeof sandbox, { type: "bubblewrap" }>;
  const job = async (script: string, landlock: string | null, mode = found.mode) => {
    const path = await Deno.makeTempDir({ dir: folder.path });
    await Deno.mkdir(`${path}/job`);
    const { stdout, stderr, exitCode } = await runChild({
      ...sandboxed({ ...found, mode, landlock }, {
        binds: [{ from: `${path}/job`, to: "/job", write: true }],
        temp: `${path}/job`,
        seed: path,
        cwd: "/job",
        env: { PATH },
        setup: "exec 2>&1 </dev/null",
        command: ["/bin/sh", "-c", script],
      }, path),
      timeoutMs: 60_000,
      outputBytes: 65_536,
      sh: tools.sh!,
      path: tools.path,
      clock: Date.now,
    });
    const [out, err] = [stdout, stderr].map(({ bytes }) => new TextDecoder().decode(bytes));
    assert.equal(exitCode, 0, out + err);
    return out;
  };
  const script =
    `mkdir a b; echo x >a/f; mv a/f b/f; cat b/f; cp b/f /tmp/f; rm -r a b; cat </dev/null
    cat /dev/stdin; echo null >/dev/null; head -c 1 /dev/urandom | wc -c
    perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") and print "listens\\n"'
    sleep 20 & kill $! && echo kills; [ -w /usr ] || echo read-only`;
  const bare = await job(script, null);
  assert.match(bare, /^x\n1\n/);
  assert.equal(await job(script, perl), bare);
  if (found.userNamespace) assert.equal(await job(script, perl, "user"), bare);
  // Landlock also works a second time inside.
  const inner = landlocked(perl!, { user: null, reads: ["/"], writes: [] })
    .map((word) => `'${word}'`).join(" ");
  assert.match(
    await job(`${inner} /bin/sh -c ': >/job/new'; ls`, perl),
    /Permission denied|cannot create/,
  );
});
