/** `crosstown config set`, `unset` and `list`, and completion, of keys under `[networks.NAME]` and the like. */
import assert from "node:assert/strict";
import { MemoryIo, run } from "../memory_io.ts";

const CLUB = `# mine
[networks.club] # free
relay_url = "wss://relay.example"
write = "nostr"
`;

async function home(text: string) {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  await Deno.writeTextFile(`${path}/crosstown.toml`, text, { mode: 0o600 });
  const call = (...args: string[]) => {
    const io = new MemoryIo();
    io.variables = { GASTOWN_HOME: path, HOME: path };
    return run(args, { io });
  };
  return {
    file: () => Deno.readTextFile(`${path}/crosstown.toml`),
    call,
    config: async (...args: string[]) => {
      const { code, out } = await call("config", ...args, "--output", "json");
      return { code, document: JSON.parse(out) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("config set writes the keys of a new network at once, and unset removes it", async () => {
  await using at = await home("");
  const keys = ["networks.club.relay_url", "networks.club.write"];
  const set = await at.config("set", keys[0], "wss://relay.example", keys[1], "nostr");
  assert.equal(set.code, 0);
  assert.deepEqual(set.document.also.map((each: { value: string }) => each.value), ["nostr"]);
  assert.equal(
    await at.file(),
    '[networks.club]\nwrite = "nostr"\nrelay_url = "wss://relay.example"\n',
  );
  assert.equal((await at.config("unset", ...keys)).code, 0);
  assert.equal(await at.file(), "");
});

for (
  const [key, text, line] of [
    ["networks.club.chain.chain_id", "84532", "[networks.club.chain]\nchain_id = 84532\n"],
    ["networks.club.testnet", "true", "testnet = true\n"],
    [
      "networks.club.more_relays",
      "wss://a.example, wss://b.example",
      'more_relays = ["wss://a.example", "wss://b.example"]\n',
    ],
    ["networks.club.wire", "crosstown", 'wire = "crosstown"\n'],
    ["relays.base-sepolia", "wss://own.example", '[relays]\nbase-sepolia = "wss://own.example"\n'],
  ]
) {
  Deno.test(`config set ${key} writes a value of its type and leaves every other byte`, async () => {
    await using at = await home(CLUB);
    const { code, document } = await at.config("set", key, text);
    assert.equal(code, 0, JSON.stringify(document));
    const file = await at.file();
    assert.ok(file.includes(line), file);
    assert.equal(file.replace(line, "").trim(), CLUB.trim());
    assert.equal((await at.config("unset", key)).code, 0);
    assert.equal((await at.file()).trim(), CLUB.trim());
  });
}

for (
  const [args, why] of [
    [["set", "networks.club.wire", "smoke"], /wire must be one of .*crosstown.toml, line 3/],
    [["set", "networks.club.chain.chain_id", "many"], /chain_id must be a whole number .*line \d/],
    [["set", "networks.club.testnet", "maybe"], /testnet must be true or false .*line 3/],
    [
      ["set", "connectors.club.east.url", "btp+wss://e.example"],
      /peer_address is missing .*line \d/,
    ],
    [
      ["set", "connectors.nowhere.east.url", "btp+wss://e.example"],
      /names no network profile .*line/,
    ],
    [["set", "networks.club.connector_auth.token", "abc"], /other users can read a command line/],
    [["set", "networks.dev.relay_url", "wss://x.example"], /networks.dev is built in/],
    [["set", "networks.club.relay", "x"], /there is no setting networks.club.relay/],
    [["set", "networks.club].relay_url", "x"], /there is no setting/],
    [
      ["set", "networks.club.write", "nostr", "networks.club.wire"],
      /networks.club.wire has no value/,
    ],
    [["unset", "networks.club.relay_url"], /relay_url is missing/],
  ] as const
) {
  Deno.test(`config ${args.join(" ")} is refused, and the file stays`, async () => {
    await using at = await home(CLUB);
    const { code, document } = await at.config(...args);
    assert.equal(code, 2);
    assert.match(document.error.message, why);
    assert.equal(await at.file(), CLUB);
    assert.doesNotMatch(JSON.stringify(document), /"abc"/);
  });
}

Deno.test("config list has every key of networks, connectors and relays, with its meaning", async () => {
  await using at = await home("");
  const { document } = await at.config("list");
  const keys = document.settings.map(({ key }: { key: string }) => key);
  for (
    const key of [
      "networks.NAME.relay_url",
      "networks.NAME.relay.kind_prices.KIND",
      "networks.NAME.connectors.CONNECTOR.url",
      "connectors.NETWORK.CONNECTOR.peer_address",
      "relays.NETWORK",
      "limits.job_m2m",
    ]
  ) assert.ok(keys.includes(key), key);
  assert.match(
    (await at.call("config", "list")).out,
    /networks\.NAME\.wire +- +restart +how a PREPARE/,
  );
});

Deno.test("completion offers settings, and the keys of the networks of the file", async () => {
  await using at = await home(CLUB);
  const words = async () =>
    (await at.call("completion", "values", "setting")).out.split("\n").map((line) =>
      line.split("\t")[0]
    );
  const found = await words();
  for (const key of ["limits.job_m2m", "networks.club.wire", "networks.club.chain.chain_id"]) {
    assert.ok(found.includes(key), key);
  }
  await using broken = await home("[networks.club\n");
  const { out } = await broken.call("completion", "values", "setting");
  assert.match(out, /^limits\.job_m2m\t/m, "also beside a file that is not valid");
});
