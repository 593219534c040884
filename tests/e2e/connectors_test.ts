/** A home with two connectors, each a process of its own beside a dev network: what each reaches, and what happens when one is killed. */
import assert from "node:assert/strict";
import { parseProfile } from "../../config/profiles.ts";
import type { Profile } from "../../config/profile.ts";
import { devHome, type Document, run, type TestHome, testHome, until } from "./process.ts";
import {
  further,
  login,
  type Member,
  serve,
  settle,
  SIDE,
  type Side,
  sideConnector,
} from "./side_connectors.ts";

let hub: Awaited<ReturnType<typeof devHome>>;
let buyer: Member;
let provider: Member;
let west: Side;
let east: Side;
const homes: TestHome[] = [];

/** A home with a wallet that the network has funded. */
async function member(): Promise<Member> {
  const home = await testHome();
  homes.push(home);
  await Deno.writeTextFile(`${home.path}/pass`, "a passphrase of the test\n", { mode: 0o600 });
  await home.json(["wallet", "init", "--passphrase-file", `${home.path}/pass`]);
  const { pubkey, address } = await home.json(["wallet", "whoami"]);
  const paymentAddress = address.toLowerCase();
  const { code, stdout, stderr } = await run(["join", hub.path, pubkey, paymentAddress], SIDE);
  assert.equal(code, 0, stderr);
  return { home, address: paymentAddress, profile: parseProfile(stdout) };
}

const echo = (input: string, ...more: string[]): Promise<Document> =>
  buyer.home.json(["job", "submit", "echo", "--input", input, "--wait", "--again", ...more]);

/** The provider sells over the second connector, and over these. */
async function sellOver(more: readonly Side[]): Promise<void> {
  await settle(provider, {
    connectorBtp: east.url,
    connectorAuth: login("provider"),
    peer: { address: east.address, channelId: null },
    ilpAddress: "test.east.provider",
    moreConnectors: more.map((side) => ({
      ...further("west", side, "provider"),
      ilpAddress: "test.west.provider",
    })),
  }, { node: { price_units: 1000 }, channel: { auto_deposit_m2m: 5 } });
}

/** The buyer's main connector is the first one, and the second one reaches these prefixes. */
async function payOver(reaches: readonly string[], more: Partial<Profile> = {}): Promise<void> {
  await settle(buyer, {
    connectorBtp: west.url,
    connectorAuth: login("buyer"),
    peer: { address: west.address, channelId: null },
    moreConnectors: [{ ...further("east", east, "buyer"), reaches }],
    ...more,
  }, { channel: { auto_deposit_m2m: 5 } });
}

