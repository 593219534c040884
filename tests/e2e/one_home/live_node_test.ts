/** A provider whose `crosstown.toml` changes while it runs. */
import assert from "node:assert/strict";
import { type Document, testHome, until } from "../process.ts";
import { home } from "./one_home.ts";

const sha256 = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();

Deno.test("a node sells at changed prices, to the buyers of its list, and says its changed tags and name, also after a rest", async () => {
  await using other = await testHome();
  const there = (args: readonly string[], code = 0): Promise<Document> =>
    home.json([...args, "--network", "dev", "--home", other.path], { code });
  const up = await there(["node", "up", "--detach"]);
  try {
    const file = `${other.path}/crosstown.toml`;
    const use = async (text: string) => {
      await Deno.writeTextFile(file, text);
      const digest = await sha256(text);
      const told = await until("the file", async () => {
        const { settings } = await there(["node", "status"]);
        return settings.file_sha256 === digest && settings;
      });
      assert.deepEqual(told, { file_sha256: digest, restart: [], refused: [], problem: null });
    };
    const offer = () =>
      until("its announcement", async () => {
        const { providers } = await home.json(["provider", "list"]);
        return providers.find((each: Document) => each.pubkey === up.pubkey);
      });
    const submit = (code: number) =>
      home.json([
        ...["job", "submit", "echo", "--input", "hi", "--again", "--wait"],
        ...["--provider", up.pubkey],
      ], { code });

    await use('[node]\nname = "Beta"\ntags = ["fast"]\n[node.prices]\necho = 700\n');
    const seen = await until("the new price", async () => {
      const found = await offer();
      return JSON.stringify(found.prices).includes("700") && found;
    });
    assert.match(JSON.stringify(seen), /"Beta"/);
    assert.match(JSON.stringify(seen), /"fast"/);
    const job = await submit(0);
    assert.equal(job.paid.job_units, "700");

    await use(`[node]\nallow_buyers = ["${"ab".repeat(32)}"]\n[node.prices]\necho = 700\n`);
    const named = (wanted: boolean) =>
      until(
        "the announced list",
        async () =>
          (await offer()).prices.every((price: Document) => price.named_buyers === wanted),
      );
    await named(true);
    const balances = async () =>
      (await home.json(["channel", "list"])).channels.map(({ balance_m2m }: Document) =>
        balance_m2m
      );
    const before = await balances();
    const { error } = await submit(1);
    assert.equal(error.code, "buyer_not_named");
    assert.match(error.message, /gave no quote: the buyer is not on the allow list; nothing was/);
    assert.deepEqual(await balances(), before);
    const { pubkey } = await home.json(["wallet", "whoami"]);
    await use(`[node]\nallow_buyers = ["${pubkey}"]\n[node.prices]\necho = 700\n`);
    await submit(0);
    await use("[node.prices]\necho = 700\n");
    await named(false);

    // The skills' worker that starts for the next request knows what changed while there was none.
    const rests = async () => {
      const { accepted, requests } = (await there(["node", "status"])).pipelines;
      return [accepted, requests].map((counters) => counters["skill-sink"].rests ?? 0);
    };
    await new Promise((resolve) => setTimeout(resolve, 58_000));
    const rested = await until("the rest", async () => {
      const now = await rests();
      return now.every((times) => times > 0) && now;
    });
    await use("[node.prices]\necho = 900\n");
    await until(
      "the newer price",
      async () => JSON.stringify((await offer()).prices).includes("900"),
    );
    assert.deepEqual(await rests(), rested, "nothing started the worker meanwhile");
    assert.equal((await submit(0)).paid.job_units, "900");
  } finally {
    await there(["node", "down"]);
  }
});
