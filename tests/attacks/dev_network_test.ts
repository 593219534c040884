/** One real `dev` network: a buyer that signs what it likes, other users of the machine, and processes that are killed. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { started } from "../program.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { intake } from "../../market/intake.ts";
import { pack } from "../market/packing/packing.ts";
import { openWallet } from "../../money/wallet/wallet_keys.ts";
import { HostileBuyer, outcomeOf } from "./hostile_buyer.ts";
import { by, KEYS, nowS } from "./hostile_events.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

function crosstown(home: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: started([...args, "--output", "json"]),
    cwd: ROOT,
    env: { GASTOWN_HOME: home, GASTOWN_MAYOR: "mayor-001" },
    // What `dev up` starts ends with this process.
    stdin: args.includes("--until-stdin-closes") ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

// deno-lint-ignore no-explicit-any
async function documentOf(child: Deno.ChildProcess): Promise<any> {
  const { stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return out === "" ? null : { ...JSON.parse(out), stderr: err };
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  yield folder;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) yield* filesBelow(`${folder}/${name}`);
      else yield `${folder}/${name}`;
    }
  } catch (error) {
    // Gone since it was listed: the home is at work.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

Deno.test("a dev network under attack", async (test) => {
  const home = await Deno.makeTempDir({ prefix: "ct" });
  const dev = `${home}/dev`;
  const up = crosstown(home, "dev", "up", "--detach", "--until-stdin-closes");
  try {
    assert.equal((await documentOf(up)).error, undefined);
    await test.step("kill -9 of the process at work: the others finish, nothing is paid twice", () =>
      killed(home));
    await test.step("no secret is in any file, argument or environment, and no file is open to others", () =>
      secrets(home));
    // From here on the user's own program finds its channel used by another signer, and halts.
    await test.step("a provider refuses each bad request by name, and serves on", () =>
      channelOf(home).then((channel) => badRequests(dev, channel)));
    await test.step("jobs that come at once take no more places than there are", () =>
      channelOf(home).then((channel) => capacity(dev, channel, `${home}/project`)));
    await test.step("a channel that another signer used is halted", async () => {
      const job = await documentOf(crosstown(home, "job", "submit", "echo", "--input", "halted?"));
      assert.deepEqual([job.status, job.error.code], ["refused", "halted"]);
    });
  } finally {
    await documentOf(crosstown(home, "dev", "down"));
    await up.stdin.close().catch(() => undefined);
    await Deno.remove(home, { recursive: true });
  }
});

/** The channel that the user's own program opened when it paid first. */
async function channelOf(home: string): Promise<string> {
  const { channels } = await documentOf(crosstown(home, "channel", "list"));
  return channels[0].onchain_id;
}

async function badRequests(dev: string, channel: string): Promise<void> {
  using buyer = await HostileBuyer.signIn(dev, channel);
  const { provider } = buyer;
  const inputs = [["i", "x", "text"], ["p", provider]];
  const bytes = (text: string) => new TextEncoder().encode(text);
  const pay = (data: Uint8Array) => buyer.pay(buyer.prepare(data, 60_000n));
  const request = (fields: Parameters<HostileBuyer["request"]>[0] = {}) =>
    buyer.job(buyer.request(fields));
  const known = buyer.request();
  const cases: readonly [string, () => ReturnType<HostileBuyer["pay"]>, string][] = [
    ["good", () => buyer.job(known), "fulfill"],
    ["the same again", () => buyer.job(known), "F99 already paid"],
    ["noise", () => pay(crypto.getRandomValues(new Uint8Array(3_000))), "F06 malformed"],
    ["nothing", () => pay(new Uint8Array(0)), "F06 malformed"],
    ["deep", () => pay(bytes("[".repeat(30_000))), "F06 malformed"],
    ["too little", () => buyer.job(buyer.request(), 1n), "F04 price_not_met"],
    [
      "expired",
      () => request({ tags: [...inputs, ["expiration", String(nowS() - 5)]] }),
      "F99 expired",
    ],
    ["from the future", () => request({ created_at: nowS() + 9_999 }), "F99 from_the_future"],
    ["old", () => request({ created_at: nowS() - 9_999 }), "F99 expired"],
    ["for another", () => request({ tags: [["p", "a".repeat(64)]] }), "F99 other_provider"],
    ["forged", () => buyer.job({ ...buyer.request(), content: "x" }), "F06 bad_id"],
    ["kind 1", () => request({ kind: 1 }), "F99 kind_not_served"],
    [
      "somebody else's",
      () => buyer.job(by(KEYS.stranger, { kind: 5600, tags: [["i", "x", "text"]] })),
      "F05 wrong_condition",
    ],
    [
      "another condition",
      () => buyer.job(buyer.request(), 60_000n, { condition: new Uint8Array(32) }),
      "F05 wrong_condition",
    ],
    [
      "no route",
      () => buyer.job(buyer.request(), 60_000n, { destination: "test.dev.providerx" }),
      "F02 No route to test.dev.providerx",
    ],
    ["good, after all that", () => request(), "fulfill"],
  ];
  for (const [name, send, expected] of cases) {
    assert.equal(outcomeOf(await send()), expected, name);
  }
}

