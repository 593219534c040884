/** Connectors whose announced terms were accepted, as a home keeps and uses them. */
import assert from "node:assert/strict";
import {
  type AcceptedConnector,
  formatAcceptedConnectors,
  parseAcceptedConnectors,
} from "../../config/accepted_connectors.ts";
import { DEV_FILE, FILE, load } from "./config_world.ts";

const PATH = "/u/a/.gt/terms/base-sepolia.connectors.toml";
const DEV_PATH = "/u/a/.gt/terms/dev.connectors.toml";
const EAST: AcceptedConnector = {
  name: "east",
  pubkey: "a".repeat(64),
  url: "btp+wss://east.example/",
  peerAddress: `0x${"6".repeat(40)}`,
  reaches: ["g.east"],
  createdAtS: 1_000,
  expiresAtS: 1_600,
  acceptedAt: "2026-11-24T20:00:00Z",
};
const FAR = {
  ...EAST,
  name: "far",
  url: "btp+wss://far.example/",
  peerAddress: `0x${"7".repeat(40)}`,
};

Deno.test("accepted connectors are read as they were written", () => {
  const text = formatAcceptedConnectors([EAST, FAR]);
  assert.deepEqual(parseAcceptedConnectors(text, PATH), [EAST, FAR]);
  assert.deepEqual(parseAcceptedConnectors("", PATH), []);
});

Deno.test("an accepted connector without an ILP address, with a wrong name, key, address or time is refused", () => {
  for (
    const change of [
      { reaches: [] },
      { reaches: ["g east"] },
      { name: "main" },
      { name: "East" },
      { pubkey: "a" },
      { peerAddress: "0x1" },
      { url: "btp+ws://east.example/" },
      { expiresAtS: -1 },
    ]
  ) {
    const text = formatAcceptedConnectors([{ ...EAST, ...change }]);
    assert.throws(() => parseAcceptedConnectors(text, PATH), { name: "ConfigError" }, text);
  }
});

Deno.test("loadConfig() uses accepted connectors after those of the file, only on public addresses except on dev", async () => {
  const files = {
    ...DEV_FILE,
    [FILE]: `[connectors.base-sepolia.mine]\nurl = "btp+wss://mine.example"\npeer_address = "0x${
      "8".repeat(40)
    }"\n`,
    [PATH]: formatAcceptedConnectors([EAST, FAR]),
    [DEV_PATH]: formatAcceptedConnectors([EAST]),
  };
  const { profile, unusedConnectors, explain } = await load({
    files,
    flags: { network: "base-sepolia" },
  });
  assert.deepEqual(
    profile.moreConnectors?.map(({ name, publicOnly, announced }) => [
      ...[name, publicOnly, announced?.expiresAtS],
    ]),
    [["mine", undefined, undefined], ["east", true, 1_600], ["far", true, 1_600]],
  );
  assert.deepEqual(unusedConnectors, []);
  assert.deepEqual(explain().at(-1), {
    key: "connectors.base-sepolia.far",
    value: "btp+wss://far.example/ reaches g.east",
    source: "accepted terms",
  });
  const dev = (await load({ files })).profile.moreConnectors;
  assert.deepEqual(dev?.map(({ name, publicOnly }) => [name, publicOnly]), [["east", undefined]]);
});

Deno.test("loadConfig() leaves out an accepted connector that the configuration conflicts with, and says why", async () => {
  const stated = (name: string, url: string, digit: string) =>
    `[connectors.base-sepolia.${name}]\nurl = "${url}"\npeer_address = "0x${digit.repeat(40)}"\n`;
  for (
    const [text, why] of [
      [stated("east", "btp+wss://other.example", "8"), /same name/],
      [stated("mine", "btp+wss://east.example", "8"), /same url/],
      [stated("mine", "btp+wss://other.example", "6"), /same settlement address/],
      [
        Array.from("12345789", (digit) => stated(`c${digit}`, `btp+wss://c${digit}.example`, digit))
          .join(""),
        /more than 8/,
      ],
    ] as const
  ) {
    const { profile, unusedConnectors } = await load({
      files: { [FILE]: text, [PATH]: formatAcceptedConnectors([EAST]) },
      flags: { network: "base-sepolia" },
    });
    assert.ok(profile.moreConnectors?.every(({ announced }) => announced === undefined));
    assert.deepEqual(unusedConnectors.map(({ name }) => name), ["east"]);
    assert.match(unusedConnectors[0].reason, why);
  }
});

Deno.test("loadConfig() refuses accepted connectors that others may read", async () => {
  const file = { text: formatAcceptedConnectors([EAST]), mode: 0o644 };
  await assert.rejects(load({ files: { [PATH]: file }, flags: { network: "base-sepolia" } }), {
    code: "config_permissions",
  });
});
