import { START_FLAGS } from "../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Asked {
  readonly permission: string;
  readonly value: string;
  readonly stack?: readonly string[];
}

Deno.test("the supervisor's thread requests no data while data flows: only stages do", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const audit = join(folder, "audit.jsonl");
    const stages = [
      { stage: "numbers", options: { count: 50 } },
      { stage: "prober" },
      { stage: "effects" },
    ];
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        ...START_FLAGS,
        "--allow-all",
        fileURLToPath(new URL("./faults.ts", import.meta.url)),
        JSON.stringify({ stages }),
      ],
      env: { DENO_AUDIT_PERMISSIONS: audit, DENO_TRACE_PERMISSIONS: "1" },
    }).output();
    assert.equal(code, 0);
    const lines = (await Deno.readTextFile(audit)).split("\n").filter(Boolean);
    const asked = lines.map((line) => JSON.parse(line) as Asked);
    // What has no stack, or is the module of a new worker, is the loading of modules.
    const spawned = (frame: string) => frame.startsWith("createWorker ");
    const traced = asked.filter(({ stack }) => stack !== undefined && !stack.some(spawned));
    assert.ok(traced.length > 0, "the probing stage was not audited");
    for (const { permission, value, stack } of traced) {
      const own = stack!.some((frame) => frame.includes("/stages/prober.ts"));
      assert.ok(own, `${permission} ${value} was asked for by ${stack!.join(" < ")}`);
    }
    const loads = asked.filter(({ stack }) => stack === undefined);
    assert.deepEqual(loads.filter(({ permission }) => permission !== "read"), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
