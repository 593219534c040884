/** Thirty jobs run at once on one provider; the next one waits, a light one does not; a cancelled one is gone with all its processes. */
import assert from "node:assert/strict";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { devHome, type Document, testHome, until } from "./process.ts";

const AT_ONCE = 30;

const noPgrep = await new Deno.Command("pgrep", { args: ["-V"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => !success, () => true);
const why = noPgrep ? " (ignored: no pgrep)" : "";

Deno.test(
  `a provider runs 30 jobs at once, light ones beside them, and ends a cancelled one with its process tree${why}`,
  {
    ignore: noPgrep,
  },
  async () => {
    await using home = await devHome();
    await using other = await testHome();
    const project = await Deno.makeTempDir();
    const mark = `thirty-${crypto.randomUUID()}`;
    // The mark is an argument of a grandchild, which survives if only its parent is killed.
    const command = `echo up; sh -c 'while :; do sleep 600; done' ${mark} & wait`;
    const running = async () => {
      const { stdout } = await new Deno.Command("pgrep", {
        args: ["-cf", `^sh -c while .* ${mark}$`],
      }).output();
      return Number(new TextDecoder().decode(stdout));
    };
    // pgrep reads the whole table of processes: it is not asked as often as `until` would.
    const untilRunning = (count: number) =>
      until(`${count} jobs at once`, async () => {
        if (await running() === count) return true;
        await new Promise((resolve) => setTimeout(resolve, 500));
        return false;
      });
    try {
      await Deno.writeTextFile(`${project}/input.txt`, "x\n");
      await Deno.writeTextFile(`${other.path}/crosstown.toml`, "[node]\nprice_units = 1000\n");
      const there = ["--network", "dev", "--home", other.path];
      const { pubkey } = await home.json(
        ["node", "up", "--detach", "--jobs", String(AT_ONCE), ...there],
      );
      await home.json(["mayor", "up", "--detach"]);
      const bought = (args: readonly string[]): Promise<Document> =>
        home.json(["job", "submit", ...args, "--provider", pubkey, "--again", "--timeout", "3000"]);
      const ciRun = () => bought(["ci-run", "--input", project, "--param", `command=${command}`]);
      const jobs: Document[] = [];
      while (jobs.length <= AT_ONCE) {
        const length = Math.min(3, AT_ONCE + 1 - jobs.length);
        jobs.push(...await Promise.all(Array.from({ length }, ciRun)));
      }
      await untilRunning(AT_ONCE);
      // A skill that starts no process needs no place.
      const echo = await bought(["echo", "--input", "beside", "--wait"]);
      assert.equal(echo.status, "success");
      assert.equal(await running(), AT_ONCE);

      const store = await openSqliteStore({
        folder: `${other.path}/hooks/mayor-001/crosstown`,
        clock: Date.now,
        readOnly: true,
      });
      try {
        const rows = await store.listJobs({ role: "provider", status: ["processing"] });
        assert.equal(rows.length, AT_ONCE);
        await home.json(["job", "cancel", rows[0].jobId]);
        // Its place goes to one of those that waited.
        await until("the next job", async () => {
          const now = await store.listJobs({ role: "provider", status: ["processing"] });
          return now.length === AT_ONCE && now.every(({ jobId }) => jobId !== rows[0].jobId);
        });
        await untilRunning(AT_ONCE);
        const usage = await store.jobUsage(rows[0].jobId);
        assert.ok(
          usage !== null && usage.wallMs > 0 && usage.outputBytes === 3,
          `${usage?.wallMs}`,
        );
      } finally {
        await store.close();
      }
      await home.run(["node", "down", "--home", other.path]);
      await untilRunning(0);
      await home.run(["mayor", "down"]);
    } finally {
      // Also after a failure, whose error a process that stays would hide.
      await home.run(["node", "down", "--home", other.path]);
      await Deno.remove(project, { recursive: true });
    }
  },
);
