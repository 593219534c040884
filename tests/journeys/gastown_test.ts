/**
 * A town: a mayor's agent in its git worktree slings a job, ends, and finds the result on its hook. The mayor's daemon and a skill of the
 * town bring it there.
 */
import assert from "node:assert/strict";
import { tool } from "../e2e/bundle.ts";
import { devHome, type Document, until } from "../e2e/process.ts";

Deno.test({
  name:
    "an agent in a worktree of a town slings a job by command, and a callback skill brings its result to the mayor's hook",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using town = await devHome();
    const mayor = "mayor-002";
    const rig = await Deno.makeTempDir({ prefix: "ct-rig-" });
    const worktree = `${rig}/polecats/toast`;
    const hook = `${town.path}/hooks/${mayor}`;
    const git = (...args: string[]) => tool("git", args, rig);
    await git("init", "--quiet", "--initial-branch=main");
    await Deno.writeTextFile(`${rig}/test.sh`, "echo 3 passed, 0 failed\n");
    await git("add", "--all");
    await git(
      ...["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"],
      ...["commit", "--quiet", "--message=first"],
    );
    await git("worktree", "add", "--quiet", worktree, "-b", "toast");
    // The mayor's own hook may be a worktree too.
    await git("worktree", "add", "--quiet", hook, "-b", "mayor");

    // Everything that the agent has is its working folder and these variables. The rig is in no folder for temporary files.
    const temporary = `${town.path}/tmp`;
    await Deno.mkdir(temporary);
    const env = { GASTOWN_HOME: town.path, GASTOWN_MAYOR: mayor, TMPDIR: temporary };
    const agent = { env, cwd: worktree };
    const json = (args: readonly string[]): Promise<Document> => town.json(args, agent);
    try {
      const up = await json(["mayor", "up", "--detach"]);
      assert.equal(up.role, "mayor");
      const posted = await json([
        ...["sling", "ci-run", "--input", ".", "--param", "command=sh test.sh"],
        ...["--callback", "ci-status"],
      ]);
      // The agent's process has ended. Nobody waits for the job.
      const artifacts = `${hook}/artifacts/${posted.job_id}`;
      const shown = await until("the callback's end", async () => {
        const job = await json(["job", "status", posted.job_id]);
        return job.callback?.state === "done" && job;
      });
      assert.equal(shown.callback.skill, "ci-status");
      const run = JSON.parse(await Deno.readTextFile(`${artifacts}/check-run.json`));
      assert.equal(run.conclusion, "success");
      assert.equal(await Deno.readTextFile(`${artifacts}/exit-code`), "0\n");

      // The agent took it off its hook by mistake: it is brought again, and paid only once.
      await Deno.remove(artifacts, { recursive: true });
      await json(["hook", posted.job_id]);
      assert.equal(await Deno.readTextFile(`${artifacts}/exit-code`), "0\n");
      assert.equal((await json(["job", "status", posted.job_id])).paid_units, shown.paid_units);

      // Both worktrees are as they were: the records are in a repository of their own, which git does not see.
      for (const folder of [worktree, hook]) {
        const { stdout } = await new Deno.Command("git", {
          args: ["status", "--porcelain", "--", ":!artifacts"],
          cwd: folder,
        }).output();
        assert.equal(new TextDecoder().decode(stdout), "", folder);
      }
      assert.deepEqual((await json(["convoy", "list"])).sequences, []);
    } finally {
      await json(["mayor", "down"]);
      await Deno.remove(rig, { recursive: true });
    }
  },
});
