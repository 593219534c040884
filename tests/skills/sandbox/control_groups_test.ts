import assert from "node:assert/strict";
import { findControlGroups } from "../../../skills/sandbox/control_groups.ts";
import { noGroups, tools } from "../machine.ts";

Deno.test(
  `the next start ends a job that outlived its killed provider, and no other${noGroups.why}`,
  {
    ignore: noGroups.ignore,
  },
  async () => {
    const ended = new Deno.Command(tools.sh!, { args: ["-c", ":"] }).spawn();
    await ended.status;
    const job = async (provider: number) => {
      const group = `${tools.groups!.memory}/crosstown-job-${provider}-of-a-test`;
      const child = new Deno.Command(tools.sh!, {
        args: [
          "-c",
          'mkdir "$1" && echo $$ >"$1/cgroup.procs" && echo in && exec sleep 600',
          ...["sh", group],
        ],
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      assert.equal(new TextDecoder().decode((await reader.read()).value), "in\n");
      await reader.cancel();
      return { group, child };
    };
    const [left, running] = [await job(ended.pid), await job(Deno.pid)];
    try {
      await findControlGroups({ sh: tools.sh!, path: tools.path });
      assert.equal((await left.child.status).signal, "SIGKILL");
      assert.equal(await shell('[ -d "$1" ]', left.group), false);
      assert.equal(await shell('[ -d "$1" ]', running.group), true);
    } finally {
      running.child.kill("SIGKILL");
      await running.child.status;
      assert.equal(await shell('until rmdir "$1"; do sleep 0.05; done', running.group), true);
    }
  },
);

/** Whether shell text succeeds; a test may not look at the kernel's files itself. */
async function shell(script: string, group: string): Promise<boolean> {
  const { success } = await new Deno.Command(tools.sh!, {
    args: ["-c", script, "sh", group],
    stderr: "null",
  }).output();
  return success;
}
