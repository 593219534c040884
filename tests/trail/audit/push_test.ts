/** The backup: commits arrive, nothing is forced, and nobody waits for a remote that is down. */
import assert from "node:assert/strict";
import { createPush } from "../../../trail/audit/push.ts";
import { SETTINGS } from "../../../config/settings.ts";
import { type AuditHome, auditHome, channelChanges, LONG_MS, pay, userGit } from "./audit_home.ts";

async function committed(home: AuditHome): Promise<string> {
  const { commit } = await home.start().drain(LONG_MS);
  await home.end();
  return commit!;
}

/** Waits until the remote's branch is at this commit. */
async function arrives(remote: string, commit: string): Promise<void> {
  for (let tries = 0;; tries++) {
    const at = await userGit(remote, ["rev-parse", "main"]).catch(() => "");
    if (at.trim() === commit) return;
    if (tries > 2_000) assert.fail(`the remote is at ${at}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

Deno.test("push: a commit arrives at the remote, at most once a minute", async () => {
  await using home = await auditHome();
  const remote = await Deno.makeTempDir({ prefix: "ct-audit-" });
  try {
    await userGit(remote, ["init", "-q", "--bare"]);
    let nowMs = 0;
    const push = createPush(home.place, remote, { clock: () => nowMs, log: () => undefined });
    await home.store.commit(channelChanges());
    const first = await committed(home);
    push.consider(first);
    await arrives(remote, first);
    await pay(home.store, 1);
    const second = await committed(home);
    push.consider(second);
    assert.equal((await userGit(remote, ["rev-parse", "main"])).trim(), first);
    nowMs += 60_000;
    push.consider(second);
    await arrives(remote, second);
    await push.stop();
  } finally {
    await Deno.remove(remote, { recursive: true });
  }
});

Deno.test("push: a folder of this machine runs no program that its repository names", async () => {
  await using home = await auditHome();
  const remote = await Deno.makeTempDir({ prefix: "ct-audit-" });
  const ran = `${remote}/ran`;
  try {
    const script = `#!/bin/sh\necho "$0" >> ${ran}\n`;
    await userGit(remote, ["init", "-q", "--bare", "--initial-branch=main", "other.git"]);
    await userGit(remote, ["init", "-q", "--bare", "--initial-branch=main", "target.git"]);
    const target = `${remote}/target.git`;
    await Deno.writeTextFile(`${target}/objects/info/alternates`, `${remote}/other.git/objects\n`);
    await Deno.mkdir(`${target}/hooks`, { recursive: true });
    for (
      const hook of [
        "pre-receive",
        "update",
        "post-receive",
        "post-update",
        "reference-transaction",
      ]
    ) await Deno.writeTextFile(`${target}/hooks/${hook}`, script, { mode: 0o755 });
    await Deno.writeTextFile(`${remote}/refs.sh`, script, { mode: 0o755 });
    for (
      const [key, value] of [
        ["core.hooksPath", `${target}/hooks`],
        ["core.alternateRefsCommand", `${remote}/refs.sh`],
        ["core.fsmonitor", `${remote}/refs.sh`],
      ]
    ) await userGit(target, ["config", key, value]);
    await home.store.commit(channelChanges());
    const commit = await committed(home);
    const push = createPush(home.place, target, { clock: () => 0, log: () => undefined });
    push.consider(commit);
    await arrives(target, commit);
    await push.stop();
    await assert.rejects(Deno.readTextFile(ran), Deno.errors.NotFound);
  } finally {
    await Deno.remove(remote, { recursive: true });
  }
});

Deno.test("push: a remote with another history keeps it, is reported once, and is tried less and less often", async () => {
  await using home = await auditHome();
  const remote = await Deno.makeTempDir({ prefix: "ct-audit-" });
  try {
    await userGit(remote, ["init", "-q", "-b", "main"]);
    await userGit(remote, ["commit", "-q", "--allow-empty", "-m", "another"]);
    const other = await userGit(remote, ["rev-parse", "main"]);
    await home.store.commit(channelChanges());
    const commit = await committed(home);
    let nowMs = 0;
    let asked = 0;
    const told: string[] = [];
    const failed = Promise.withResolvers<void>();
    const push = createPush(home.place, remote, {
      // Asked once when one is considered and once when it has failed.
      clock: () => (asked++, asked === 2 && failed.resolve(), nowMs),
      log: (_level, msg) => void told.push(msg),
    });
    push.consider(commit);
    await failed.promise;
    nowMs += 60_000;
    push.consider(commit);
    assert.equal(asked, 3, "the second try waits two minutes");
    assert.deepEqual(told, ["the audit's backup cannot be pushed"]);
    assert.equal(await userGit(remote, ["rev-parse", "main"]), other);
    await push.stop();
  } finally {
    await Deno.remove(remote, { recursive: true });
  }
});

Deno.test("audit.remote takes folders, ssh and https, and nothing that names a program, an option or a password", () => {
  const { read } = SETTINGS["audit.remote"];
  const good = [
    "/backup/audit.git",
    "ssh://git@host.example:22/audit.git",
    "git@host.example:audit.git",
    "https://host.example/audit.git",
  ];
  for (const text of good) assert.equal(read(text, "x"), text);
  const bad = [
    "ext::sh -c id",
    "--upload-pack=id",
    "-oProxyCommand=id@host:x",
    "git@host:-x",
    "ssh://-oProxyCommand=id/x",
    "https://user:secret@host.example/audit.git",
    "http://host.example/audit.git",
    "relative/path",
    "/with\nline",
    "",
    7,
  ];
  for (const text of bad) assert.throws(() => read(text, "x"), { name: "Unfit" }, String(text));
});
