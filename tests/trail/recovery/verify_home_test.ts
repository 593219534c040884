import assert from "node:assert/strict";
import type { Difference } from "../../../trail/recovery/trail.ts";
import { verifyHome, type VerifyReport } from "../../../trail/recovery/verify_home.ts";
import { type AuditHome, pay } from "../audit/audit_home.ts";
import { auditedHome, checkpointSigner, drained, PUBKEY } from "./audited_home.ts";

const LOG = "payment_log.jsonl";

async function verify(home: AuditHome, signer?: string): Promise<VerifyReport> {
  const { place, store } = home;
  return await verifyHome({
    place,
    store,
    clock: Date.now,
    ...(signer === undefined ? {} : { signer }),
  });
}

async function change(home: AuditHome, file: string, from: string | RegExp, to: string) {
  const path = `${home.folder}/${file}`;
  const text = await Deno.readTextFile(path);
  const changed = text.replace(from, to);
  assert.notEqual(changed, text);
  await Deno.writeTextFile(path, changed);
}

Deno.test("verifyHome() finds journal, log, git, files and checkpoints in agreement", async () => {
  await using home = await auditedHome(5);
  const { signers, sources, files, ...report } = await verify(home, PUBKEY);
  assert.deepEqual(report, {
    entries: 8,
    lines: 8,
    commits: 8,
    checkpoints: 1,
    firstSeq: 1,
    lastSeq: 8,
    sealedSeq: 8,
    behind: 0,
    stale: 0,
    otherCommits: 2,
    difference: null,
  });
  assert.deepEqual(signers, [PUBKEY]);
  assert.ok(files > 2);
  assert.deepEqual(sources, { journal: "read", log: "read", git: "read" });
});

Deno.test("verifyHome() counts entries that are not drained as behind", async () => {
  await using home = await auditedHome(5);
  await pay(home.store, 3, 6);
  const { behind, difference, entries } = await verify(home);
  assert.deepEqual([behind, difference, entries], [3, null, 11]);
});

Deno.test("verifyHome() reads sealed days, and a live log that a crash left beside its sealed copy", async () => {
  await using home = await auditedHome(2);
  const live = await Deno.readTextFile(`${home.folder}/${LOG}`);
  home.nowMs += 86_400_000;
  await pay(home.store, 2, 3);
  await drained(home);
  const { lines, difference, otherCommits } = await verify(home);
  assert.deepEqual([lines, difference], [7, null]);
  assert.ok(otherCommits >= 4);
  await Deno.writeTextFile(`${home.folder}/${LOG}`, live);
  const torn = await verify(home);
  assert.equal(torn.lines, 5);
  assert.equal(torn.difference?.message.includes("was cut, or could not be written"), true);
  assert.equal(torn.difference?.seq, 6);
});

Deno.test("verifyHome() names a sealed day that is gone, unless its time is over", async () => {
  await using home = await auditedHome(2);
  const day = new Date(home.nowMs).toISOString().slice(0, 10);
  home.nowMs += 86_400_000;
  await pay(home.store, 2, 3);
  await drained(home);
  await Deno.remove(`${home.folder}/payment_log/${day}.jsonl.gz`);
  const at = async (nowMs: number) => {
    const { place, store } = home;
    return (await verifyHome({ place, store, clock: () => nowMs })).difference?.file;
  };
  assert.equal(await at(home.nowMs + 86_400_000), `payment_log/${day}.jsonl.gz`);
  assert.equal(await at(home.nowMs + 40 * 86_400_000), undefined);
});

Deno.test("verifyHome() ignores a line that is still being written", async () => {
  await using home = await auditedHome(5);
  await Deno.writeTextFile(`${home.folder}/${LOG}`, '{"seq":9,"ti', { append: true });
  assert.equal((await verify(home)).difference, null);
});

Deno.test("verifyHome() compares git with the log if the store is gone, and says so", async () => {
  await using home = await auditedHome(5);
  const { place } = home;
  const alone = await verifyHome({ place, store: null, clock: Date.now });
  assert.deepEqual([alone.difference, alone.entries, alone.checkpoints], [null, 8, 1]);
  assert.equal(alone.sources.journal, "missing");
  await change(home, LOG, '875,"amount_units":"8750"', '875,"amount_units":"8751"');
  const changed = await verifyHome({
    place,
    store: new Error("state.db is damaged"),
    clock: Date.now,
  });
  assert.equal(changed.sources.journal, "state.db is damaged");
  assert.equal(changed.difference?.line, 4);
});

