/** A provider whose owner allows other payment modes for each skill: one is sold on delivery alone, one by increments, one in any mode. */
import assert from "node:assert/strict";
import { faultsOf } from "../../commands/json_schemas.ts";
import { type Document, testHome, until } from "../process.ts";
import { home } from "./one_home.ts";

const CONFIG = `[node.payment_modes]
echo = ["on-delivery"]
ci-run = ["metered"]
`;
const CI = ["ci-run", "--input", "fixtures/projects/greeting", "--param", "command=true"];

Deno.test("node.payment_modes: a skill that is sold on delivery alone is bought in no other mode, and each skill has its own", async () => {
  await using other = await testHome();
  await Deno.writeTextFile(`${other.path}/crosstown.toml`, CONFIG);
  const there = (args: readonly string[]): Promise<Document> =>
    home.json([...args, "--network", "dev", "--home", other.path]);
  const { pubkey } = await there(["node", "up", "--detach"]);
  try {
    const submit = (args: readonly string[], code = 0): Promise<Document> =>
      home.json(
        ["job", "submit", ...args, "--provider", pubkey, "--bid", "0.5", "--again", "--wait"],
        { code },
      );
    const { prices } = await until("its announcement", async () => {
      const { providers } = await home.json(["provider", "list"]);
      return providers.find((each: Document) => each.pubkey === pubkey);
    });
    const modes = (kind: number) =>
      prices.find((price: Document) => price.kind === kind).payment_modes;
    assert.deepEqual([modes(5600), modes(5601)], [["on-delivery"], ["metered"]]);
    assert.deepEqual(modes(5602), ["upfront", "on-delivery"], "no mode is named");

    // Nobody is asked or paid in a mode that the skill does not have.
    const { jobs: before } = await home.json(["job", "list"]);
    const refusedAs = async (args: readonly string[], payment: string) =>
      (await submit([...args, "--payment", payment], 1)).error.code;
    assert.equal(await refusedAs(["echo", "--input", "hi"], "upfront"), "no_upfront");
    assert.equal(await refusedAs(["echo", "--input", "hi"], "metered"), "no_provider");
    assert.equal(await refusedAs(CI, "upfront"), "no_upfront");
    assert.equal(await refusedAs(CI, "on-delivery"), "no_provider");
    assert.deepEqual((await home.json(["job", "list"])).jobs, before, "nothing was posted");

    // A buyer that names no mode pays as the skill is sold.
    const sealed = await submit(["echo", "--input", "hi"]);
    assert.deepEqual([sealed.status, sealed.payment.mode, sealed.result.content], [
      "success",
      "on-delivery",
      "hi",
    ]);
    const metered = await submit(CI);
    assert.deepEqual([metered.status, metered.payment.mode], ["success", "metered"]);

    // Its quotes are those of its announcement, in both modes.
    const trust = await home.json(["provider", "trust", pubkey]);
    assert.deepEqual(faultsOf("provider-trust", trust), []);
    assert.deepEqual([trust.jobs, trust.succeeded, trust.above_announced], [2, 2, 0]);
    for (const { job_id, price } of trust.parts) {
      const { job_units } = [sealed, metered].find((job) => job.job_id === job_id)!.paid;
      assert.deepEqual([price.kept, price.paid_units], [1, job_units]);
      assert.equal(price.quoted_units, price.promised_units);
    }

    // The owner's change counts at once.
    await Deno.writeTextFile(
      `${other.path}/crosstown.toml`,
      CONFIG.replace("on-delivery", "upfront"),
    );
    const upfront = await until("the other mode", async () => {
      const now = await home.run([
        ...["job", "submit", "echo", "--input", "hi", "--provider", pubkey, "--bid", "0.5"],
        ...["--payment", "upfront", "--again", "--wait", "--output", "json"],
      ]);
      return now.code === 0 && JSON.parse(now.stdout);
    });
    assert.deepEqual([upfront.status, upfront.payment.mode], ["success", "upfront"]);
  } finally {
    await home.run(["node", "down", "--home", other.path]);
  }
});
