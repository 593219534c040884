/** A daemon that follows `crosstown.toml`, whatever happens to the file. */
import assert from "node:assert/strict";
import type { Log } from "../../../base/log/log.ts";
import {
  type AcceptedConnector,
  formatAcceptedConnectors,
} from "../../../config/accepted_connectors.ts";
import { liveSettings } from "../../../commands/daemon/live_settings.ts";
import { CommandError } from "../../../shell/errors.ts";
import { configOf } from "../../../shell/home/load_config.ts";
import { MemoryIo } from "../memory_io.ts";

const EAST: AcceptedConnector = {
  name: "east",
  pubkey: "cd".repeat(32),
  url: "btp+wss://east.example:3000",
  peerAddress: `0x${"66".repeat(20)}`,
  reaches: ["g.east"],
  createdAtS: 2_000_000_000,
  expiresAtS: 2_000_000_600,
  acceptedAt: "2026-01-01T00:00:00.000Z",
};
const WEST: Partial<AcceptedConnector> = {
  name: "west",
  pubkey: "ef".repeat(32),
  url: "btp+wss://west.example:3000",
  peerAddress: `0x${"77".repeat(20)}`,
};
const CLUB = `network = "club"
[networks.club]
relay_url = "ws://127.0.0.1:9"
connector_btp = "btp+wss://main.example"
peer.address = "0x${"55".repeat(20)}"
[networks.club.chain]
chain_id = 84532
token_network_address = "0x${"44".repeat(20)}"
token_address = "0x${"33".repeat(20)}"
registry_address = "0x${"22".repeat(20)}"
rpc_urls = ["http://127.0.0.1:1"]
`;
const KEPT = `[node]\nallow_buyers = ["${"ab".repeat(32)}"]\n`;