Deno.test.beforeAll(async () => {
  hub = await devHome();
  buyer = await member();
  provider = await member();
  const [left, right] = [await member(), await member()];
  west = await sideConnector(left, "test.west", { buyer, provider });
  east = await sideConnector(right, "test.east", { buyer, provider });
  await sellOver([]);
  const { ilpAddress: _, ...own } = buyer.profile;
  buyer = { ...buyer, profile: own };
  await payOver([]);
  await provider.home.json(["node", "up", "--detach"]);
});
Deno.test.afterAll(async () => {
  await provider?.home.run(["node", "down"]);
  for (const side of [west, east]) side?.process.kill("SIGKILL");
  for (const home of homes) await home[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

/** What the buyer has spent, by the connector's name. */
async function spentBy(): Promise<Record<string, bigint>> {
  const { channels } = await buyer.home.json(["channel", "list"]);
  return Object.fromEntries(
    channels.map(({ connector, spent_units }: Document) => [connector, BigInt(spent_units)]),
  );
}

Deno.test("job submit pays a provider that only the second connector reaches, and writes over the first", async () => {
  const job = await echo("far");
  assert.deepEqual([job.status, job.result.content], ["success", "far"]);
  const spent = await spentBy();
  assert.equal(String(spent.main), job.paid.write_units);
  assert.equal(String(spent.east), job.paid.job_units);
});

Deno.test("connector status, doctor and the daemon's status name both connectors", async () => {
  const status = await buyer.home.json(["connector", "status"]);
  const [further] = status.more_connectors;
  assert.deepEqual([status.state, further.name, further.connector_btp, further.state], [
    ...["signed_in", "east", east.url, "signed_in"],
  ]);
  assert.ok(BigInt(further.account.spent_units) > 0n);
  assert.equal(further.channels.length, 1);
  const { checks } = await buyer.home.json(["doctor"]);
  const check = checks.find(({ name }: Document) => name === "further connector");
  assert.equal(check.status, "ok", check.message);
  assert.ok(check.message.startsWith(`east, ${east.url}, reaches every address: lets us in`));
  await buyer.home.json(["mayor", "up", "--detach"]);
  try {
    await until("both connectors", async () => {
      const { live, more_connectors: [other] } = await buyer.home.json(["mayor", "status"]);
      return live.connector.state === "connected" && other?.name === "east" &&
        other.state === "connected";
    });
    const dry = ["channel", "open", "--deposit", "1", "--dry-run"];
    assert.equal((await buyer.home.json([...dry, "--peer", "east"])).dry_run, true);
    const { error } = await buyer.home.json([...dry, "--peer", "south"], { code: 2 });
    assert.match(error.suggestion, /name a connector of the configuration/);
  } finally {
    await buyer.home.json(["mayor", "down"]);
  }
});

Deno.test("job submit goes on over the second connector when the first was killed", async () => {
  const before = await spentBy();
  west.process.kill("SIGKILL");
  await west.process.ended.catch(() => undefined);
  const job = await echo("on");
  assert.deepEqual([job.status, job.result.content], ["success", "on"]);
  const after = await spentBy();
  assert.equal(after.main, before.main);
  const status = await buyer.home.json(["connector", "status"], { code: 1 });
  assert.deepEqual([status.state, status.more_connectors[0].state], ["offline", "signed_in"]);
  const total = BigInt(job.paid.write_units) + BigInt(job.paid.job_units);
  assert.equal(after.east - before.east, total);
});

for (
  const [place, seen, away] of [
    ["before anything was signed, with the first connector away", /: created/, true],
    ["between the two payments, and the first connector with it", /: posted/, true],
    ["after the payment", /: paid/, false],
  ] as const
) {
  Deno.test(`a job whose command was killed ${place}, is paid once over both connectors`, async () => {
    west.process.kill("SIGKILL");
    await west.process.ended.catch(() => undefined);
    if (!away || place.startsWith("between")) west = await serve(west);
    const before = await spentBy();
    const submit = ["job", "submit", "echo", "--input", place];
    const killed = buyer.home.start(submit);
    await killed.seen(seen);
    killed.kill("SIGKILL");
    await killed.ended;
    if (away) {
      west.process.kill("SIGKILL");
      await west.process.ended.catch(() => undefined);
    }
    // What was signed for the connector that is away waits for it, so it comes back meanwhile.
    const again = buyer.home.start([...submit, "--wait", "--output", "json"]);
    if (away) west = await serve(west);
    const { code, stdout, stderr } = await again.ended;
    assert.equal(code, 0, stderr);
    const job = JSON.parse(stdout);
    assert.deepEqual([job.status, job.result.content, job.existing], ["success", place, true]);
    const after = await spentBy();
    const total = after.main - before.main + after.east - before.east;
    assert.equal(total, BigInt(job.paid.write_units) + BigInt(job.paid.job_units));
    const { jobs } = await provider.home.json(["job", "list"]);
    const sold = jobs.filter(({ event_id }: Document) => event_id === job.event_id);
    assert.deepEqual(sold.map(({ status }: Document) => status), ["success"]);
  });
}

Deno.test("a provider that receives over two connectors is paid at the address that the buyer's configuration names", async () => {
  await provider.home.json(["node", "down"]);
  await sellOver([west]);
  const { pubkey } = await provider.home.json(["node", "up", "--detach"]);
  for (
    const [reaches, connectorReaches, address] of [
      [["test.east"], [], "test.east.provider"],
      [["test.dev"], ["test.west"], "test.west.provider"],
    ] as const
  ) {
    await payOver(reaches, { connectorReaches });
    const { quotes: [quote] } = await until("its quote", async () => {
      const { code, stdout } = await buyer.home.run([
        ...["job", "quote", "echo", "--input", "x", "--provider", pubkey, "--output", "json"],
      ]);
      const told = code === 0 ? JSON.parse(stdout) : null;
      return told?.quotes?.[0]?.ilp_address === address && told;
    });
    assert.equal(quote.ilp_address, address);
    const before = await spentBy();
    const job = await echo(address, "--provider", pubkey);
    assert.deepEqual([job.status, job.result.content], ["success", address]);
    assert.notEqual(job.payment.quote_id, null);
    const after = await spentBy();
    const over = address === "test.east.provider" ? "east" : "main";
    const other = over === "east" ? "main" : "east";
    assert.equal(String(after[over] - before[over]), job.paid.job_units);
    assert.equal(String(after[other] - before[other]), job.paid.write_units);
  }
});

Deno.test("a provider is paid at another of its addresses where the connector of the first one is away", async () => {
  await payOver(["test.dev", "test.east"], { connectorReaches: ["test.west.provider"] });
  west.process.kill("SIGKILL");
  await west.process.ended.catch(() => undefined);
  const before = await spentBy();
  const job = await echo("elsewhere");
  assert.deepEqual([job.status, job.result.content], ["success", "elsewhere"]);
  const after = await spentBy();
  assert.equal(after.main, before.main);
  const total = BigInt(job.paid.write_units) + BigInt(job.paid.job_units);
  assert.equal(after.east - before.east, total);
});

Deno.test("job logs asks a provider at another of its addresses while the connector of the first one is away", async () => {
  const { job_id } = await echo("logged");
  west = await serve(west);
  east.process.kill("SIGKILL");
  await east.process.ended.catch(() => undefined);
  // The provider's other connector comes back meanwhile.
  await until("the log over the other connector", async () => {
    const { code } = await buyer.home.run(["job", "logs", job_id]);
    return code === 0;
  });
});
