import assert from "node:assert/strict";
import type { Config } from "../../config/config.ts";
import { settingsInUse } from "../../config/settings_in_use.ts";
import { DEV_FILE, FILE, load, NET } from "./config_world.ts";

const config = (text: string) => load({ files: { ...DEV_FILE, [FILE]: text } });

const CASES = [
  { name: "nothing", before: "", after: "# a comment\n", atOnce: [], restart: [] },
  {
    name: "a setting of each kind",
    before: "",
    after: '[alerts]\nrepeat_s = 60\n[limits]\njob_m2m = "1"\nframe_bytes = 70000\n',
    atOnce: ["limits.job_m2m", "alerts.repeat_s"],
    restart: ["limits.frame_bytes"],
  },
  {
    name: "a lower limit",
    before: '[limits]\njob_m2m = "2"\n',
    after: '[limits]\njob_m2m = "1"\n',
    atOnce: ["limits.job_m2m"],
    restart: [],
  },
  {
    name: "a higher limit",
    before: '[limits]\njob_m2m = "2"\n',
    after: '[limits]\njob_m2m = "3"\n',
    atOnce: [],
    restart: ["limits.job_m2m"],
  },
  {
    name: "no limit any more",
    before: '[limits]\njob_m2m = "2"\n',
    after: "",
    atOnce: [],
    restart: ["limits.job_m2m"],
  },
  {
    name: "a list and a table",
    before: "",
    after: '[node]\ntags = ["gpu"]\n[node.prices]\necho = 5\n',
    atOnce: ["node.tags", "node.prices"],
    restart: [],
  },
  {
    name: "another relay of the network",
    before: `network = "n"\n${NET}`,
    after: `network = "n"\n${NET.replace("//r", "//s")}`,
    atOnce: [],
    restart: ["networks"],
  },
  {
    name: "a further connector",
    before: "",
    after: `[connectors.dev.second]\nurl = "btp+ws://127.0.0.1:4000"\npeer_address = "0x${
      "a".repeat(40)
    }"\nreaches = ["test.second"]\n[connectors.dev.second.auth]\nusername = "u"\ntoken = "t"\n`,
    atOnce: [],
    restart: ["connectors"],
  },
];

for (const { name, before, after, atOnce, restart } of CASES) {
  Deno.test(`settingsInUse() tells what a change brings at once and what after a restart: ${name}`, async () => {
    const inUse = settingsInUse(await config(before));
    const change = inUse.compare(await config(after));
    assert.deepEqual([change.atOnce, change.restart], [atOnce, restart]);
  });
}

Deno.test("settingsInUse() forgets a change that was taken back, and remembers a limit that was lowered", async () => {
  const at = (job: string, frame: number) =>
    config(`[limits]\njob_m2m = "${job}"\nframe_bytes = ${frame}\n`);
  const inUse = settingsInUse(await at("5", 70_000));
  const take = (now: Config) => {
    const { used, atOnce, restart } = inUse.compare(now);
    used();
    return { atOnce, restart };
  };
  const limit = "limits.job_m2m";
  assert.deepEqual(take(await at("3", 80_000)), {
    atOnce: [limit],
    restart: ["limits.frame_bytes"],
  });
  assert.deepEqual(take(await at("3", 70_000)), { atOnce: [], restart: [] });
  assert.deepEqual(take(await at("4", 70_000)), { atOnce: [], restart: [limit] });
  assert.deepEqual(take(await at("2", 70_000)), { atOnce: [limit], restart: [] });
});

Deno.test("settingsInUse() leaves out what this daemon never reads", async () => {
  const inUse = settingsInUse(await config(""), (key) => !key.startsWith("node."));
  const changed = await config("[node]\njobs = 1\nmodel_tokens = 9\n");
  const { atOnce, restart } = inUse.compare(changed);
  assert.deepEqual({ atOnce, restart }, { atOnce: [], restart: [] });
});

Deno.test("settingsInUse() tells a change again that could not be used", async () => {
  const inUse = settingsInUse(await config(""));
  const changed = await config('[limits]\njob_m2m = "1"\n');
  assert.deepEqual(inUse.compare(changed).atOnce, ["limits.job_m2m"]);
  const { atOnce, used } = inUse.compare(changed);
  assert.deepEqual(atOnce, ["limits.job_m2m"]);
  used(["limits.job_m2m"]);
  assert.deepEqual(inUse.compare(changed).atOnce, ["limits.job_m2m"]);
  used();
  assert.deepEqual(inUse.compare(changed).atOnce, []);
});

const CLUB = `network = "n"
[networks.n]
relay_url = "ws://127.0.0.1:9"
connector_btp = "btp+wss://main.example"
peer.address = "0x${"55".repeat(20)}"
[networks.n.chain]
chain_id = 84532
token_network_address = "0x${"44".repeat(20)}"
token_address = "0x${"33".repeat(20)}"
registry_address = "0x${"22".repeat(20)}"
rpc_urls = ["http://127.0.0.1:1"]
`;
const further = (digit: string, more = "") =>
  `[networks.n.connectors.c${digit}]\nurl = "btp+wss://c${digit}.example"\npeer_address = "0x${
    digit.repeat(40)
  }"\n${more}`;
const PAID = 'ilp_address = "g.c2.me"\n';

for (
  const [name, before, after, atOnce, restart] of [
    ["one more", CLUB, CLUB + further("1"), true, []],
    ["one less", CLUB + further("1"), CLUB, true, []],
    ["one over which the home is paid", CLUB, CLUB + further("2", PAID), false, ["connectors"]],
    [
      "one more beside one over which the home is paid",
      CLUB + further("2", PAID),
      CLUB + further("2", PAID) + further("1"),
      true,
      [],
    ],
  ] as const
) {
  Deno.test(`settingsInUse() tells which further connectors need a restart: ${name}`, async () => {
    const inUse = settingsInUse(await config(before));
    const change = inUse.compare(await config(after));
    // The text of the profile contains its connectors; the accepted ones stand elsewhere.
    const others = change.restart.filter((key) => key !== "networks");
    assert.deepEqual([change.connectors, others], [atOnce, restart]);
    change.usedConnectors();
    assert.equal(inUse.compare(await config(after)).connectors, false);
  });
}
