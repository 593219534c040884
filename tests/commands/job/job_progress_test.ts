import assert from "node:assert/strict";
import { warnMetered } from "../../../commands/job/job_progress.ts";
import type { HomeClient } from "../../../shell/home/home_client.ts";
import type { JobRow } from "../../../store/job_row.ts";
import type { Invocation } from "../../../shell/command.ts";

for (
  const { name, role, status, meter, warns } of [
    {
      name: "says who pays when its command ends",
      role: "command",
      status: "paid",
      meter: {},
      warns: true,
    },
    {
      name: "is silent where a daemon pays",
      role: "mayor",
      status: "paid",
      meter: {},
      warns: false,
    },
    {
      name: "is silent about a job that ended",
      role: "command",
      status: "success",
      meter: {},
      warns: false,
    },
    {
      name: "is silent about a job paid at once",
      role: "command",
      status: "paid",
      meter: null,
      warns: false,
    },
  ]
) {
  Deno.test(`warnMetered() ${name}`, async () => {
    const warned: string[] = [];
    const output = { warn: (text: string) => Promise.resolve(void warned.push(text)) };
    const home = { about: { role }, read: () => Promise.resolve(meter) };
    await warnMetered(
      { output } as unknown as Pick<Invocation, "output">,
      home as unknown as Pick<HomeClient, "about" | "read">,
      { jobId: "job-0123456", eventId: "ab".repeat(32), status } as unknown as JobRow,
    );
    assert.equal(warned.length, warns ? 1 : 0);
    if (warns) assert.match(warned[0]!, /crosstown job wait job-0123456/);
  });
}
