import { hostOfUrl } from "../../base/urls.ts";
import assert from "node:assert/strict";
import { openHome } from "../../home/home.ts";
import connector from "../../home/local/connector.ts";
import intake from "../../home/local/intake.ts";
import judge from "../../home/local/judge.ts";
import { OWN_PRICES, rulesOf } from "../../home/local/provider_rules.ts";
import { connectorOptionsOf } from "../../home/outbound.ts";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { BUYER, NOW_S, PROVIDER, request } from "../market/market.ts";
import { until } from "../until.ts";
import { walletFolder } from "./wallet_folder.ts";
import { PLAIN_ORDER } from "../market/plain_order.ts";

Deno.test("openHome() starts the services with the wallet's identity, whether or not the network is there, and frees the store", async () => {
  await using made = await walletFolder();
  for (let n = 0; n < 2; n++) {
    const home = await openHome(made.options);
    const { answersKey, ...identity } = home.identity;
    assert.deepEqual(identity, made.identity);
    assert.equal(answersKey, await home.signer.answersKey());
    assert.equal((await home.store.totals()).openOutgoing, 0);
    assert.equal(await home.chain.channel("0x00"), null);
    await home.stop();
  }
});

Deno.test("a one-off command starts the chain's worker with the first call", async () => {
  await using made = await walletFolder();
  const { profile } = made.options;
  const rpcUrls = ["http://127.0.0.1:1"];
  const started: string[] = [];
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      started.push(options?.name ?? "");
    }
  };
  try {
    const home = await openHome({
      ...made.options,
      profile: { ...profile, chain: { ...profile.chain, rpcUrls } },
    });
    await home.store.totals();
    const ofChain = () => started.filter((name) => /^(chain|channel-manager)/.test(name));
    assert.deepEqual(ofChain(), []);
    const asked = home.chain.channel(`0x${"00".repeat(32)}`).catch(() => null);
    await until(() => ofChain().length > 0);
    await home.stop();
    await asked;
  } finally {
    globalThis.Worker = Worker;
  }
});

Deno.test("openHome() rejects with the cause, and leaves nothing running or locked", async () => {
  await using made = await walletFolder();
  await Deno.writeTextFile(`${made.root}/wrong`, "not the passphrase\n", { mode: 0o600 });
  const wrong = { ...made.options.keys, passphrase: { file: `${made.root}/wrong` } };
  await assert.rejects(() => openHome({ ...made.options, keys: wrong }));
  const store = await openSqliteStore({ folder: made.options.paths.stateFolder, clock: Date.now });
  try {
    await assert.rejects(() => openHome(made.options), { code: "locked" });
  } finally {
    await store.close();
  }
  await (await openHome(made.options)).stop();
});

Deno.test("hostOfUrl() is the host and port that the connector's address names", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["btp+ws://127.0.0.1:7200", "127.0.0.1:7200"],
    ["btp+wss://c.example", "c.example:443"],
    ["btp+ws://c.example/path", "c.example:80"],
    ["btp+wss://[::1]:9/", "[::1]:9"],
  ];
  for (const [url, host] of cases) assert.equal(hostOfUrl(url), host);
});

const context = {
  clock: () => NOW_S * 1000,
  log: () => {},
  signal: new AbortController().signal,
  count: () => {},
} as unknown as Parameters<typeof connector>[2];

Deno.test("a connector session is not made where the profile names no connector", async () => {
  const home = {
    options: { profile: BASE_SEPOLIA, limits: { frameBytes: 1_048_576 } } as never,
    identity: { pubkey: BUYER } as never,
    spending: { jobUnits: 1n, providerDayUnits: 1n },
  };
  const options = { ...connectorOptionsOf(home, null), url: null };
  assert.equal(await connector(options, {} as never, context), undefined);
});

Deno.test("rulesOf() returns the amounts unchanged, and the judge applies them", async () => {
  const options = {
    pubkey: PROVIDER,
    platform: "linux/amd64",
    asked: OWN_PRICES,
    prices: [{ kind: 5601, flatUnits: String(2n ** 70n), unitsPerKib: "1" }],
    allowBuyers: [BUYER],
  };
  assert.equal(rulesOf(options).prices[0].flatUnits, 2n ** 70n);
  const asked = request(5601);
  const nowMs = NOW_S * 1000;
  assert.deepEqual((await judge({ rules: options })).request(asked, nowMs), {
    known: { free: "no", price_units: String(2n ** 70n + 1n) },
  });
  const others = { ...options, allowBuyers: [PROVIDER] };
  assert.equal(
    ((await judge({ rules: others })).request(asked, nowMs) as { code: string }).code,
    "buyer_not_allowed",
  );
  assert.equal(
    ((await judge({ rules: null })).request(asked, nowMs) as { code: string }).code,
    "kind_not_served",
  );
});

Deno.test("the intake of a stage that runs alone builds the same request, with the time of its clock", async () => {
  const spec = {
    type: "echo",
    input: "hi",
    ...PLAIN_ORDER,
    limitBytes: 32_767,
    pubkey: BUYER,
  };
  const event = await intake({}, {}, context).build(spec);
  assert.deepEqual([event.kind, event.pubkey, event.created_at], [5600, BUYER, NOW_S]);
  await assert.rejects(() => intake({}, {}, context).build({ ...spec, pubkey: "no" }));
});
