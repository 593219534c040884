/** The channel commands on the dev network's real chain, as a person runs them. */
import assert from "node:assert/strict";
import { isLong } from "../long.ts";
import { devHome, type Document, network, until } from "./process.ts";

const LIST_KEYS = [
  "channel_id",
  "onchain_id",
  "status",
  "peer",
  "connector",
  "nonce",
  "deposit_units",
  "signed_units",
  "spent_units",
  "balance_m2m",
  "auto_deposited_units",
  "auto_deposits_today",
];

/** On the second wire only a long run has the steps in which nothing goes over the wire. */
const isWhole = isLong || network.wire === "interledger";

Deno.test("channels on the dev network's chain, from open to settlement", async (t) => {
  const local = async (name: string, step: () => Promise<void>): Promise<void> => {
    if (isWhole) await t.step(name, step);
  };
  await using home = await devHome();
  const channels = async (): Promise<Document[]> => (await home.json(["channel", "list"])).channels;
  const job = async (input: string): Promise<Document> =>
    await home.json(["job", "submit", "echo", "--input", input, "--wait"]);
  const tokens = async (): Promise<Record<string, bigint>> => {
    const { parties, minted_units, in_channels_units } = await home.json(["dev", "balances"]);
    const of = Object.fromEntries(
      parties.map(({ party, units }: Document) => [party, BigInt(units)]),
    );
    const sum = Object.values(of).reduce((total: bigint, units) => total + (units as bigint), 0n);
    assert.equal(sum + BigInt(in_channels_units), BigInt(minted_units), "no token is lost");
    return of;
  };
  let id = "";

  await local("--dry-run prices the transactions and sends none", async () => {
    const plan = await home.json(["channel", "open", "--deposit", "50", "--dry-run"]);
    assert.equal(plan.dry_run, true);
    assert.equal(plan.refused, null);
    assert.deepEqual(
      plan.steps.map(({ call }: Document) => call),
      ["openChannel", "approve", "setTotalDeposit"],
    );
    assert.ok(plan.steps.every(({ max_fee_wei }: Document) => BigInt(max_fee_wei) > 0n));
    assert.deepEqual(await channels(), []);
    assert.equal((await tokens()).buyer, 1_000_000_000n);
  });

  await t.step("open prints the document of the contract", async () => {
    const opened = await home.json(["channel", "open", "--deposit", "50", "--network", "dev"]);
    assert.deepEqual(
      Object.keys(opened),
      ["schema", "channel_id", "onchain_id", "deposit_units", "tx", "elapsed_ms"],
    );
    assert.match(opened.channel_id, /^ch_[0-9a-f]{8,}$/);
    assert.equal(opened.onchain_id.slice(2, 10), opened.channel_id.slice(3, 11));
    assert.match(opened.tx, /^0x[0-9a-f]{64}$/);
    assert.equal(opened.deposit_units, "50000000");
    id = opened.channel_id;
    assert.equal((await tokens()).buyer, 950_000_000n);
  });

  await local(
    "list, show and deposit tell the same channel; a wrong one is told apart",
    async () => {
      const [row, ...more] = await channels();
      assert.deepEqual(more, []);
      assert.deepEqual(Object.keys(row), LIST_KEYS);
      const { stdout } = await home.run(["channel", "list", "--output", "csv"]);
      assert.equal(stdout.split("\r\n")[0], LIST_KEYS.join(","));
      const shown = await home.json(["channel", "show", id.slice(0, 8)]);
      assert.equal(shown.onchain_id, row.onchain_id);
      await home.json(["channel", "deposit", id, "10"]);
      assert.equal((await channels())[0].balance_m2m, "60.000000");
      const text = await home.run(["channel", "show", id]);
      assert.match(text.stdout, /^TESTNET dev/);
      assert.match(text.stdout, /60\.00 M2M deposited/);
      const { error } = await home.json(["channel", "show", "ch_00000000"], { code: 1 });
      assert.equal(error.code, "channel_not_found");
      // Nobody knows the passphrase of the dev network's wallet.
      const limits = await home.json(["wallet", "limits", "--set", "job=40"]);
      assert.equal(limits.limits.job, "40000000");
      const greedy = await home.json(["channel", "deposit", id, "1000"], { code: 1 });
      assert.equal(greedy.error.code, "channel_ceiling");
    },
  );

  await t.step(
    "a lost disk: the same nonce, signed amount and deposit, and the next job goes through",
    async () => {
      assert.equal((await job("before")).status, "success");
      const [before] = await channels();
      assert.ok(before.nonce > 0 && BigInt(before.signed_units) > 0n);
      await Deno.remove(`${home.path}/hooks/mayor-001/crosstown`, { recursive: true });
      const { channels: [recovered] } = await home.json(["channel", "recover"]);
      assert.deepEqual(recovered, before);
      assert.equal((await job("after")).status, "success");
      const [after] = await channels();
      assert.ok(after.nonce > before.nonce);
      assert.ok(BigInt(after.signed_units) > BigInt(before.signed_units));
    },
  );

  await local("a daemon at work on the home is handed the work", async () => {
    await home.json(["mayor", "up", "--detach"]);
    const [row] = await channels();
    assert.equal(row.channel_id, id);
    const plan = await home.json(["channel", "close", id, "--dry-run"]);
    assert.deepEqual(plan.steps.map(({ call }: Document) => call), ["closeChannel"]);
    await home.json(["mayor", "down"]);
  });

  await t.step("close, the connector's claim, the grace period, settlement", async () => {
    const [{ signed_units }] = await channels();
    const closed = await home.json(["channel", "close", id]);
    assert.equal(closed.status, "closed");
    const early = await home.json(["channel", "settle", id], { code: 1 });
    assert.equal(early.error.code, "channel_state");
    assert.match(early.error.suggestion, /dev advance/);
    await until("the connector's claim", async () => {
      const { claimed_units } = await home.json(["channel", "show", id]);
      return claimed_units === signed_units;
    });
    await home.json(["dev", "advance", "25h"]);
    assert.equal((await home.json(["channel", "settle", id])).status, "settled");
    assert.equal((await home.json(["channel", "settle", id])).status, "settled", "once more");
    assert.equal((await tokens()).buyer, 1_000_000_000n - BigInt(signed_units));
  });

  await local("dev advance refuses what is no time", async () => {
    for (const time of ["0s", "1", "-1d", "9999d", "1w"]) {
      const { code } = await home.run(["dev", "advance", time]);
      assert.ok(code === 1 || code === 2, time);
    }
  });
});
