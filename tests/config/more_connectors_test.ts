import assert from "node:assert/strict";
import { formatProfile, parseProfile } from "../../config/profiles.ts";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";
import { connectorNamed } from "../../config/more_connectors.ts";
import type { MoreConnector, Profile } from "../../config/profile.ts";
import { DEV_FILE, FILE, load } from "./config_world.ts";

const PEER = `0x${"6".repeat(40)}`;
const EAST = `url = "btp+wss://east.example"\npeer_address = "${PEER}"\n`;

const east: MoreConnector = {
  name: "east",
  url: "btp+wss://east.example",
  auth: { username: "me", token: "the secret" },
  peerAddress: PEER,
  reaches: ["g.east"],
  ilpAddress: "g.east.me",
  peerRule: "credit",
};

Deno.test("a profile with further connectors is read as it was written", () => {
  const { ilpAddress: _, ...others } = east;
  const bare = { ...others, name: "bare", auth: null, reaches: [] };
  const profile: Profile = {
    ...BASE_SEPOLIA,
    connectorReaches: ["g.main", "test.other"],
    moreConnectors: [
      east,
      { ...bare, url: "btp+wss://bare.example", peerAddress: `0x${"7".repeat(40)}` },
    ],
  };
  assert.deepEqual(parseProfile(formatProfile(profile)), profile);
});

Deno.test("loadConfig() takes further connectors for a network, also for dev, with the network's own peer rule", async () => {
  const files = {
    ...DEV_FILE,
    [FILE]:
      `[connectors.dev.east]\n${EAST}reaches = ["g.east"]\nilp_address = "g.east.me"\n[connectors.base-sepolia.far]\n${EAST}`,
  };
  const { profile, explain } = await load({ files });
  assert.deepEqual(explain().at(-1), {
    key: "connectors.dev.east",
    value: "btp+wss://east.example reaches g.east",
    source: FILE,
  });
  assert.deepEqual(profile.moreConnectors, [{ ...east, auth: null }]);
  const other = (await load({ files, flags: { network: "base-sepolia" } })).profile;
  assert.deepEqual(
    other.moreConnectors?.map(({ name, reaches, peerRule }) => [name, reaches, peerRule]),
    [["far", [], BASE_SEPOLIA.peerRule]],
  );
  assert.deepEqual((await load({ files: DEV_FILE })).profile.moreConnectors, undefined);
});

Deno.test("connectorNamed() finds a connector by its address, in any case", () => {
  const profile = {
    peer: { address: `0x${"Ab".repeat(20)}`, channelId: null },
    moreConnectors: [east],
  };
  assert.equal(connectorNamed(profile, `0x${"aB".repeat(20)}`), "main");
  assert.equal(connectorNamed(profile, PEER), "east");
  assert.equal(connectorNamed(profile, `0x${"7".repeat(40)}`), null);
});

const login = '[connectors.base-sepolia.east.auth]\nusername = "a"\ntoken = "hidden"\n';

for (
  const [name, text, words] of [
    ["of no network", `[connectors.nowhere.east]\n${EAST}`, /connectors\.nowhere names no network/],
    ["named main", `[connectors.base-sepolia.main]\n${EAST}`, /and not main/],
    ["with a name that is none", `[connectors.base-sepolia."a b"]\n${EAST}`, /name a b must be/],
    ["without an address", '[connectors.base-sepolia.east]\nurl = "btp+wss://e"', /peer_address/],
    [
      "without TLS",
      `[connectors.base-sepolia.east]\n${EAST.replace("wss", "ws")}`,
      /without TLS/,
    ],
    [
      "with a prefix that is none",
      `[connectors.base-sepolia.east]\n${EAST}reaches = [""]`,
      /reaches must be a list of ILP addresses/,
    ],
    [
      "with an own address that is none",
      `[connectors.base-sepolia.east]\n${EAST}ilp_address = "east"`,
      /ilp_address must be an ILP address/,
    ],
    [
      "with an unknown key",
      `[connectors.base-sepolia.east]\n${EAST}reach = []`,
      /unknown key .*reach/,
    ],
    [
      "with another's address",
      `[connectors.base-sepolia.a]\n${EAST}[connectors.base-sepolia.b]\n${
        EAST.replace("east", "b")
      }`,
      /the same settlement address/,
    ],
    [
      "at another's URL",
      `[connectors.base-sepolia.a]\n${EAST}[connectors.base-sepolia.b]\n${EAST.replace(/6/g, "7")}`,
      /the same url/,
    ],
    [
      "beside no main one",
      `[networks.n]\nrelay_url = "wss://r"\nwrite = "nostr"\n[connectors.n.east]\n${EAST}`,
      /need a main connector/,
    ],
    [
      "where there is no chain",
      `[networks.n]\nrelay_url = "wss://r"\nconnector_btp = "btp+wss://c"\n[connectors.n.east]\n${EAST}`,
      /need a chain/,
    ],
    [
      "nine times",
      Array.from(
        { length: 9 },
        (_, at) =>
          `[connectors.base-sepolia.c${at}]\n${
            EAST.replace("east", `e${at}`).replace(/6{40}/, `${at}`.repeat(40))
          }`,
      ).join(""),
      /more than 8/,
    ],
  ] as const
) {
  Deno.test(`loadConfig() refuses a further connector ${name}`, async () => {
    const network = text.includes("[networks.n]") ? "n" : "base-sepolia";
    await assert.rejects(load({ files: { [FILE]: text }, flags: { network } }), words);
  });
}

Deno.test("loadConfig() refuses a connector's login in a file that others may read, and never shows it", async () => {
  const file = { text: `[connectors.base-sepolia.east]\n${EAST}${login}`, mode: 0o644 };
  await assert.rejects(load({ files: { [FILE]: file } }), (error: Error & { code?: string }) => {
    assert.equal(error.code, "config_permissions");
    assert.ok(!error.message.includes("hidden"));
    return true;
  });
  const { profile } = await load({ files: { [FILE]: { ...file, mode: 0o600 } } });
  assert.equal(profile.moreConnectors?.[0].auth?.token, "hidden");
});
