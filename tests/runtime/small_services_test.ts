/** The small services, each in its own worker with exactly its permissions. */
import assert from "node:assert/strict";
import { createSupervisor, type Supervisor } from "../../home/workers/supervisor.ts";
import { formatChainFacts } from "../money/evm/chain_facts.ts";
import type { JobFlags } from "../../market/intake.ts";
import { packText } from "../../market/pack_input.ts";
import { payment, rig } from "../network/connector/rig.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "../market/market.ts";
import { PLAIN_ORDER } from "../market/plain_order.ts";

interface Place extends AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly folder: string;
}

async function place(): Promise<Place> {
  const supervisor = createSupervisor({ log: () => {}, pingMs: 20, deadMs: 120_000 });
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  return {
    supervisor,
    folder,
    async [Symbol.asyncDispose]() {
      await supervisor.stop(0);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const ECHO: JobFlags = {
  type: "echo",
  input: null,
  ...PLAIN_ORDER,
  limitBytes: 32_767,
};

Deno.test("chain service reads its facts file once, knows nothing without one, and refuses a damaged one", async () => {
  await using at = await place();
  await using connector = await rig();
  const { buyer } = connector.channels;
  const file = `${at.folder}/facts.json`;
  await Deno.writeTextFile(file, formatChainFacts([buyer]));
  const chain = (await at.supervisor.service("chain", { factsFile: file })).client();
  assert.deepEqual(await chain.channel(buyer.channelId), buyer);
  assert.equal(await chain.channel(`0x${"0".repeat(64)}`), null);
  const none = (await at.supervisor.service("chain", { factsFile: null })).client();
  assert.equal(await none.channel(buyer.channelId), null);
  await Deno.writeTextFile(file, "{}");
  await assert.rejects(() => at.supervisor.service("chain", { factsFile: file }), {
    name: "ChainFactsError",
  });
  await assert.rejects(() => at.supervisor.service("chain", { factsFile: `${file}.none` }));
});

Deno.test("account service gives the connector's own figures, and null where nobody answers", async () => {
  await using at = await place();
  await using connector = await rig();
  const ask = async (url: string, token: string) => {
    const { host } = new URL(url.replace("btp+", ""));
    const auth = { username: "buyer", token };
    const handle = await at.supervisor.service("account", { url, auth, host });
    try {
      return await handle.client().figures();
    } finally {
      await handle.stop();
    }
  };
  const client = connector.client();
  await client.pay(payment(700n));
  const figures = await ask(connector.connector.url, "buyer token");
  assert.deepEqual([figures!.credited, figures!.spent, figures!.held], [700n, 700n, 0n]);
  assert.equal(await ask(connector.connector.url, "a wrong token"), null);
  const { url } = connector.connector;
  await connector.connector.close();
  assert.equal(await ask(url, "buyer token"), null);
  await connector.start();
});

Deno.test("key maker makes wallets that differ, in files of 0600, writes over none, and none elsewhere", async () => {
  await using at = await place();
  const own = `${at.folder}/own`;
  const other = `${at.folder}/other`;
  await Deno.mkdir(own);
  await Deno.mkdir(other);
  const maker = (await at.supervisor.service("key-maker", { folders: [own] })).client();
  const files = (folder: string, name: string) => ({
    keyFile: `${folder}/${name}.enc`,
    passphraseFile: `${folder}/${name}.pass`,
  });
  const [first, second] = [
    await maker.make(files(own, "a")),
    await maker.make(files(`${own}/deeper`, "b")),
  ];
  assert.match(first.pubkey, /^[0-9a-f]{64}$/);
  assert.match(first.paymentAddress, /^0x[0-9a-f]{40}$/);
  assert.notEqual(first.pubkey, second.pubkey);
  assert.notEqual(first.paymentAddress, second.paymentAddress);
  for (const path of Object.values(files(own, "a"))) {
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  }
  const before = await Deno.readTextFile(files(own, "a").keyFile);
  await assert.rejects(() => maker.make(files(own, "a")));
  assert.equal(await Deno.readTextFile(files(own, "a").keyFile), before);
  await assert.rejects(() => maker.make(files(other, "c")), { name: "NotCapable" });
});

Deno.test("market service builds requests without a permission, assigns them, and reads results", async (t) => {
  await using at = await place();
  const handle = await at.supervisor.service("market");
  const market = handle.client();
  await t.step("a text, standard input, and what was packed before", async () => {
    for (
      const [flags, expected] of [
        [{ input: "hi there" }, "hi there"],
        [{ input: "-", stdin: new TextEncoder().encode("piped") }, "piped"],
      ] as const
    ) {
      const { request, kind } = await market.build({ ...ECHO, ...flags }, BUYER);
      assert.equal(kind, 5600);
      assert.ok(request.tags.some(([name, value]) => name === "i" && value === expected));
      assert.equal(request.pubkey, BUYER);
    }
    const packed = packText("hello", null, ECHO);
    const { request } = await market.build({ ...ECHO, input: null, packed }, BUYER);
    assert.ok(request.tags.some(([name, value]) => name === "i" && value === "hello"));
  });
  await t.step("assigned: one p tag, another id, and the size with it", async () => {
    const built = await market.build({ ...ECHO, input: "x" }, BUYER);
    const once = await market.assign(built, PROVIDER);
    const twice = await market.assign(once, PROVIDER);
    assert.deepEqual(twice, once);
    assert.deepEqual(once.request.tags.filter(([name]) => name === "p"), [["p", PROVIDER]]);
    assert.notEqual(once.eventId, built.eventId);
    assert.ok(once.sizeBytes > built.sizeBytes);
  });
  await t.step("mistakes keep their code over the port", async () => {
    for (
      const [flags, code] of [
        [{ type: "nothing-like-it" }, "bad_job"],
        [{ timeoutS: 0 }, "bad_job"],
        [{ input: "x".repeat(40_000) }, "too_large"],
        [{ params: [["a", "1"], ["a", "2"]] }, "bad_job"],
      ] as const
    ) {
      await assert.rejects(
        () => market.build({ ...ECHO, ...flags } as JobFlags, BUYER),
        { name: "InputError", code },
      );
    }
  });
  await t.step("results of strangers", async () => {
    const result = (kind: number, content: string) =>
      new TextEncoder().encode(
        JSON.stringify(signed({ kind, created_at: NOW_S, tags: [], content }, PROVIDER)),
      );
    assert.equal((await market.readResult(5600, result(6600, "hi"))).content, "hi");
    assert.equal((await market.readResult(5601, result(6601, '{"exit_code":2}'))).exit_code, 2);
    await assert.rejects(() => market.readResult(5601, result(6601, "no")), {
      code: "malformed_content",
    });
    await assert.rejects(() => market.readResult(5601, new Uint8Array([1])));
  });
});

Deno.test("a supervisor counts the calls of each service", async () => {
  await using at = await place();
  const market = (await at.supervisor.service("market")).client();
  for (let asked = 0; asked < 2; asked++) {
    await market.build({ ...ECHO, input: "x" }, BUYER);
  }
  const served = () => at.supervisor.counters().market?.["served build"];
  while (served() !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("skill catalog finds this machine's tools and skills, and says which skills cannot be used", async () => {
  await using at = await place();
  const folders = [`${at.folder}/skills`, `${at.folder}/missing`];
  await Deno.mkdir(`${folders[0]}/broken`, { recursive: true });
  await Deno.writeTextFile(`${folders[0]}/broken/skill.toml`, "name = ");
  const path = Deno.env.get("PATH") ?? "";
  const execPath = Deno.execPath();
  const toolFolders = [
    ...path.split(":").filter((each) => each.startsWith("/")),
    execPath.slice(0, execPath.lastIndexOf("/")),
  ];
  const handle = await at.supervisor.service("skill-catalog", {
    path,
    execPath,
    folders,
    approvals: [`${at.folder}/approved_skills.json`],
    toolFolders,
    platform: "linux/amd64",
    scratch: at.folder,
    images: `${at.folder}/images`,
  });
  const { tools, skills, problems, sandbox } = await handle.client().look();
  assert.equal(typeof tools.sh, "string");
  const named = skills.map(({ name, kinds }) => `${name} ${kinds}`);
  // Where there is no engine, no images are offered.
  assert.deepEqual(named.filter((each) => each !== "image-build 5602"), [
    "echo 5600",
    "ci-run 5601",
  ]);
  assert.ok(skills.every(({ price, builtin }) => builtin && price.flatUnits >= 20_000n));
  assert.ok(["bubblewrap", "none"].includes(sandbox.type), sandbox.type);
  assert.equal(problems.length, 1);
  assert.match(problems[0].folder, /broken$/);
});
