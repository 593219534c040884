/**
 * A dev network beside which a second connector announces itself: its terms are accepted, jobs are paid over it, and it is used no more when
 * its terms change.
 */
import assert from "node:assert/strict";
import { parse, stringify } from "smol-toml";
import { formatProfile, parseProfile } from "../../config/profiles.ts";
import type { Profile } from "../../config/profile.ts";
import { type RelayServer, startRelayServer } from "../../network/relay/relay_server.ts";
import {
  type IlpPeerInfoFields,
  ilpPeerInfoTemplate,
} from "../../protocols/nostr/ilp_peer_info.ts";
import { OTHER_ADDRESS, TOWN } from "../market/terms/parties.ts";
import {
  devHome,
  type Document,
  run,
  start,
  type Started,
  type TestHome,
  testHome,
  until,
} from "./process.ts";
import { SECOND } from "./second_relay.ts";
import type { SideSettings } from "./side_connector.ts";

const SIDE = { program: "tests/e2e/side_connector.ts", timeoutMs: 900_000 };

let buyer: Awaited<ReturnType<typeof devHome>>;
let provider: TestHome;
let side: TestHome;
let process: Started;
let relay: RelayServer;
let info: IlpPeerInfoFields;
let seller: string;
let second = 0;

/** A home with a wallet that the network has funded, and the profile with which the network admitted it. */
async function member(): Promise<{ home: TestHome; address: string; profile: Profile }> {
  const home = await testHome();
  await Deno.writeTextFile(`${home.path}/pass`, "a passphrase of the test\n", { mode: 0o600 });
  await home.json(["wallet", "init", "--passphrase-file", `${home.path}/pass`]);
  const { pubkey, address } = await home.json(["wallet", "whoami"]);
  const { code, stdout, stderr } = await run(
    ["join", buyer.path, pubkey, address.toLowerCase()],
    SIDE,
  );
  assert.equal(code, 0, stderr);
  return { home, address: address.toLowerCase(), profile: parseProfile(stdout) };
}

/** Starts a connector that takes guests, reaches the provider, and forwards the rest to the dev network. */
async function serveSide(
  { home, address, profile }: Awaited<ReturnType<typeof member>>,
  providerAddress: string,
): Promise<string> {
  const account = (username: string, peerAddress: string) => ({
    ...{ username, token: `${username} token`, channelId: null },
    ...{ peerAddress, settlementAddress: peerAddress },
  });
  const { connectorBtp, connectorAuth: auth, wire, peer } = profile;
  const settings: SideSettings = {
    folder: `${home.path}/store`,
    keyFile: `${home.path}/identity.enc`,
    passphraseFile: `${home.path}/pass`,
    rpcUrl: profile.chain.rpcUrls[0],
    ilpAddress: "test.east",
    port: 0,
    guests: 8,
    peers: [
      { ...account("hub", peer!.address), dial: { url: connectorBtp!, wire, auth } },
      account("provider", providerAddress),
    ],
    routes: [
      { prefix: "test.dev", to: { peer: "hub" } },
      { prefix: "test.east.provider", to: { peer: "provider" } },
    ],
  };
  await Deno.mkdir(settings.folder);
  await Deno.writeTextFile(`${home.path}/settings.json`, JSON.stringify(settings));
  process = start(["serve", `${home.path}/settings.json`], SIDE);
  const [, url] = await process.seen(/^ready (\S+)$/m);
  const chain = `evm:${profile.chain.chainId}`;
  info = {
    ilpAddress: "test.east",
    btpEndpoint: url.slice("btp+".length),
    assetCode: profile.asset.code,
    assetScale: profile.asset.scale,
    supportedChains: [chain],
    settlementAddresses: { [chain]: address },
    tokenNetworks: { [chain]: profile.chain.tokenNetworkAddress },
  };
  return url;
}

/** The connector's key announces it, each time later than before. */
async function announce(change: Partial<IlpPeerInfoFields> | null = {}): Promise<void> {
  const atS = Math.floor(Date.now() / 1_000) - 40 + second++;
  const fields = change === null ? null : { ...info, ...change };
  const event = await TOWN.sign(ilpPeerInfoTemplate(fields, atS, 3_600));
  const { result } = await relay.write(new TextEncoder().encode(JSON.stringify(event)));
  assert.equal(result, "stored");
}

Deno.test.beforeAll(async () => {
  buyer = await devHome();
  relay = await startRelayServer({ ...SECOND, file: ":memory:" });
  await Deno.writeTextFile(
    `${buyer.path}/crosstown.toml`,
    stringify({ channel: { auto_deposit_m2m: 5 } }),
    { mode: 0o600 },
  );
  const [east, sells] = [await member(), await member()];
  [side, provider] = [east.home, sells.home];
  const url = await serveSide(east, sells.address);
  const { name: _, ...table } = parse(formatProfile({
    ...sells.profile,
    connectorBtp: url,
    connectorAuth: { username: "provider", token: "provider token" },
    peer: { address: east.address, channelId: null },
    ilpAddress: "test.east.provider",
  }));
  await Deno.writeTextFile(
    `${provider.path}/crosstown.toml`,
    stringify({
      network: "pair",
      wallet: { passphrase_file: `${provider.path}/pass` },
      networks: { pair: table },
      node: { price_units: 1000 },
      channel: { auto_deposit_m2m: 5 },
    }),
    { mode: 0o600 },
  );
  seller = (await provider.json(["node", "up", "--detach"])).pubkey;
});
Deno.test.afterAll(async () => {
  await provider?.run(["node", "down"]);
  process?.kill("SIGKILL");
  for (const home of [side, provider]) await home?.[Symbol.asyncDispose]();
  await relay?.[Symbol.asyncDispose]();
  await buyer?.[Symbol.asyncDispose]();
});

