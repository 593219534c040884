/** The dashboard's keys that show or spend money, on a pseudo-terminal and a dev network: payments, the price of a job again, a deposit. */
import assert from "node:assert/strict";
import { devHome, type Document, startMayor } from "./process.ts";
import { HAS_TERMINAL, played } from "./terminal.ts";

Deno.test({
  name:
    "mayor attach lists the payments (m), names the price before it buys again (r), and deposits a typed amount (t) (needs 'script')",
  ignore: !HAS_TERMINAL,
  async fn() {
    await using home = await devHome();
    await startMayor(home);
    const job: Document = await home.json(["job", "submit", "echo", "--input", "x", "--wait"]);
    assert.equal(job.status, "success");
    const { channels: [before] }: Document = await home.json(["channel", "list"]);
    const { code, shown } = await played(["mayor", "attach"], [
      { seen: new RegExp(`> ${job.job_id}`), keys: "m" },
      { seen: /WHAT +AMOUNT +LEFT +JOB +OUTCOME/ },
      {
        // On a busy machine the payments come in a later frame than the keys below them.
        seen: new RegExp(`(write|payment) +0\\.0\\d+ M2M +49\\.\\d+ M2M +${job.job_id} +fulfilled`),
        keys: "m",
      },
      { seen: /Enter open/, keys: "r" },
      {
        seen: new RegExp(
          `buy ${job.job_id} again for 0\\.0\\d+ M2M, at most 0\\.0\\d+ M2M\\? +y yes`,
        ),
        keys: "y",
      },
      { seen: new RegExp(`${job.job_id} is bought again`), keys: "t" },
      { seen: /deposit 10\.00 M2M_ into ch_[0-9a-f]{8}/, keys: "1.5\r" },
      { seen: /deposit 1\.50 M2M into ch_[0-9a-f]{8}\? +y yes/, keys: "y" },
      { seen: /1\.50 M2M deposited into ch_/, keys: "q" },
    ], { home: home.path });
    assert.equal(code, 0, shown);
    assert.match(shown, /WHAT +AMOUNT +LEFT +JOB +OUTCOME[^]*?Esc back {2}up\/down scroll/);
    const { channels: [after] }: Document = await home.json(["channel", "list"]);
    assert.equal(BigInt(after.deposit_units) - BigInt(before.deposit_units), 1_500_000n);
    const { jobs }: Document = await home.json(["job", "list"]);
    assert.equal(jobs.length, 2);
    const [bought] = jobs.filter(({ job_id }: Document) => job_id !== job.job_id);
    assert.equal(bought.type, "echo");
  },
});
