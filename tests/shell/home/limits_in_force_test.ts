import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { run } from "../../commands/memory_io.ts";

/** A home that asks for 40 M2M a job and 50 an hour; `raised`: ceilings that were set with the passphrase, and their networks. */
async function configOf(raised: readonly (readonly [network: string, units: string])[]) {
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    await Deno.writeTextFile(
      `${root}/crosstown.toml`,
      '[limits]\njob_m2m = "40"\nhour_m2m = "50"\n',
    );
    const folder = `${root}/hooks/mayor-001/crosstown`;
    await Deno.mkdir(folder, { recursive: true });
    for (const [network, units] of raised) {
      const store = await openSqliteStore({ folder, clock: Date.now, journal: true, network });
      await store.commit([{
        op: "journal",
        entry: { type: "limits", outcome: "set", data: { job_units: units } },
      }]);
      await store.close();
    }
    const text = await run(["config", "--home", root]);
    const { out } = await run(["config", "--home", root, "--output", "json"]);
    const values: { key: string; value: string; in_force: string }[] = JSON.parse(out).values;
    const job = values.find(({ key }) => key === "limits.job_m2m")!;
    const hour = values.find(({ key }) => key === "limits.hour_m2m")!;
    return { text: text.out, job, hour };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

for (
  const { name, raised, inForce } of [
    { name: "never raised", raised: [], inForce: "10.000000" },
    { name: "raised to less", raised: [["base-sepolia", "20000000"]], inForce: "20.000000" },
    {
      name: "raised for the dev network's wallet alone",
      raised: [["dev", "90000000"]],
      inForce: "10.000000",
    },
    {
      name: "raised, then lowered again",
      raised: [["base-sepolia", "90000000"], ["base-sepolia", "5000000"]],
      inForce: "5.000000",
    },
  ] as const
) {
  Deno.test(`config shows a limit that is set and what is in force: ${name}`, async () => {
    const { text, job, hour } = await configOf(raised);
    assert.deepEqual([job.value, job.in_force], ["40.000000", inForce]);
    assert.deepEqual([hour.value, hour.in_force], ["50.000000", "50.000000"]);
    assert.match(
      text,
      new RegExp(`^limits.job_m2m is set, but ${inForce} is in force;`, "m"),
    );
    assert.match(text, /'crosstown wallet limits --set job=40' raises it/);
    assert.doesNotMatch(text, /hour_m2m is set, but/);
  });
}

Deno.test("config says nothing of a limit that was raised far enough", async () => {
  const { text, job } = await configOf([["base-sepolia", "40000000"]]);
  assert.equal(job.in_force, "40.000000");
  assert.doesNotMatch(text, /is in force/);
});
