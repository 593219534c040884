import assert from "node:assert/strict";
import { manifestOf } from "../skill_files.ts";
import { HEAD, RUN } from "./manifests.ts";

Deno.test("parseManifest() reads a whole manifest, with defaults for the rest", () => {
  const full = manifestOf(`${HEAD}types = ["t"]
tags = ["x"]
accepts = "toon"
[price]
flat_units = 10
units_per_kib = 3
[limits]
timeout_s = 5
memory_mb = 64
processes = 2
output_bytes = 100
[run]
runner = "deno"
module = "src/main.ts"
[permissions]
net = ["127.0.0.1:11434"]
read = ["data"]
`);
  assert.deepEqual(full.price, { flatUnits: 10n, unitsPerKib: 3n });
  assert.deepEqual(full.limits, { timeoutS: 5, memoryMb: 64, processes: 2, outputBytes: 100 });
  assert.ok(full.run.type === "deno");
  assert.deepEqual(full.run.permissions, {
    net: ["127.0.0.1:11434"],
    read: ["data"],
    write: [],
    env: [],
  });
  const least = manifestOf(HEAD + RUN);
  assert.deepEqual(least.run, {
    type: "command",
    command: ["cat"],
    env: [],
    net: [],
    read: [],
    sandbox: true,
  });
  assert.equal(least.accepts, "both");
  assert.equal(manifestOf(`${HEAD}${RUN}tier = "runsc+kvm"`).tier, "runsc+kvm");
});

