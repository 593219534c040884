import assert from "node:assert/strict";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { ilpPeerInfoTemplate } from "../../../protocols/nostr/ilp_peer_info.ts";
import { loadConfig } from "../../../config/config.ts";
import { isFolder, readFile } from "../../../config/real_files.ts";
import { MemoryIo, run } from "../memory_io.ts";
import {
  ADDRESS,
  NETWORK,
  OTHER_ADDRESS,
  PAYER,
  STRANGER,
  TOKEN,
  TOWN,
} from "../../market/terms/parties.ts";

const CHAIN = "evm:84532";
const INFO = {
  ilpAddress: "g.town.relay",
  btpEndpoint: "ws://127.0.0.1:3000",
  assetCode: "M2M",
  assetScale: 6,
  pricePerByteUnits: 12n,
  supportedChains: [CHAIN],
  settlementAddresses: { [CHAIN]: ADDRESS },
  tokenNetworks: { [CHAIN]: NETWORK },
};

/** A home on a network whose profile has no terms, and its real relay. */
async function world(extra = "") {
  const relay = await startRelayServer({
    file: ":memory:",
    write: "ilp",
    identity: {
      name: "town",
      description: "",
      pubkey: TOWN.pubkey,
      ilpAddress: INFO.ilpAddress,
      priceUnitsPerByte: 12n,
      asset: { code: "M2M", scale: 6 },
      version: "0",
    },
  });
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  await Deno.writeTextFile(
    `${path}/crosstown.toml`,
    `network = "town"
${extra}
[networks.town]
relay_url = "ws://127.0.0.1:${relay.port}"
connector_btp = "btp+ws://127.0.0.1:1"
[networks.town.chain]
chain_id = 84532
token_network_address = "${NETWORK}"
token_address = "${TOKEN}"
`,
    { mode: 0o600 },
  );
  let second = 0;
  return {
    file: `${path}/terms/town.toml`,
    async announce(change: Partial<typeof INFO> | null = {}, by = TOWN) {
      const nowS = Math.floor(Date.now() / 1_000) - 100 + second++;
      const event = await by.sign(
        ilpPeerInfoTemplate(change === null ? null : { ...INFO, ...change }, nowS),
      );
      const { result } = await relay.write(new TextEncoder().encode(JSON.stringify(event)));
      assert.equal(result, "stored");
    },
    async follow(by: typeof TOWN, keys: readonly string[]) {
      const event = await by.sign({
        kind: 3,
        created_at: Math.floor(Date.now() / 1_000) - 100,
        tags: keys.map((key) => ["p", key]),
        content: "",
      });
      const { result } = await relay.write(new TextEncoder().encode(JSON.stringify(event)));
      assert.equal(result, "stored");
    },
    async terms(...args: string[]) {
      const io = new MemoryIo();
      io.variables = { GASTOWN_HOME: path, HOME: path };
      const { code } = await run(["relay", "terms", ...args, "--output", "json"], { io });
      return { code, document: JSON.parse(io.out), text: io.out + io.err };
    },
    /** Posts a job with the home's own wallet. */
    async submit() {
      const passphrase = `${path}/pass`;
      await Deno.writeTextFile(passphrase, "correct horse battery", { mode: 0o600 });
      const io = new MemoryIo();
      io.variables = { GASTOWN_HOME: path, HOME: path };
      await run(["wallet", "init", "--passphrase-file", passphrase], { io });
      const toml = await Deno.readTextFile(`${path}/crosstown.toml`);
      await Deno.writeTextFile(
        `${path}/crosstown.toml`,
        `${toml}\n[wallet]\npassphrase_file = "${passphrase}"\n`,
      );
      io.out = "";
      const args = ["job", "submit", "echo", "--input", "x", "--output", "json"];
      const { code } = await run(args, { io });
      return { code, error: JSON.parse(io.out).error };
    },
    config: () =>
      loadConfig({
        flags: {},
        env: (name) => name === "GASTOWN_HOME" ? path : undefined,
        readFile,
        isFolder,
        cwd: path,
        homeDir: path,
        admit: () => Promise.resolve(),
      }),
    async [Symbol.asyncDispose]() {
      await relay.close();
      await Deno.remove(path, { recursive: true });
    },
  };
}

