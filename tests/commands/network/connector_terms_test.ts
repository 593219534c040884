/** `connector terms` and `connector forget` on a real relay: what is shown, accepted, refused and forgotten. */
import assert from "node:assert/strict";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import {
  type IlpPeerInfoFields,
  ilpPeerInfoTemplate,
} from "../../../protocols/nostr/ilp_peer_info.ts";
import { MemoryIo, run } from "../memory_io.ts";
import { SECOND } from "../../e2e/second_relay.ts";
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
const MAIN_ADDRESS = `0x${"77".repeat(20)}`;
const INFO: IlpPeerInfoFields = {
  ilpAddress: "g.east",
  btpEndpoint: "wss://east.example:3000",
  assetCode: "M2M",
  assetScale: 6,
  supportedChains: [CHAIN],
  settlementAddresses: { [CHAIN]: ADDRESS },
  tokenNetworks: { [CHAIN]: NETWORK },
};

/** A home on a network with a main connector, and a relay on which connectors announce themselves. */
async function world(extra = "") {
  const relay = await startRelayServer({ ...SECOND, file: ":memory:" });
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  await Deno.writeTextFile(
    `${path}/crosstown.toml`,
    `network = "town"
${extra}
[networks.town]
relay_url = "ws://127.0.0.1:${relay.port}"
connector_btp = "btp+wss://main.example"
peer.address = "${MAIN_ADDRESS}"
[networks.town.chain]
chain_id = 84532
token_network_address = "${NETWORK}"
token_address = "${TOKEN}"
registry_address = "${MAIN_ADDRESS}"
rpc_urls = ["http://127.0.0.1:1"]
`,
    { mode: 0o600 },
  );
  let second = 0;
  const nowS = () => Math.floor(Date.now() / 1_000) - 200 + second++;
  const command = async (...args: readonly string[]) => {
    const io = new MemoryIo();
    io.variables = { GASTOWN_HOME: path, HOME: path };
    const { code } = await run([...args, "--output", "json"], { io });
    return { code, document: JSON.parse(io.out), text: io.out + io.err };
  };
  const write = async (event: object) => {
    const { result } = await relay.write(new TextEncoder().encode(JSON.stringify(event)));
    assert.equal(result, "stored");
  };
  return {
    file: `${path}/terms/town.connectors.toml`,
    command,
    terms: (...args: readonly string[]) => command("connector", "terms", ...args),
    async announce(change: Partial<IlpPeerInfoFields> | null = {}, by = TOWN) {
      const info = change === null ? null : { ...INFO, ...change };
      await write(await by.sign(ilpPeerInfoTemplate(info, nowS())));
    },
    async follow(keys: readonly string[]) {
      const tags = keys.map((key) => ["p", key]);
      await write(await PAYER.sign({ kind: 3, created_at: nowS(), tags, content: "" }));
    },
    /** Accepts what the key announces now, as a user who has compared it. */
    async accept(name: string, by = TOWN, ...more: readonly string[]) {
      const pin = ["connector", "terms", "--pin", by.pubkey];
      const { announced } = (await command(...pin)).document;
      const digits = ["--fingerprint", announced.fingerprint];
      return await command(...pin, "--accept", name, ...digits, ...more);
    },
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await Deno.remove(path, { recursive: true });
    },
  };
}

const names = ({ document }: Awaited<ReturnType<Awaited<ReturnType<typeof world>>["terms"]>>) =>
  document.accepted.map(({ name }: { readonly name: string }) => name);