for (
  const { name, text, error } of [
    { name: "no TOML", text: "name = ", error: /^skill\.toml:1: this is not TOML/ },
    {
      name: "unknown key",
      text: `${HEAD}kind = 1\n${RUN}`,
      error: /^skill\.toml:2: unknown key kind;/,
    },
    {
      name: "unknown key in a table",
      text: `${HEAD}${RUN}net = []\n`,
      error: /unknown key run\.net/,
    },
    {
      name: "unknown permission",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "m.ts"\n[permissions]\nrun = ["sh"]\n`,
      error: /skill\.toml:6: unknown key permissions\.run/,
    },
    { name: "kind too high", text: HEAD.replace("5650", "70000") + RUN, error: /65535/ },
    { name: "kind as text", text: HEAD.replace("5650", '"5650"') + RUN, error: /whole numbers/ },
    { name: "kind twice", text: HEAD.replace("5650", "1, 1") + RUN, error: /twice/ },
    {
      name: "negative price",
      text: `${HEAD}[price]\nflat_units = -1\n${RUN}`,
      error: /price\.flat_units/,
    },
    {
      name: "fraction",
      text: `${HEAD}[price]\nflat_units = 1.5\n${RUN}`,
      error: /price\.flat_units/,
    },
    {
      name: "no limit",
      text: `${HEAD}[limits]\ntimeout_s = 0\n${RUN}`,
      error: /limits\.timeout_s/,
    },
    {
      name: "builtin",
      text: `${HEAD}[run]\nrunner = "builtin"\n`,
      error: /run\.runner must be deno or command/,
    },
    {
      name: "a sandbox that none can require",
      text: `${HEAD}${RUN}tier = "bubblewrap"\n`,
      error: /skill\.toml:5: run\.tier must be runsc or runsc\+kvm/,
    },
    {
      name: "a sandbox that it does not use",
      text: `${HEAD}${RUN}sandbox = false\ntier = "runsc"\n`,
      error: /skill\.toml:6: .*cannot require one/,
    },
    {
      name: "no program",
      text: `${HEAD}[run]\nrunner = "command"\ncommand = []\n`,
      error: /name a program/,
    },
    {
      name: "program outside",
      text: `${HEAD}[run]\nrunner = "command"\ncommand = ["../x"]\n`,
      error: /inside/,
    },
    {
      name: "absolute program",
      text: `${HEAD}[run]\nrunner = "command"\ncommand = ["/bin/x"]\n`,
      error: /inside/,
    },
    {
      name: "module outside",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "../x.ts"\n`,
      error: /inside/,
    },
    {
      name: "net with a flag",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "x.ts"\n[permissions]\nnet = ["a,b"]\n`,
      error: /"a,b" is not a host/,
    },
    {
      name: "path with a comma",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "x.ts"\n[permissions]\nread = ["a,/"]\n`,
      error: /comma/,
    },
    {
      name: "our secrets",
      text: `${HEAD}${RUN}[permissions]\nenv = ["GASTOWN_WALLET_PRIVATE_KEY"]\n`,
      error: /may not hold/,
    },
    {
      name: "loader",
      text: `${HEAD}${RUN}[permissions]\nenv = ["LD_PRELOAD"]\n`,
      error: /skill\.toml:6: permissions\.env may not hold LD_PRELOAD/,
    },
    {
      name: "an address that jobs may never reach",
      text: `${HEAD}${RUN}[permissions]\nnet = ["a.example", "0.0.0.0:80"]\n`,
      error: /skill\.toml:6: permissions\.net: "0\.0\.0\.0:80" is an address that jobs may never/,
    },
    {
      name: "another form of an address",
      text: `${HEAD}${RUN}[permissions]\nnet = ["2130706433"]\n`,
      error: /skill\.toml:6: permissions\.net: "2130706433" is not a host, an address or host:port/,
    },
    {
      name: "every host for a module",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "x.ts"\n[permissions]\nnet = ["*:80"]\n`,
      error: /permissions\.net: "\*:80" is only for commands and agents: name the hosts/,
    },
    {
      name: "a judge that is sold",
      text: `${HEAD}judges = true\n${RUN}`,
      error: /skill\.toml:2: a skill that judges has kinds = \[\]/,
    },
    {
      name: "a judge with a price",
      text: `kinds = []\njudges = true\n[price]\nflat_units = 1\n${RUN}`,
      error: /skill\.toml:3: a skill that judges has no \[price\]/,
    },
    {
      name: "a judge with a schema",
      text: `kinds = []\njudges = true\n[output]\ntype = "object"\n${RUN}`,
      error: /a skill that judges has no \[output\]/,
    },
    {
      name: "increments of output without a price",
      text: `${HEAD}[price]\nincrement_kib = 4\n${RUN}`,
      error: /skill\.toml:3: a free skill must have no increments/,
    },
    {
      name: "increments of time and of output",
      text: `${HEAD}[price]\nflat_units = 9\nincrement_s = 15\nincrement_kib = 4\n${RUN}`,
      error: /skill\.toml:5: a skill has increment_s or increment_kib, not both/,
    },
    {
      name: "increments of output that is compared with a schema",
      text: `${HEAD}[price]\nflat_units = 9\nincrement_kib = 4\n[output]\ntype = "object"\n${RUN}`,
      error: /skill\.toml:4: increment_kib needs a live log: a skill with \[output\] has none/,
    },
    {
      name: "increments of output of a message",
      text: `kinds = [1059]\n[price]\nflat_units = 9\nincrement_kib = 4\n${RUN}`,
      error: /skill\.toml:4: increment_kib needs a live log: only kinds 5000 to 5999 have one/,
    },
    {
      name: "increments of more output than is fetched in time",
      text: `${HEAD}[price]\nflat_units = 9\nincrement_kib = 257\n${RUN}`,
      error: /skill\.toml:4: .*increment_kib/,
    },
    {
      name: "a price of what is free",
      text: `${HEAD}price = { payment = "free", flat_units = 1 }\n${RUN}`,
      error: /skill\.toml:2: a free skill must have no price/,
    },
  ]
) {
  Deno.test(`parseManifest() refuses: ${name}`, () => {
    assert.throws(() => manifestOf(text), { code: "bad_manifest", message: error });
  });
}