/** The relay on which the connector announces itself. */
const also = () => ["--more-relays", relay.url];

const buys = (args: readonly string[], options?: { readonly code: number }): Promise<Document> =>
  buyer.json([...args, ...also()], options);

const echo = (input: string, ...more: readonly string[]): string[] => [
  ...["job", "submit", "echo", "--input", input, "--provider", seller, "--again", "--wait"],
  ...more,
];

async function channels(): Promise<Readonly<Record<string, Document>>> {
  const { channels } = await buys(["channel", "list"]);
  return Object.fromEntries(channels.map((each: Document) => [each.connector, each]));
}

async function accept(): Promise<Document> {
  const pin = ["connector", "terms", "--pin", TOWN.pubkey];
  const { announced } = await buys(pin);
  return await buys([...pin, "--accept", "east", "--fingerprint", announced.fingerprint]);
}

Deno.test("a job is paid over a connector whose announced terms were accepted while the daemon runs, without a restart", async () => {
  await announce();
  // The daemon has a channel manager at work when the connector is accepted.
  const { pid } = await buys(["mayor", "up", "--detach"]);
  const { accepted: [east] } = await accept();
  assert.deepEqual([east.name, east.reaches, east.reason], ["east", ["test.east"], null]);
  const daemon = await until("the daemon's session with it", async () => {
    const status = await buys(["mayor", "status"]);
    return status.more_connectors?.[0]?.state === "connected" && status;
  });
  assert.deepEqual([daemon.pid, daemon.settings.restart, daemon.more_connectors[0].name], [
    pid,
    [],
    "east",
  ]);
  const job = await buys(echo("far"));
  assert.deepEqual([job.status, job.result.content], ["success", "far"]);
  const spent = await channels();
  assert.equal(spent.east.spent_units, job.paid.job_units);
  assert.equal(spent.main.spent_units, job.paid.write_units);
  assert.equal((await buys(["mayor", "status"])).pid, pid);
  await buys(["mayor", "down"]);
  const { more_connectors: [status] } = await buys(["connector", "status"]);
  assert.deepEqual([status.name, status.state, status.terms.refused], ["east", "connected", null]);
  const { checks } = await buys(["doctor"]);
  const check = checks.find(({ name }: Document) => name === "further connector");
  assert.match(check.message, /^east, .* reaches test\.east: answers/);
});

Deno.test("no job is paid over it while its key announces other terms, and jobs are again after the accepted ones are back", async () => {
  const before = (await channels()).east.spent_units;
  const chain = info.supportedChains![0];
  await announce({ settlementAddresses: { [chain]: OTHER_ADDRESS } });
  const ended = await buyer.run([
    ...[...echo("changed"), "--timeout", "60", ...also(), "--output", "json"],
  ]);
  assert.notEqual(ended.code, 0, ended.stdout);
  assert.match(ended.stdout, /settlement address changed/);
  assert.equal((await channels()).east.spent_units, before);
  const { more_connectors: [status] } = await buys(["connector", "status"]);
  assert.match(status.terms.refused, /settlement address changed/);
  await announce();
  const job = await buys(echo("back"));
  assert.deepEqual([job.status, job.result.content], ["success", "back"]);
});

Deno.test("a provider that gets one more connector while it runs is paid as before", async () => {
  const file = `${provider.path}/crosstown.toml`;
  const { pid } = await provider.json(["node", "status"]);
  const spare =
    `[connectors.pair.spare]\nurl = "btp+ws://127.0.0.1:9"\npeer_address = "${OTHER_ADDRESS}"\nreaches = ["test.spare"]\n`;
  await Deno.writeTextFile(file, `${await Deno.readTextFile(file)}\n${spare}`, { mode: 0o600 });
  const told = await until("its connector", async () => {
    const status = await provider.json(["node", "status"]);
    return status.more_connectors?.[0]?.state === "offline" && status;
  });
  assert.deepEqual([told.more_connectors[0].name, told.settings.restart], ["spare", []]);
  const job = await buys(echo("once more"));
  assert.deepEqual([job.status, job.result.content], ["success", "once more"]);
  assert.equal((await provider.json(["node", "status"])).pid, pid);
});

Deno.test("its channel is closed after it withdrew its announcement, and only then it is forgotten", async () => {
  await announce(null);
  const { error } = await buys(["connector", "forget", "east"], { code: 1 });
  assert.equal(error.code, "channel_open");
  const { channel_id } = (await channels()).east;
  await buys(["channel", "close", channel_id, "--yes"]);
  assert.equal((await channels()).east.status, "closed");
  assert.equal((await buys(["connector", "forget", "east"])).name, "east");
  assert.deepEqual((await buys(["connector", "terms"])).accepted, []);
  assert.equal((await buys(["channel", "show", channel_id])).connector, null);
  await buys(["dev", "advance", "1d"]);
  await buys(["channel", "settle", channel_id, "--yes"]);
  assert.equal((await buys(["channel", "show", channel_id])).status, "settled");
});