for (
  const { name, spoil, expected } of [
    {
      name: "a digit of a line",
      spoil: (home) => change(home, LOG, '875,"amount_units":"8750"', '875,"amount_units":"8751"'),
      expected: {
        where: "log",
        file: LOG,
        line: 4,
        seq: 4,
        field: "amount_units",
        expected: "8750",
        found: "8751",
      },
    },
    {
      name: "a line that says the same in other bytes",
      spoil: (home) => change(home, LOG, '{"seq":5,', '{ "seq":5,'),
      expected: { where: "log", file: LOG, line: 5 },
    },
    {
      name: "a line that was taken out",
      spoil: (home) => change(home, LOG, /\{"seq":5,.*\n/, ""),
      expected: { where: "log", line: 5, seq: 5, field: "seq" },
    },
    {
      name: "a channel's file that was changed",
      spoil: (home) => change(home, "channels/ch_cccccccc.toml", "nonce = 5", "nonce = 4"),
      expected: { where: "file", file: "channels/ch_cccccccc.toml", field: "content" },
    },
    {
      name: "a job's file that is gone",
      spoil: (home) => Deno.remove(`${home.folder}/jobs/5a/job-5abc123.toml`),
      expected: { where: "file", file: "jobs/5a/job-5abc123.toml", found: null },
    },
    {
      name: "a repository that is gone",
      spoil: (home) => Deno.remove(`${home.folder}/.git`, { recursive: true }),
      expected: { where: "git" },
    },
    {
      name: "a log that is gone",
      spoil: (home) => Deno.remove(`${home.folder}/${LOG}`),
      expected: { where: "log", seq: 1 },
    },
    {
      name: "a commit that was made anew with another amount",
      spoil: async (home) => {
        const message = await home.git("log", "-1", "--format=%B", "HEAD~1");
        await home.git("reset", "--hard", "-q", "HEAD~2");
        const changed = message.replace(/^Payment: 0\.00/m, "Payment: 0.10");
        await home.git("commit", "-q", "--allow-empty", "-m", changed);
      },
      expected: { where: "git", seq: 8, field: "Payment", expected: "0.008750 M2M" },
    },
    {
      name: "a history that was rewound",
      spoil: (home) => home.git("reset", "--hard", "-q", "HEAD~3"),
      expected: { where: "git", seq: 7, expected: "8", found: "6" },
    },
    {
      name: "a checkpoint by another key",
      spoil: async (home) => {
        await pay(home.store, 1, 6);
        const audit = home.start({}, checkpointSigner(new Uint8Array(32).fill(9)));
        await audit.drain(120_000);
        await home.end();
      },
      expected: { where: "checkpoint", field: "pubkey", expected: PUBKEY },
    },
  ] as {
    name: string;
    spoil: (home: AuditHome) => Promise<unknown>;
    expected: Partial<Difference>;
  }[]
) {
  Deno.test(`verifyHome() names ${name}`, async () => {
    await using home = await auditedHome(5);
    await spoil(home);
    const { difference } = await verify(home, PUBKEY);
    assert.ok(difference);
    for (const [key, value] of Object.entries(expected)) {
      assert.equal(difference[key as keyof Difference], value, `${key}: ${difference.message}`);
    }
  });
}

Deno.test("verifyHome() names every key that signed, and reports a foreign key only if the expected key is given", async () => {
  await using home = await auditedHome(2);
  await pay(home.store, 1, 3);
  const audit = home.start({}, checkpointSigner(new Uint8Array(32).fill(9)));
  await audit.drain(120_000);
  await home.end();
  const { difference, signers } = await verify(home);
  assert.deepEqual([difference, signers.length, signers[0]], [null, 2, PUBKEY]);
});

Deno.test("verifyHome() reports a file that a crash left at an earlier version as stale, not as changed", async () => {
  await using home = await auditedHome(3);
  const path = `${home.folder}/channels/ch_cccccccc.toml`;
  const before = await Deno.readTextFile(path);
  await pay(home.store, 1, 4);
  await drained(home);
  await Deno.writeTextFile(path, before);
  const { stale, difference } = await verify(home);
  assert.deepEqual([stale, difference], [1, null]);
});

Deno.test("verifyHome() accepts a person's own commits and files", async () => {
  await using home = await auditedHome(2);
  await Deno.writeTextFile(`${home.folder}/NOTES.md`, "mine\n");
  await home.git("add", "-f", "NOTES.md");
  await home.git("commit", "-q", "-m", "notes");
  await pay(home.store, 1, 3);
  await drained(home);
  await Deno.writeTextFile(`${home.folder}/NOTES.md`, "mine, changed\n");
  const { difference, commits } = await verify(home);
  assert.deepEqual([difference, commits], [null, 6]);
});

Deno.test("verifyHome() finds no difference while payments continue", async () => {
  await using home = await auditedHome(2);
  home.start({}, checkpointSigner());
  for (let round = 0; round < 3; round++) {
    const paying = pay(home.store, 60, 3 + round * 60);
    const { place, store } = home;
    const { difference } = await verifyHome({ place, store, clock: Date.now, atWork: true });
    assert.equal(difference, null);
    await paying;
  }
});