Deno.test("relay terms --followed lists the peers of keys that the root follows, with what is wrong with each, and takes none", async () => {
  await using town = await world(`[trust]\nroot = "${PAYER.pubkey}"`);
  await town.announce();
  assert.deepEqual((await town.terms("--followed")).document.followed, []);
  await town.follow(PAYER, [TOWN.pubkey, STRANGER.pubkey, "f".repeat(64)]);
  await town.announce({ pricePerByteUnits: 1_001n }, STRANGER);
  const { code, document } = await town.terms("--followed");
  assert.equal(code, 0);
  const byKey = Object.fromEntries(
    document.followed.map((each: { pubkey: string }) => [each.pubkey, each]),
  );
  assert.equal(document.followed.length, 2);
  const { ilp_address, price_units_per_byte, settlement_address, refused } = byKey[TOWN.pubkey];
  assert.deepEqual([ilp_address, price_units_per_byte, settlement_address, refused], [
    "g.town.relay",
    "12",
    ADDRESS,
    null,
  ]);
  assert.equal(byKey[STRANGER.pubkey].refused.code, "price");
  await town.announce(null);
  const withdrawn = (await town.terms("--followed")).document.followed
    .find((each: { pubkey: string }) => each.pubkey === TOWN.pubkey);
  assert.equal(withdrawn.refused.code, "none");
  assert.equal((await town.config()).profile.relay, null, "nothing is taken");
  assert.equal((await town.terms("--followed", "--accept")).code, 2);
  await using bare = await world();
  assert.equal((await bare.terms("--followed")).document.error.code, "no_root");
});

Deno.test("relay terms --pin --accept takes what the pinned key announces, and the profile has it then", async () => {
  await using town = await world();
  const unpinned = await town.terms();
  assert.deepEqual([unpinned.code, unpinned.document.error.code], [1, "not_pinned"]);
  await town.announce();
  await town.announce({ settlementAddresses: { [CHAIN]: OTHER_ADDRESS } }, STRANGER);

  const looked = await town.terms("--pin", TOWN.pubkey);
  assert.equal(looked.code, 0);
  assert.equal(looked.document.announced.settlement_address, ADDRESS);
  assert.equal(looked.document.accepted, null);
  assert.equal((await town.config()).profile.relay, null, "looking takes nothing");

  const dry = await town.terms("--pin", TOWN.pubkey, "--accept", "--dry-run");
  assert.equal(dry.code, 0);
  assert.equal(dry.document?.accepted, null);
  assert.equal((await town.config()).profile.relay, null, "--dry-run takes nothing");

  const taken = await town.terms("--pin", TOWN.pubkey, "--accept");
  assert.equal(taken.code, 0);
  assert.equal(taken.document.accepted.price_units_per_byte, "12");
  assert.equal((await Deno.stat(town.file)).mode! & 0o777, 0o600);
  const { profile } = await town.config();
  assert.deepEqual(profile.relay, {
    pubkey: TOWN.pubkey,
    ilpAddress: "g.town.relay",
    priceUnitsPerByte: 12n,
  });
  assert.deepEqual(profile.peer, { address: ADDRESS, channelId: null });
  assert.equal((await town.terms()).code, 0, "the key stays pinned");
});

Deno.test("relay terms --fingerprint takes the terms that have it, and no others", async () => {
  await using town = await world();
  await town.announce();
  const args = ["--pin", TOWN.pubkey, "--accept", "--fingerprint"];
  const { document } = await town.terms("--pin", TOWN.pubkey);
  const { fingerprint } = document.announced;
  await town.announce({ settlementAddresses: { [CHAIN]: OTHER_ADDRESS } });
  const other = await town.terms(...args, fingerprint);
  assert.deepEqual([other.code, other.document.refused.code], [1, "other_fingerprint"]);
  assert.equal((await town.config()).profile.relay, null);
  await town.announce();
  assert.equal((await town.terms(...args, "12 34")).code, 2);
  const taken = await town.terms(...args, fingerprint.replaceAll(" ", "").toUpperCase());
  assert.equal(taken.code, 0);
  assert.equal(taken.document.accepted.settlement_address, ADDRESS);
});

