/** `job submit` and `job quote` beside a daemon: the daemon builds their requests, and mistakes are told as without one. */
import assert from "node:assert/strict";
import { until } from "../process.ts";
import { home } from "./no_daemon.ts";

async function built(): Promise<number> {
  const { services } = await home.json(["mayor", "status"]);
  return services.market?.["served build"] ?? 0;
}

Deno.test("a daemon builds the requests of job submit and job quote, and refuses mistakes as a command does", async (t) => {
  const wrong = [
    ["job", "submit", "echo", "--input", "x", "--timeout", "0"],
    ["job", "submit", "nothing-like-it", "--input", "x"],
    ["job", "submit", "echo", "--input", "x".repeat(70_000)],
  ];
  const alone: Awaited<ReturnType<typeof home.run>>[] = [];
  for (const command of wrong) alone.push(await home.run(command));
  await home.json(["mayor", "up", "--detach"]);
  try {
    await t.step("it builds them", async () => {
      const text = "built by the daemon";
      const job = await home.json(["job", "submit", "echo", "--input", text, "--wait"]);
      assert.deepEqual([job.status, job.result.content], ["success", text]);
      const { quotes } = await home.json(["job", "quote", "echo", "--input", text]);
      assert.equal(quotes.length, 1);
      // The daemon's status is told once a second.
      await until("two requests", async () => await built() === 2);
    });
    await t.step("an input from standard input comes to it as it is", async () => {
      const job = await home.json(["job", "submit", "echo", "--input", "-", "--wait"], {
        stdin: "é, 1\n2",
      });
      assert.equal(job.result.content, "é, 1\n2");
    });
    await t.step("it refuses the same", async () => {
      for (const [at, command] of wrong.entries()) {
        const { code, stderr, stdout } = await home.run(command);
        assert.equal(stderr, alone[at].stderr);
        assert.deepEqual([code, stdout], [alone[at].code, alone[at].stdout]);
      }
    });
  } finally {
    await home.json(["mayor", "down"]);
  }
});