Deno.test("connector terms shows what a key announces, and changes nothing before its fingerprint is stated", async () => {
  await using home = await world();
  assert.equal((await home.terms("--pin", TOWN.pubkey)).document.refused.code, "none");
  await home.announce();
  const { code, document } = await home.terms("--pin", TOWN.pubkey);
  assert.equal(code, 0);
  const { fingerprint, expires_at_s, ...announced } = document.announced;
  assert.match(fingerprint, /^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
  assert.ok(expires_at_s > Date.now() / 1_000);
  assert.deepEqual(announced, {
    pubkey: TOWN.pubkey,
    connector_btp: "btp+wss://east.example:3000/",
    settlement_address: ADDRESS,
    reaches: ["g.east"],
    refused: null,
  });
  assert.deepEqual(document.accepted, []);
  const pin = ["--pin", TOWN.pubkey];
  assert.equal((await home.terms(...pin, "--accept", "east")).code, 2);
  const other = await home.terms(...pin, "--accept", "east", "--fingerprint", "0".repeat(32));
  assert.deepEqual([other.code, other.document.refused.code], [1, "other_fingerprint"]);
  await assert.rejects(Deno.stat(home.file), Deno.errors.NotFound);
});

Deno.test("connector terms --accept uses the connector, with --dry-run it does not, and connector forget removes it", async () => {
  await using home = await world();
  await home.announce();
  assert.deepEqual(names(await home.accept("east", TOWN, "--dry-run")), []);
  await assert.rejects(Deno.stat(home.file), Deno.errors.NotFound);
  const accepted = await home.accept("east");
  assert.deepEqual([accepted.code, names(accepted)], [0, ["east"]]);
  assert.equal(accepted.document.accepted[0].reason, null);
  assert.equal((await Deno.stat(home.file)).mode! & 0o777, 0o600);
  assert.deepEqual(names(await home.terms()), ["east"]);
  assert.equal(
    (await home.command("connector", "forget", "west")).document.error.code,
    "connector_not_found",
  );
  assert.equal(
    (await home.command("connector", "forget", "east", "--dry-run")).document.dry_run,
    true,
  );
  assert.deepEqual(names(await home.terms()), ["east"]);
  assert.equal((await home.command("connector", "forget", "east")).document.pubkey, TOWN.pubkey);
  assert.deepEqual(names(await home.terms()), []);
});

Deno.test("connector terms says that accepted terms changed, and uses the new ones only after they are accepted again", async () => {
  await using home = await world();
  await home.announce();
  await home.accept("east");
  await home.announce();
  assert.equal((await home.terms()).document.accepted[0].reason, null);
  await home.announce({ settlementAddresses: { [CHAIN]: OTHER_ADDRESS } });
  const changed = (await home.terms()).document.accepted[0];
  assert.match(
    changed.reason,
    /its settlement address changed\. Compare them and accept them again$/,
  );
  assert.equal(changed.settlement_address, ADDRESS);
  const again = (await home.accept("east")).document.accepted[0];
  assert.deepEqual([again.settlement_address, again.reason], [OTHER_ADDRESS, null]);
  await home.announce(null);
  assert.match((await home.terms()).document.accepted[0].reason, /withdrew/);
});

Deno.test("connector terms --accept refuses a name of another key, a second name, and a connector that the home has already", async () => {
  await using home = await world();
  await home.announce();
  await home.accept("east");
  const other = {
    btpEndpoint: "wss://west.example",
    settlementAddresses: { [CHAIN]: OTHER_ADDRESS },
  };
  await home.announce(other, STRANGER);
  const code = async (name: string, by = TOWN) =>
    (await home.accept(name, by)).document.error?.code;
  assert.equal(await code("east", STRANGER), "name_taken");
  assert.equal(await code("west"), "key_known");
  assert.equal(await code("main", STRANGER), "config_invalid");
  for (
    const change of [
      { settlementAddresses: { [CHAIN]: ADDRESS } },
      { settlementAddresses: { [CHAIN]: MAIN_ADDRESS } },
      { btpEndpoint: "wss://east.example:3000/" },
      { btpEndpoint: "wss://main.example" },
    ]
  ) {
    await home.announce({ ...other, ...change }, STRANGER);
    assert.equal(await code("west", STRANGER), "config_invalid", JSON.stringify(change));
  }
  await home.announce(other, STRANGER);
  assert.deepEqual(names(await home.accept("west", STRANGER)), ["east", "west"]);
});

Deno.test("connector terms refuses an endpoint on this machine and other contracts", async () => {
  await using home = await world();
  for (
    const [change, code] of [
      [{ btpEndpoint: "ws://127.0.0.1:3000" }, "loopback"],
      [{ btpEndpoint: "wss://[::ffff:10.0.0.1]" }, "loopback"],
      [{ tokenNetworks: { [CHAIN]: OTHER_ADDRESS } }, "wrong_contract"],
      [null, "none"],
    ] as const
  ) {
    await home.announce(change);
    const found = await home.terms("--pin", TOWN.pubkey);
    assert.deepEqual([found.code, found.document.refused.code], [1, code]);
  }
});

Deno.test("connector terms --followed lists what followed keys announce, and accepts nothing", async () => {
  await using home = await world(`[trust]\nroot = "${PAYER.pubkey}"`);
  await home.announce();
  await home.announce({ btpEndpoint: "ws://127.0.0.1:3000" }, STRANGER);
  await home.follow([TOWN.pubkey, STRANGER.pubkey]);
  const { code, document } = await home.terms("--followed");
  assert.equal(code, 0);
  const found = document.followed.map((
    { pubkey, refused }: { pubkey: string; refused: { code: string } | null },
  ) => [pubkey, refused?.code ?? null]);
  assert.deepEqual(
    found,
    [[TOWN.pubkey, null], [STRANGER.pubkey, "loopback"]].toSorted((a, b) => a[0]! < b[0]! ? -1 : 1),
  );
  assert.deepEqual(document.accepted, []);
  assert.equal((await home.terms("--followed", "--pin", TOWN.pubkey)).code, 2);
  await using none = await world();
  assert.equal((await none.terms("--followed")).document.error.code, "no_root");
});