async function daemon(text: string, canMove = false) {
  const home = await Deno.makeTempDir({ prefix: "ct-" });
  const file = `${home}/crosstown.toml`;
  const write = (now: string) => Deno.writeTextFile(file, now, { mode: 0o600 });
  await write(text);
  const globals = {
    home,
    output: "text",
    nonInteractive: true,
    yes: false,
    dryRun: false,
    quiet: false,
    verbose: false,
  } as const;
  const invocation = { globals, io: new MemoryIo() };
  const used: string[][] = [];
  const logged: string[] = [];
  const log: Log = (_, message) => void logged.push(message);
  let meanwhile = () => Promise.resolve();
  let fails = false;
  let busy = false;
  const connectors: string[][] = [];
  let moves = true;
  const { look, lookAgain, told } = liveSettings({
    invocation,
    config: await configOf(invocation),
    role: "node",
    log,
    settle: () => meanwhile(),
    useConnectors: !canMove ? null : (now) => {
      if (!moves) return Promise.reject(new Error("the worker is away"));
      connectors.push((now.profile.moreConnectors ?? []).map(({ name }) => name));
      return Promise.resolve();
    },
    apply(_, keys) {
      if (fails) return Promise.reject(new Error("the worker is away"));
      used.push([...keys]);
      const reason = new CommandError("no_metrics", "the port is in use", "name another port");
      return Promise.resolve(
        busy && keys.includes("metrics.port") ? [{ key: "metrics.port", reason }] : [],
      );
    },
  });
  await look();
  return {
    file,
    write,
    look,
    lookAgain,
    told,
    used,
    logged,
    connectors,
    moving: (now: boolean) => void (moves = now),
    during: (change: () => Promise<void>) => void (meanwhile = change),
    failing: (now: boolean) => void (fails = now),
    busyPort: (now: boolean) => void (busy = now),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

Deno.test("liveSettings() uses no file that is emptied or removed before it is written", async () => {
  for (
    const empty of [(path: string) => Deno.truncate(path), (path: string) => Deno.remove(path)]
  ) {
    await using at = await daemon(KEPT);
    await empty(at.file);
    at.during(() => at.write(`${KEPT}jobs = 2\n`));
    await at.look();
    assert.deepEqual(at.used, []);
    at.during(() => Promise.resolve());
    await at.look();
    assert.deepEqual(at.used, [["node.jobs"]]);
    await empty(at.file);
    await at.look();
    assert.deepEqual(at.used[1], ["node.allow_buyers"]);
  }
});

Deno.test("liveSettings() reads no more than a configuration may have, and says once why a file is not used", async () => {
  await using at = await daemon(KEPT);
  const refused: (readonly [() => Promise<unknown>, RegExp])[] = [
    // A sparse file: all of it would not fit into the memory of a daemon.
    [() => Deno.truncate(at.file, 8 * 1024 ** 3), /is over 1 MiB/],
    [() => Deno.mkdir(at.file), /is not a regular file/],
    [() => Deno.symlink("/etc/hostname", at.file), /is a symbolic link/],
    [() => Deno.symlink(at.file, at.file), /is a symbolic link/],
    [() => Deno.writeFile(at.file, new Uint8Array(64)), /is not valid TOML/],
  ];
  for (const [make, why] of refused) {
    const said = at.logged.length;
    await make();
    for (let looks = 0; looks < 3; looks++) await at.look();
    assert.match(at.told().problem!.message, why);
    assert.deepEqual(at.logged.slice(said), ["the changed configuration is not used"]);
    await Deno.remove(at.file);
  }
  assert.deepEqual(at.used, []);
  await at.write(KEPT);
  await at.look();
  assert.deepEqual([at.told().problem, at.used], [null, []]);
});

Deno.test("liveSettings() does not call settings used that could not be given to their parts", async () => {
  await using at = await daemon("");
  at.failing(true);
  await at.write(KEPT);
  await at.look();
  assert.match(at.told().problem!.message, /the worker is away/);
  at.failing(false);
  await at.write(`${KEPT}# again\n`);
  await at.look();
  assert.deepEqual([at.used, at.told().problem], [[["node.allow_buyers"]], null]);
});

Deno.test("liveSettings() says which setting its part refused, uses the others, and tries it again on a change and on SIGHUP", async () => {
  await using at = await daemon("");
  at.busyPort(true);
  await at.write(`${KEPT}[metrics]\nport = 9464\n[state]\nkeep_days = 90\n`);
  await at.look();
  const { refused, restart, problem } = at.told();
  assert.deepEqual([refused, restart], [["metrics.port"], ["state.keep_days"]]);
  assert.deepEqual(problem, {
    code: "no_metrics",
    message: "the port is in use",
    suggestion: "name another port",
  });
  assert.deepEqual(at.used, [["metrics.port", "node.allow_buyers"]]);
  assert.deepEqual(at.logged, [
    "changed settings are in use",
    "a changed setting is not used",
    "changed settings need a restart",
  ]);

  await at.look();
  assert.equal(at.used.length, 1, "an unchanged file is not tried again by itself");
  await at.lookAgain();
  assert.deepEqual(at.used.slice(1), [["metrics.port"]]);
  await at.write(`${KEPT}[metrics]\nport = 9464\n# again\n`);
  await at.look();
  assert.deepEqual(at.used.slice(2), [["metrics.port"]]);
  at.busyPort(false);
  await at.lookAgain();
  assert.deepEqual([at.told().refused, at.told().problem], [[], null]);
  await at.lookAgain();
  assert.equal(at.used.length, 4, "what is in use is not tried again");
});

/** The daemon does not wait for its parts. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** Writes the connectors that the home of this daemon accepted. */
async function acceptsAt({ file }: { readonly file: string }) {
  const folder = `${file.slice(0, file.lastIndexOf("/"))}/terms`;
  await Deno.mkdir(folder, { mode: 0o700 });
  return (more: Partial<AcceptedConnector>[]) =>
    Deno.writeTextFile(
      `${folder}/club.connectors.toml`,
      formatAcceptedConnectors(more.map((each) => ({ ...EAST, ...each }))),
      { mode: 0o600 },
    );
}

Deno.test("liveSettings() gives accepted and forgotten connectors to the daemon's parts, once, and names a restart if they cannot use them", async () => {
  await using at = await daemon(CLUB, true);
  const accept = await acceptsAt(at);
  await accept([{}]);
  for (let looks = 0; looks < 3; looks++) await at.look();
  assert.deepEqual([at.connectors, at.told().restart], [[["east"]], []]);
  await accept([{}, { ...WEST, reaches: ["g.west"] }]);
  await at.look();
  await accept([]);
  await at.look();
  await settled();
  assert.deepEqual(at.connectors.slice(1), [["east", "west"], []]);
  assert.equal(at.logged.filter((line) => line === "changed connectors are in use").length, 3);
  at.moving(false);
  await accept([{}]);
  await at.look();
  await settled();
  assert.deepEqual([at.connectors.length, at.told().restart], [3, ["connectors"]]);
  assert.ok(at.logged.includes("changed connectors need a restart"));
});

Deno.test("liveSettings() names a restart when a connector was accepted and the daemon cannot use it, and none when it was forgotten", async () => {
  await using at = await daemon(CLUB);
  const accept = await acceptsAt(at);
  for (
    const [accepted, restart] of [
      [[{}], ["connectors"]],
      [[{}, { ...WEST, reaches: ["g.west"] }], ["connectors"]],
      [[], []],
    ] as const
  ) {
    await accept([...accepted]);
    await at.look();
    assert.deepEqual([at.told().restart, at.told().problem], [restart, null]);
  }
});