async function capacity(dev: string, channel: string, project: string): Promise<void> {
  await Deno.mkdir(project);
  await Deno.writeTextFile(`${project}/a.txt`, "a");
  using buyer = await HostileBuyer.signIn(dev, channel);
  const pubkey = publicKeyOf(buyer.keys.nostrKey);
  const { request } = await intake({ clock: Date.now }).build({
    type: "ci-run",
    input: null,
    packed: (await pack(project)).packed,
    params: [["command", "sleep 5"]],
    platform: null,
    tags: [],
    bidUnits: null,
    provider: buyer.provider,
    relays: [],
    timeoutS: 120,
    limitBytes: 32_767,
  }, pubkey);
  const jobs = Array.from(
    { length: 48 },
    (_, at) => by(buyer.keys.nostrKey, { ...request, tags: [...request.tags, ["n", String(at)]] }),
  );
  const startedMs = performance.now();
  const came = (await Promise.all(jobs.map((job) => buyer.job(job, 200_000n)))).map(outcomeOf);
  // Four at once, eight places for each; and the places of those that ended meanwhile, each after 5 s.
  const ended = 4 * Math.floor((performance.now() - startedMs) / 5_000);
  const taken = came.filter((each) => each === "fulfill").length;
  assert.ok(taken > 16 && taken <= 32 + ended, `${taken} were taken, ${ended} may have ended`);
  assert.deepEqual(came.filter((each) => each !== "fulfill"), Array(48 - taken).fill("T03 busy"));
  // When the first have ended there is room again.
  for (let outcome = "T03 busy"; outcome !== "fulfill";) {
    outcome = outcomeOf(await buyer.job(buyer.request()));
    assert.match(outcome, /^(fulfill|T03 busy)$/);
    if (outcome !== "fulfill") await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function killed(home: string): Promise<void> {
  const children: Deno.ChildProcess[] = [];
  const documents: ReturnType<typeof documentOf>[] = [];
  let running = 0;
  const start = () => {
    const child = crosstown(
      ...[home, "job", "submit", "echo", "--input", `job ${children.length}`, "--wait"] as const,
    );
    children.push(child);
    running++;
    documents.push(documentOf(child).finally(() => running--));
  };
  const lock = `${home}/hooks/mayor-001/crosstown/state.lock`;
  let victim: Deno.ChildProcess | undefined;
  while (victim === undefined) {
    // Once; and again if all of them ended while this process was not at work.
    if (running === 0) { for (let at = 0; at < 4; at++) start(); }
    const pid = /pid=(\d+)/.exec(await Deno.readTextFile(lock).catch(() => ""))?.[1];
    victim = children.find((child) => String(child.pid) === pid);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Whatever it does at this moment.
  try {
    victim.kill("SIGKILL");
  } catch {
    // It had ended already.
  }
  const came = await Promise.all(documents);
  const others = came.filter((_, at) => children[at] !== victim);
  for (const job of others) assert.equal(job?.status, "success", JSON.stringify(job));

  for (const { job_id } of (await documentOf(crosstown(home, "job", "list"))).jobs) {
    const job = await documentOf(crosstown(home, "job", "wait", job_id));
    assert.equal(job.status, "success");
  }
  const { jobs } = await documentOf(crosstown(home, "job", "list"));
  const without = children.length - 1;
  assert.ok([without, without + 1].includes(jobs.length), "the victim's own may not be there yet");
  assert.equal(
    new Set(jobs.map(({ event_id }: { event_id: string }) => event_id)).size,
    jobs.length,
  );
  const paid = jobs.reduce(
    (sum: bigint, { amount_units, write_units }: Record<string, string>) =>
      sum + BigInt(amount_units) + BigInt(write_units),
    0n,
  );
  const { connector } = await documentOf(crosstown(home, "dev", "status"));
  const accounts: { spent: string; credited: string; held: string }[] = connector.accounts;
  const own = accounts.find(({ spent }) => spent === String(paid));
  assert.deepEqual([own?.credited, own?.held], [String(paid), "0"], JSON.stringify(accounts));
}

async function secrets(home: string): Promise<void> {
  const dev = `${home}/dev`;
  const wanted = new Map<string, string>();
  for (
    const [name, wallet] of [
      ["buyer", `${dev}/wallet`],
      ["relay", `${dev}/relay/relay`],
      ["connector", `${dev}/connector/connector`],
      ["provider", `${dev}/provider/dev/wallet`],
    ]
  ) {
    const passphrase = (await Deno.readTextFile(`${wallet}.pass`)).trim();
    const keys = await openWallet((await Deno.readTextFile(`${wallet}.enc`)).trim(), passphrase);
    wanted.set(`passphrase of the ${name}`, passphrase);
    for (const [which, key] of Object.entries(keys)) {
      wanted.set(`${which} of the ${name}`, key.toHex());
      wanted.set(`${which} of the ${name}, base64`, key.toBase64());
    }
  }
  for (const profile of [`${dev}/profile.toml`, `${dev}/provider/dev/profile.toml`]) {
    const token = /token\s*=\s*"([^"]+)"/.exec(await Deno.readTextFile(profile))![1];
    wanted.set(`token in ${profile}`, token);
  }
  const found: string[] = [];
  const look = (where: string, text: string) => {
    for (const [name, secret] of wanted) {
      if (text.toLowerCase().includes(secret.toLowerCase())) found.push(`${name} in ${where}`);
    }
  };

  const child = crosstown(home, "job", "submit", "echo", "--input", "x", "--wait", "--verbose");
  const running = documentOf(child);
  let done = false;
  void running.finally(() => done = true);
  while (!done) {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null"],
      stdout: "piped",
    }).output();
    look("an argument or environment", new TextDecoder("latin1").decode(stdout));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const job = await running;
  assert.equal(job.status, "success");
  look("what the command printed", JSON.stringify(job));

  for await (const path of filesBelow(home)) {
    // A pack that git is writing has its rights once it is whole; its folders are closed before.
    if (/\.git\/objects\/pack\/tmp_/.test(path)) continue;
    const info = await Deno.lstat(path).catch(() => null);
    if (info === null) continue; // Gone since it was listed: the home is at work.
    const { mode, isFile, isDirectory } = info;
    if (!path.startsWith(`${home}/project`)) {
      assert.equal(mode! & 0o077, 0, `${path} is open to others`);
      // What git has packed is never written again.
      const file = /\.git\/objects\/pack\//.test(path) ? [0o400, 0o600] : [0o600];
      assert.ok((isDirectory ? [0o700] : file).includes(mode! & 0o777), `${path} is ${mode}`);
    }
    const mayHold = /\.(pass|enc)$|profile\.toml$/.test(path);
    if (!isFile || mayHold) continue;
    const bytes = await Deno.readFile(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return new Uint8Array();
    });
    look(path, new TextDecoder("latin1").decode(bytes));
  }
  assert.deepEqual(found, []);
}