Deno.test("relay terms accepts no other settlement address by itself", async () => {
  await using town = await world();
  await town.announce();
  await town.terms("--pin", TOWN.pubkey, "--accept");
  await town.announce({ settlementAddresses: { [CHAIN]: OTHER_ADDRESS } });
  for (const args of [[], ["--accept"], ["--pin", TOWN.pubkey, "--accept"]]) {
    const refused = await town.terms(...args);
    assert.deepEqual([refused.code, refused.document.refused.code], [1, "changed"]);
  }
  assert.equal((await town.config()).profile.peer?.address, ADDRESS);
  assert.equal((await town.terms("--accept", "--replace")).code, 0);
  assert.equal((await town.config()).profile.peer?.address, OTHER_ADDRESS);
});

for (
  const { name, change, code, extra } of [
    { name: "nothing", change: undefined, code: "none" },
    { name: "that it is gone", change: null, code: "none" },
    {
      name: "another token network",
      change: { tokenNetworks: { [CHAIN]: OTHER_ADDRESS } },
      code: "wrong_contract",
    },
    { name: "1,001 units a byte", change: { pricePerByteUnits: 1_001n }, code: "price" },
    {
      name: "a price above the home's own ceiling",
      change: {},
      extra: "[limits]\nmax_units_per_byte = 11",
      code: "price",
    },
  ]
) {
  Deno.test(`relay terms exits 1 on a key that announces ${name}, and keeps nothing`, async () => {
    await using town = await world(extra);
    if (change !== undefined) await town.announce(change);
    const refused = await town.terms("--pin", TOWN.pubkey, "--accept");
    assert.deepEqual([refused.code, refused.document.refused.code], [1, code]);
    await assert.rejects(Deno.stat(town.file), Deno.errors.NotFound);
  });
}

Deno.test("relay terms warns of a price above 100 units a byte", async () => {
  await using town = await world();
  await town.announce({ pricePerByteUnits: 101n });
  const { code, document } = await town.terms("--pin", TOWN.pubkey);
  assert.equal(code, 0);
  assert.match(
    document.warnings.join(),
    /0\.000101 M2M a byte are more than the usual 0\.0001 M2M/,
  );
});

Deno.test("accepted terms count only for their relay, and only from a file that nobody else can read", async () => {
  await using town = await world();
  await town.announce();
  await town.terms("--pin", TOWN.pubkey, "--accept");
  const text = await Deno.readTextFile(town.file);
  await Deno.writeTextFile(town.file, text.replace(/ws:\/\/127[^"]+/, "wss://other.example"));
  assert.equal((await town.config()).profile.relay, null);
  for (
    const [broken, why] of [
      [text.replace(TOWN.pubkey, "xyz"), /pubkey/],
      [text.replace("g.town.relay", "town"), /ilp_address/],
      [text.replace(ADDRESS, "0x12"), /peer_address/],
      [`${text}\nmore = 1\n`, /more/],
    ] as const
  ) {
    await Deno.writeTextFile(town.file, broken);
    await assert.rejects(town.config(), why);
  }
  await Deno.writeTextFile(town.file, text);
  await Deno.chmod(town.file, 0o644);
  await assert.rejects(town.config(), { code: "config_permissions" });
});

Deno.test("job submit says that there are no terms, and how to get them", async () => {
  await using town = await world();
  const { code, error } = await town.submit();
  assert.deepEqual([code, error.code], [1, "no_terms"]);
  assert.match(error.suggestion, /relay terms --pin PUBKEY --accept/);
});

Deno.test("job submit pays no price above the ceiling, whoever stated it", async () => {
  await using town = await world("[limits]\nmax_units_per_byte = 12");
  await town.announce();
  await town.terms("--pin", TOWN.pubkey, "--accept");
  const text = await Deno.readTextFile(town.file);
  await Deno.writeTextFile(town.file, text.replace('"12"', '"13"'));
  const { code, error } = await town.submit();
  assert.deepEqual([code, error.code], [1, "price_ceiling"]);
  assert.match(error.message, /takes 0\.000013 M2M a byte, above the ceiling of 0\.000012 M2M/);
});
