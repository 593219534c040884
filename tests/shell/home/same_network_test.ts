import assert from "node:assert/strict";
import {
  type AtWork,
  checkSameNetwork,
  checkSameRelays,
  goneDevNetwork,
} from "../../../shell/home/same_network.ts";
import type { Config } from "../../../config/config.ts";
import { BASE_SEPOLIA } from "../../../config/base_sepolia.ts";

const RELAY = BASE_SEPOLIA.relayUrl;
const MAYOR: AtWork = { role: "mayor", network: "base-sepolia", relay_url: RELAY };

function of(networks: readonly string[], source: string): Parameters<typeof checkSameNetwork>[1] {
  const entries: ReturnType<Config["explain"]> = [{
    key: "network",
    value: "base-sepolia",
    source,
  }];
  const config: Pick<Config, "profile" | "profiles" | "explain"> = {
    profile: BASE_SEPOLIA,
    profiles: new Map(networks.map((name) => [name, BASE_SEPOLIA])),
    explain: () => entries,
  };
  return config;
}

for (
  const { name, about = {}, networks = ["base-sepolia", "club"], source = "default", error } of [
    { name: "takes the same network", error: null },
    {
      name: "takes it with another relay",
      about: { relay_url: "wss://other.example/" },
      error: null,
    },
    {
      name: "says that the dev network is down",
      about: { network: "dev" },
      error: [
        "other_network",
        /dev network of this home is down, and the mayor/,
        /mayor down'; .*dev up --detach/,
      ],
    },
    {
      name: "says how to name the other network",
      about: { network: "club" },
      error: ["other_network", /works on club, not on base-sepolia/, /add --network club, or stop/],
    },
    {
      name: "says to leave out the flag that was given",
      about: { network: "club" },
      source: "--network",
      error: ["other_network", /works on club/, /^leave --network out, or stop it/],
    },
    {
      name: "names a dev network that is up",
      about: { network: "dev", role: "node" },
      networks: ["base-sepolia", "dev"],
      source: "--network",
      error: ["other_network", /the node of this home works on dev/, /node down'/],
    },
    {
      name: "has a command waited for",
      about: { network: "club", role: "command" },
      error: ["other_network", /another command/, /wait until it ends/],
    },
  ] as readonly {
    name: string;
    about?: Partial<AtWork>;
    networks?: string[];
    source?: string;
    error: [string, RegExp, RegExp] | null;
  }[]
) {
  Deno.test(`checkSameNetwork() ${name}`, () => {
    const check = () => checkSameNetwork({ ...MAYOR, ...about }, of(networks, source));
    if (error === null) return check();
    const [code, message, suggestion] = error;
    assert.throws(check, (thrown: { code: string; message: string; suggestion: string }) => {
      assert.equal(thrown.code, code);
      assert.match(thrown.message, message);
      assert.match(thrown.suggestion, suggestion);
      return true;
    });
  });
}

Deno.test("checkSameRelays() refuses another relay, and takes a process that names none", () => {
  const config = of(["base-sepolia"], "default");
  for (const relay_url of [RELAY, undefined]) checkSameRelays({ ...MAYOR, relay_url }, config);
  assert.throws(() => checkSameRelays({ ...MAYOR, relay_url: "wss://other.example/" }, config), {
    code: "other_relay",
    message: `the mayor of this home works with wss://other.example/, not with ${RELAY}`,
    suggestion: "stop it with 'crosstown mayor down', and start it again to use this relay",
  });
});

Deno.test("checkSameRelays() refuses further relays that were given with the command and that the other process does not read", () => {
  const [read, unread] = ["wss://read.example/", "wss://unread.example/"];
  const given = (moreRelays: readonly string[], source = "--more-relays") => ({
    profile: { ...BASE_SEPOLIA, moreRelays },
    explain: () => [{ key: "more_relays", value: moreRelays.join(","), source }],
  });
  const [none, reading] = [[], [{ relay_url: read }]]
    .map((more_relays) => ({ ...MAYOR, more_relays, live: {} }));
  // Another text of the same address, and the relay that the mayor writes to.
  checkSameRelays(reading, given([read, "wss://read.example", "WSS://Read.example/"]));
  checkSameRelays({ ...none, relay_url: undefined }, given([RELAY]));
  checkSameRelays(none, given([unread], "/home/crosstown.toml"));
  // It has not told yet what it reads.
  checkSameRelays({ ...none, live: undefined }, given([unread]));
  for (const about of [reading, none, { ...none, role: "command", live: undefined }]) {
    const isCommand = about.role === "command";
    assert.throws(() => checkSameRelays(about, given([unread])), {
      code: "other_relay",
      message: `${
        isCommand ? "another command" : "the mayor"
      } of this home does not read ${unread}`,
      suggestion: `leave --more-relays out, or ${
        isCommand ? "wait until it ends" : "stop it with 'crosstown mayor down'"
      }`,
    });
  }
});

const DEV = {
  ...BASE_SEPOLIA,
  name: "dev",
  relayUrl: "ws://127.0.0.1:7100",
  relay: { pubkey: "b".repeat(64), ilpAddress: "g.dev.relay", priceUnitsPerByte: 1n },
};
const UP = { profiles: new Map([["dev", DEV]]) };

for (
  const { name, about, config = UP, error } of [
    { name: "nothing for the dev network that is up", about: {}, error: null },
    { name: "nothing for another network", about: { network: "club" }, error: null },
    {
      name: "nothing for a process that does not tell its relay's key",
      about: { relay_pubkey: undefined },
      error: null,
    },
    {
      name: "that the network is down",
      about: {},
      config: { profiles: new Map() },
      error: [/dev network of this home is down, and the mayor/, /mayor down'; .*dev up --detach/],
    },
    {
      name: "that it was another one, also at the same address",
      about: { relay_pubkey: "a".repeat(64) },
      error: [
        /the mayor was started for an earlier dev network \(ws:\/\/127.0.0.1:7100\), which is down; the one that is up is at/,
        /'crosstown mayor down', then 'crosstown mayor up --detach'$/,
      ],
    },
  ] as {
    name: string;
    about: Partial<AtWork>;
    config?: Pick<Config, "profiles">;
    error: [RegExp, RegExp] | null;
  }[]
) {
  Deno.test(`goneDevNetwork() says ${name}`, () => {
    const atWork = {
      role: "mayor",
      network: "dev",
      relay_url: DEV.relayUrl,
      relay_pubkey: DEV.relay.pubkey,
      ...about,
    };
    const gone = goneDevNetwork(atWork, config);
    if (error === null) return assert.equal(gone, null);
    assert.match(gone!.message, error[0]);
    assert.match(gone!.suggestion, error[1]);
  });
}
