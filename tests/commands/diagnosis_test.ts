import assert from "node:assert/strict";
import { btpServer, closingRelay, emptyRelay } from "./peers.ts";
import { MemoryIo, run } from "./memory_io.ts";

async function home(toml = ""): Promise<{ path: string; io: MemoryIo } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "crosstown-home-" });
  if (toml !== "") await Deno.writeTextFile(`${path}/crosstown.toml`, toml, { mode: 0o600 });
  const io = new MemoryIo();
  io.variables = { GASTOWN_HOME: path, HOME: path };
  return { path, io, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Where all peers answer, it does not wait for so long; a busy machine may. */
const PATIENT = ["doctor", "--timeout", "120"];

/** A port on which no program listens. */
function deadPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function network(relayPort: number, connectorPort: number, token = "secret"): string {
  return `network = "here"
[networks.here]
relay_url = "ws://127.0.0.1:${relayPort}"
connector_btp = "btp+ws://127.0.0.1:${connectorPort}"
testnet = true
[networks.here.connector_auth]
username = "alice"
token = "${token}"
[networks.here.relay]
pubkey = "${"ab".repeat(32)}"
ilp_address = "g.here.relay"
`;
}

const RELAY = { name: "the relay", software: "x", version: "1", supported_nips: [1, 11] };

Deno.test("config shows each value, where it came from, and the network's banner", async () => {
  await using dir = await home("[jobs]\ntimeout_s = 60\n");
  dir.io.variables.CROSSTOWN_RELAY_URL = "wss://env.example.org";
  const { code, out } = await run(["config", "--mayor", "m2"], { io: dir.io });
  assert.equal(code, 0);
  assert.match(out, /^TESTNET base-sepolia/);
  assert.match(out, /^mayor +m2 +\(--mayor\)$/m);
  assert.match(out, /^relay +wss:\/\/env\.example\.org\/? +\(CROSSTOWN_RELAY_URL\)$/m);
  assert.match(out, /^jobs\.timeout_s +60 +\(.+crosstown\.toml\)$/m);
});

Deno.test("config prints JSON and CSV of the same values and hides secrets", async () => {
  await using dir = await home();
  const key = "ab".repeat(32);
  dir.io.variables.GASTOWN_WALLET_PRIVATE_KEY = key;
  dir.io.variables.GASTOWN_ALLOW_UNENCRYPTED_KEYS = "true";
  const json = (await run(["config", "--output", "json"], { io: dir.io })).out;
  const { values, testnet } = JSON.parse(json);
  assert.equal(testnet, true);
  dir.io.out = "";
  const csv = (await run(["config", "--output", "csv"], { io: dir.io })).out;
  assert.equal(csv.split("\r\n")[0], "key,value,source,in_force");
  assert.equal(csv.split("\r\n").length - 2, values.length);
  assert.ok(!json.includes(key) && !csv.includes(key));
});

Deno.test("config exits 2 on an unknown key, with the key that was meant", async () => {
  await using dir = await home('relai = "wss://x.example.org"\n');
  const { code, out } = await run(["config", "--output", "json"], { io: dir.io });
  assert.equal(code, 2);
  assert.match(JSON.parse(out).error.suggestion, /relay/);
});

Deno.test("relay status shows state, write rule and NIP-11, exit 0", async () => {
  await using relay = await emptyRelay(RELAY);
  await using dir = await home(network(relay.port, deadPort()));
  const { code, out } = await run(["relay", "status", "--timeout", "120", "--output", "json"], {
    io: dir.io,
  });
  assert.equal(code, 0);
  const document = JSON.parse(out);
  assert.equal(document.state, "connected");
  assert.equal(document.write, "ilp");
  assert.deepEqual(document.information, RELAY);
  dir.io.out = "";
  const text = (await run(["relay", "status", "--timeout", "120"], { io: dir.io })).out;
  assert.match(text, /^TESTNET here/);
  assert.match(text, /^state +connected in \d+ ms$/m);
  assert.match(text, /^name +the relay$/m);
});

Deno.test("relay status says that the relay is gone and exits 1", async () => {
  await using dir = await home(network(deadPort(), deadPort()));
  const json = await run(["relay", "status", "--output", "json"], { io: dir.io });
  assert.equal(json.code, 1);
  const document = JSON.parse(json.out);
  assert.equal(document.state, "offline");
  assert.match(document.reason, /ECONNREFUSED|refused/i);
  dir.io.out = "";
  const text = await run(["relay", "status"], { io: dir.io });
  assert.equal(text.code, 1);
  assert.match(text.out, /offline/);
  assert.match(text.err, /local commands still work/);
});

Deno.test("relay status ends with the signal", async () => {
  await using dir = await home(network(deadPort(), deadPort()));
  const { Interrupted } = await import("../../shell/errors.ts");
  const signal = AbortSignal.abort(new Interrupted("SIGINT"));
  assert.equal((await run(["relay", "status"], { io: dir.io, signal })).code, 130);
});

Deno.test("relay status lets no control character of the relay reach the terminal", async () => {
  await using relay = await emptyRelay({ ...RELAY, name: "x\u001b]0;owned\u0007" });
  await using dir = await home(network(relay.port, deadPort()));
  const { out } = await run(["relay", "status", "--timeout", "120"], { io: dir.io });
  assert.match(out, /owned/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(out, /[\u001b\u0007]/);
});

Deno.test("doctor gives its checks; all is well where relay and connector let us in", async () => {
  await using relay = await emptyRelay(RELAY);
  await using connector = await btpServer("secret");
  await using dir = await home(network(relay.port, connector.port));
  await Deno.chmod(dir.path, 0o700);
  await Deno.writeTextFile(`${dir.path}/identity.enc`, "QUJD".repeat(30), { mode: 0o600 });
  const { code, out } = await run([...PATIENT, "--output", "json"], { io: dir.io });
  const { ok, checks } = JSON.parse(out);
  assert.deepEqual(
    checks.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`),
    [
      "configuration ok",
      "keys ok",
      "git ok",
      "relay ok",
      "connector ok",
      "blobs ok",
      "chain ok",
      "skills ok",
      // No PATH is set, so no bubblewrap is found.
      "sandbox warn",
      "payments ok",
      "state ok",
      "audit ok",
    ],
    out,
  );
  assert.equal(ok, true);
  assert.equal(code, 0);
  assert.match(checks[4].message, /lets us in/);
});

Deno.test("doctor reports clocks of relay and connector that differ by half a minute", async () => {
  await using relay = await emptyRelay(RELAY, 30_000);
  await using connector = await btpServer("secret", 30_000);
  await using dir = await home(network(relay.port, connector.port));
  const startedMs = performance.now();
  const { out } = await run([...PATIENT, "--output", "json"], { io: dir.io });
  // The time of a peer is that of any moment until its answer has come.
  const doubtS = 1 + (performance.now() - startedMs) / 1_000;
  const { checks } = JSON.parse(out);
  for (const peer of ["relay", "connector"]) {
    const found = checks.find(({ name }: { name: string }) => name === peer);
    assert.equal(found.status, "warn", out);
    const [, seconds] = new RegExp(`this machine's clock is (\\d+) s behind that of the ${peer}$`)
      .exec(found.message)!;
    assert.ok(Math.abs(Number(seconds) - 30) < doubtS, `${seconds} s, ${doubtS} in doubt`);
    assert.match(found.suggestion, /compare both clocks/);
  }
});

Deno.test("doctor names what is wrong and what to do, exit 1", async () => {
  await using connector = await btpServer("another");
  await using dir = await home(network(deadPort(), connector.port));
  await Deno.chmod(dir.path, 0o755);
  await Deno.writeTextFile(`${dir.path}/identity.enc`, "x");
  await Deno.chmod(`${dir.path}/identity.enc`, 0o644);
  const { code, out } = await run([...PATIENT, "--output", "json"], { io: dir.io });
  assert.equal(code, 1);
  const { ok, checks } = JSON.parse(out);
  assert.equal(ok, false);
  const [configuration, keys, , relay, connectorCheck] = checks;
  assert.equal(configuration.status, "warn");
  assert.match(configuration.suggestion, /crosstown doctor --fix/);
  assert.equal(keys.status, "fail");
  assert.match(keys.suggestion, /chmod 600/);
  assert.equal(relay.status, "fail");
  assert.equal(connectorCheck.status, "fail");
  assert.match(connectorCheck.message, /sign-in refused: F00/);
  assert.doesNotMatch(out, /secret/);
  dir.io.out = "";
  const text = (await run(PATIENT, { io: dir.io })).out;
  assert.match(text, /^FAIL {2}relay .+\n {21}check the address/m);
});

Deno.test("doctor finds a passphrase's file that is missing or open to others", async () => {
  await using dir = await home(network(deadPort(), deadPort()));
  const file = `${dir.path}/passphrase`;
  await Deno.writeTextFile(file, "correct horse battery staple\n", { mode: 0o600 });
  const made = await run(["wallet", "init", "--passphrase-file", file], { io: dir.io });
  assert.equal(made.code, 0, made.err);
  const settings = `${dir.path}/crosstown.toml`;
  await Deno.writeTextFile(settings, `\n[wallet]\npassphrase_file = "${file}"\n`, { append: true });
  const keys = async () => {
    dir.io.out = "";
    const { out } = await run([...PATIENT, "--output", "json"], { io: dir.io });
    return JSON.parse(out).checks.find(({ name }: { name: string }) => name === "keys");
  };
  assert.equal((await keys()).status, "ok");
  await Deno.chmod(file, 0o640);
  const open = await keys();
  assert.equal(open.status, "fail");
  assert.equal(open.suggestion, `run 'chmod 600 ${file}'`);
  await Deno.remove(file);
  const missing = await keys();
  assert.equal(missing.status, "fail");
  assert.match(
    missing.message,
    /passphrase, which passphrase_file under \[wallet\] names, does not exist/,
  );
  await Deno.writeTextFile(
    settings,
    (await Deno.readTextFile(settings)).replace(file, `${file}${"x".repeat(300)}`),
  );
  const unreadable = await keys();
  assert.equal(unreadable.status, "fail");
  assert.match(unreadable.message, /^cannot read .*x, which passphrase_file under/);
});

Deno.test("doctor continues when the configuration cannot be read, and with no home at all", async () => {
  await using dir = await home("not toml");
  const broken = JSON.parse((await run(["doctor", "--output", "json"], { io: dir.io })).out);
  assert.deepEqual(
    broken.checks.map(({ status }: { status: string }) => status),
    ["fail", "fail", "ok", "fail", "fail", "fail", "fail", "fail", "warn", "fail", "fail", "fail"],
  );
  dir.io.out = "";
  dir.io.variables.GASTOWN_HOME = `${dir.path}/none`;
  dir.io.variables.GASTOWN_CROSSTOWN_RELAY_URL = `ws://127.0.0.1:${deadPort()}`;
  dir.io.variables.GASTOWN_CROSSTOWN_CONNECTOR_BTP = `btp+ws://127.0.0.1:${deadPort()}`;
  const empty = JSON.parse((await run(["doctor", "--output", "json"], { io: dir.io })).out);
  assert.deepEqual(
    empty.checks.map(({ status }: { status: string }) => status),
    ["warn", "warn", "ok", "fail", "fail", "ok", "fail", "ok", "warn", "ok", "ok", "ok"],
  );
});

Deno.test("logs shows the last lines, filtered, as text and as JSON lines", async () => {
  await using dir = await home();
  const folder = `${dir.path}/hooks/mayor-001`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/crosstown.log`,
    'level=info msg="one"\nlevel=warn msg="two" job_id=job-5abc123\nlevel=error msg="thr\\u001bee"\n',
  );
  const text = await run(["logs", "-n", "2"], { io: dir.io });
  assert.equal(
    text.out,
    'level=warn msg="two" job_id=job-5abc123\nlevel=error msg="thr\\u001bee"\n',
  );
  dir.io.out = "";
  const json = await run(["logs", "--level", "warn", "--output", "json"], { io: dir.io });
  assert.deepEqual(json.out.trim().split("\n").map((line) => JSON.parse(line)), [
    { schema: "log-line/1", job_id: "job-5abc123", level: "warn", msg: "two" },
    { schema: "log-line/1", level: "error", msg: "thr\u001bee" },
  ]);
});

Deno.test("logs --follow continues until the signal", async () => {
  await using dir = await home();
  const folder = `${dir.path}/hooks/mayor-001`;
  await Deno.mkdir(folder, { recursive: true });
  const file = `${folder}/crosstown.log`;
  await Deno.writeTextFile(file, "level=info msg=a\n");
  const stop = new AbortController();
  const running = run(["logs", "--follow"], { io: dir.io, signal: stop.signal });
  await Deno.writeTextFile(file, "level=info msg=b\n", { append: true });
  await dir.io.until("msg=b");
  stop.abort();
  assert.equal((await running).code, 0);
  assert.equal(dir.io.out, "level=info msg=a\nlevel=info msg=b\n");
});

Deno.test("logs says that there is no log yet, exit 1", async () => {
  await using dir = await home();
  const { code, out } = await run(["logs", "--output", "json"], { io: dir.io });
  assert.equal(code, 1);
  assert.equal(JSON.parse(out).error.code, "no_log");
});

Deno.test("doctor warns of a relay whose terms were not accepted", async () => {
  await using relay = await emptyRelay(RELAY);
  const toml = network(relay.port, deadPort()).split("[networks.here.relay]")[0];
  await using dir = await home(toml);
  const { out } = await run(["doctor", "--output", "json"], { io: dir.io });
  const { checks } = JSON.parse(out);
  const { status, suggestion } = checks.find(({ name }: { name: string }) => name === "relay");
  assert.equal(status, "warn");
  assert.match(suggestion, /relay terms --pin/);
});

Deno.test("doctor warns of a relay that closes our questions, with its words", async () => {
  await using relay = await closingRelay("ERROR: restricted: only for members");
  await using connector = await btpServer("secret");
  await using dir = await home(network(relay.port, connector.port));
  const { code, out } = await run([...PATIENT, "--output", "json"], { io: dir.io });
  assert.equal(code, 0);
  const check = JSON.parse(out).checks.find(({ name }: { name: string }) => name === "relay");
  assert.equal(check.status, "warn");
  assert.match(check.message, /it closed our subscription: .*restricted: only for members/);
});

Deno.test("doctor names the skills to sell, and those that are left out with the reason", async () => {
  await using dir = await home(network(deadPort(), deadPort()));
  const check = async () => {
    dir.io.out = "";
    const { out } = await run(["doctor", "--output", "json", "--timeout", "1"], { io: dir.io });
    return JSON.parse(out).checks.find(({ name }: { name: string }) => name === "skills");
  };
  const good = await check();
  assert.equal(good.status, "ok");
  assert.match(good.message, /^\d+ to sell: .*echo.*; 2 for results: ci-status, save-artifacts$/);
  await Deno.mkdir(`${dir.path}/skills/broken`, { recursive: true });
  await Deno.writeTextFile(`${dir.path}/skills/broken/SKILL.md`, "no front matter");
  const bad = await check();
  assert.equal(bad.status, "warn");
  assert.match(bad.message, /left out: .*skills\/broken: /);
  assert.match(bad.suggestion, /skill check FOLDER/);
});

Deno.test("doctor says that a machine without bubblewrap can buy, and not sell to strangers", async () => {
  await using dir = await home(network(deadPort(), deadPort()));
  dir.io.variables.PATH = `${dir.path}/no-programs`;
  const { out } = await run(["doctor", "--output", "json", "--timeout", "1"], { io: dir.io });
  const { status, message, suggestion } = JSON.parse(out).checks
    .find(({ name }: { name: string }) => name === "sandbox");
  assert.equal(status, "warn");
  assert.match(message, /^none: .*; this machine can buy, and sells only to node\.allow_buyers$/);
  assert.match(suggestion, /install bubblewrap/);
});
