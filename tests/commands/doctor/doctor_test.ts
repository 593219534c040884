/** What `crosstown doctor` finds in a home, and at its relay and connector. */
import assert from "node:assert/strict";
import { deadPort, home, network, RELAY } from "../configured_home.ts";
import { run } from "../memory_io.ts";
import { btpServer, closingRelay, emptyRelay } from "../peers.ts";

/** Where all peers answer, it does not wait for so long; a busy machine may. */
const PATIENT = ["doctor", "--timeout", "120"];

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
