/** `wallet balance|send|faucet` on a real node with real contracts. */
import assert from "node:assert/strict";
import { privateKeyToAccount } from "viem/accounts";
import { sealUnderRandomKey } from "../../../money/wallet/blob.ts";
import { sealWallet } from "../../../money/wallet/wallet_keys.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { json, start } from "../../e2e/process.ts";
import { MemoryIo, run } from "../memory_io.ts";

const KEY = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";
const own = privateKeyToAccount(`0x${KEY}`).address.toLowerCase();
const friend = "0x90f79bf6eb2c4f870365e785982e1f101e93b906";
const chain = useChain();

/** A home whose network is the test's node, and whose wallet has gas. */
async function place() {
  const at = chain();
  const root = await Deno.makeTempDir({ prefix: "ct" });
  const home = `${root}/gt`;
  await Deno.mkdir(home, { mode: 0o700 });
  // Under a random key, as the dev network keeps its wallets: each command opens it without Argon2id.
  const passphrase = "5a".repeat(32);
  const key = Uint8Array.fromHex(KEY);
  const blob = await sealWallet(
    { nostrKey: key, paymentKey: key },
    passphrase,
    undefined,
    sealUnderRandomKey,
  );
  for (const [path, text] of [[`${root}/pass`, passphrase], [`${home}/identity.enc`, blob]]) {
    await Deno.writeTextFile(path, `${text}\n`, { mode: 0o600 });
  }
  await Deno.writeTextFile(
    `${home}/crosstown.toml`,
    `[wallet]
passphrase_file = "${root}/pass"
[networks.local]
relay_url = "ws://127.0.0.1:1"
write = "nostr"
[networks.local.asset]
code = "M2M"
scale = 18
[networks.local.chain]
chain_id = ${at.chainId}
token_network_address = "${at.network}"
token_address = "${at.token}"
registry_address = "${at.registry}"
rpc_urls = ["${at.url}"]
`,
    { mode: 0o600 },
  );
  const wallet = async (...args: string[]) => {
    const io = new MemoryIo();
    io.variables = { GASTOWN_HOME: home };
    io.cwd = () => root;
    const done = await run(["wallet", ...args, "--network", "local", "--output", "json"], { io });
    assert.notEqual(done.out, "", done.err);
    return { ...done, json: JSON.parse(done.out) };
  };
  await at.client.setBalance({ address: own as `0x${string}`, value: 10n ** 18n });
  return {
    wallet,
    home,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

chainTest(
  "wallet faucet, balance and send move tokens and gas, and add up to the unit",
  async () => {
    await using at = await place();
    const dry = await at.wallet("faucet", "--dry-run");
    assert.equal(dry.json.dry_run, true);
    const got = await at.wallet("faucet", "3", "--yes");
    assert.equal(got.code, 0, got.out);
    assert.match(got.json.hash, /^0x[0-9a-f]{64}$/);
    const before = (await at.wallet("balance")).json;
    assert.deepEqual([before.address, before.token_units], [own, "3000000000000000000"]);
    const sent = await at.wallet("send", friend, "1.25", "--yes");
    assert.equal(sent.code, 0, sent.out);
    const gas = await at.wallet("send", friend, "0.01", "--gas", "--yes");
    const after = (await at.wallet("balance")).json;
    assert.equal(after.token_units, "1750000000000000000");
    const paid = BigInt(sent.json.fee_wei) + BigInt(gas.json.fee_wei) + 10n ** 16n;
    assert.equal(BigInt(after.gas_wei), BigInt(before.gas_wei) - paid);
  },
);

chainTest("wallet faucet says what it gives at most, and that it may be asked again", async () => {
  await using at = await place();
  for (const how of ["--yes", "--dry-run"]) {
    const { code, json: { error } } = await at.wallet("faucet", "10001", how);
    assert.deepEqual([code, error.code], [1, "faucet_limit"]);
    assert.equal(
      error.message,
      "the faucet of local gives at most 10000.00 M2M at a time, not 10001.00 M2M",
    );
    assert.match(error.suggestion, /^run 'crosstown wallet faucet 10000 --yes'; .* each call/);
  }
});

chainTest("wallet send refuses what is not allowed, and sends nothing", async () => {
  await using at = await place();
  await at.wallet("faucet", "3", "--yes");
  const refused: readonly (readonly [readonly string[], string, number])[] = [
    [[friend, "1"], "not_confirmed", 2],
    [[friend, "4", "--yes"], "funds", 1],
    [[friend, "0", "--yes"], "amount", 2],
    [["0x1234", "1", "--yes"], "usage", 2],
    [[friend.replace("f", "F"), "1", "--yes"], "usage", 2],
    [[friend, "0.2", "--gas", "--yes"], "ceiling", 1],
    [[friend, "-1", "--gas", "--yes"], "usage", 2],
  ];
  for (const [args, code, exit] of refused) {
    const { json, code: left } = await at.wallet("send", ...args);
    assert.deepEqual([json.error?.code, left], [code, exit], args.join(" "));
  }
  assert.equal((await at.wallet("balance")).json.token_units, "3000000000000000000");
});

chainTest("wallet send and faucet use the daemon if one runs", async () => {
  await using at = await place();
  assert.equal((await at.wallet("faucet", "3", "--yes")).code, 0);
  // Processes of their own: a test may not open the daemon's socket.
  const daemon = start(["mayor", "run", "--network", "local"], { home: at.home });
  await daemon.seen(/started_at/);
  const wallet = (args: readonly string[], code = 0) =>
    json(["wallet", ...args, "--network", "local"], { home: at.home, code });
  await wallet(["faucet", "2", "--yes"]);
  assert.equal((await wallet(["send", friend, "1", "--dry-run"])).dry_run, true);
  assert.equal((await wallet(["send", friend, "1.25", "--yes"])).from, own);
  await wallet(["send", friend, "0.01", "--gas", "--yes"]);
  const refused = await wallet(["send", friend, "0.2", "--gas", "--yes"], 1);
  assert.equal(refused.error.code, "ceiling");
  assert.equal(
    refused.error.message,
    "the day's currency sent would be 0.21 ETH, above the ceiling of 0.10 ETH",
  );
  daemon.kill("SIGTERM");
  assert.equal((await daemon.ended).code, 0);
  assert.equal((await at.wallet("balance")).json.token_units, "3750000000000000000");
  const { transactions } = (await at.wallet("history")).json;
  assert.deepEqual(
    transactions.map(({ what, to, state }: Record<string, string>) => [what, to, state]),
    [
      ["send", friend, "confirmed"],
      ["transfer", friend, "confirmed"],
      ["faucet", own, "confirmed"],
      ["faucet", own, "confirmed"],
    ],
  );
  assert.equal(transactions[1].amount_units, "1250000000000000000");
});

chainTest("wallet send --dry-run is held against the ceilings and the balance", async () => {
  await using at = await place();
  await at.wallet("faucet", "3", "--yes");
  const told = async (...args: string[]) =>
    (await at.wallet("send", friend, ...args, "--dry-run")).json.error;
  const dry = async (...args: string[]) => (await told(...args))?.code;
  assert.equal(await dry("1"), undefined);
  assert.equal(await dry("0.2", "--gas"), "ceiling");
  assert.equal(await dry("4"), "funds");
  await Deno.writeTextFile(`${at.home}/crosstown.toml`, "[limits]\nhour_m2m = 2\n", {
    append: true,
  });
  assert.equal(await dry("2.5"), "ceiling");
  assert.match(
    (await told("2.5")).message,
    /^the hour's total would be 2\.50 [A-Z0-9]+, above the ceiling of 2\.00 /,
  );
  assert.equal(await dry("2"), undefined);
});

chainTest("wallet faucet of an account without gas does not suggest itself", async () => {
  await using at = await place();
  await chain().client.setBalance({ address: own as `0x${string}`, value: 0n });
  const { json, code } = await at.wallet("faucet", "3", "--yes");
  assert.deepEqual([code, json.error.code], [1, "no_gas"]);
  assert.doesNotMatch(json.error.suggestion, /wallet faucet/);
  assert.deepEqual((await at.wallet("history")).json, {
    schema: "wallet-history/1",
    transactions: [],
  });
});
