import assert from "node:assert/strict";
import { isOwnNetwork } from "../../shell/own_network.ts";
import { loadConfig } from "../../config/config.ts";
import type { Profile } from "../../config/profile.ts";
import { formatProfile } from "../../config/profiles.ts";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";

const DEV: Profile = {
  ...BASE_SEPOLIA,
  name: "dev",
  relayUrl: "ws://127.0.0.1:7100",
  connectorBtp: "btp+ws://127.0.0.1:3000",
  connectorAuth: { username: "provider", token: "secret-token" },
  wire: "interledger",
  chain: { ...BASE_SEPOLIA.chain, chainId: 31337 },
};
const TUNNEL = "ws://127.0.0.1:7777/";
const FILES: Readonly<Record<string, string>> = {
  "/h/dev/profile.toml": formatProfile(DEV),
  "/h/crosstown.toml": `[networks.tunnel]\nwrite = "nostr"\nrelay_url = "${TUNNEL}"\n`,
};

const cases: {
  name: string;
  told?: boolean;
  env?: Record<string, string>;
  flags?: { readonly relay?: string; readonly connector?: string };
  network?: string;
  own: boolean;
}[] = [
  { name: "the dev network that started this provider", own: true },
  { name: "a dev network that did not say that it started it", told: false, own: false },
  { name: "a profile whose relay is on loopback", network: "tunnel", own: false },
  {
    name: "the dev network where the environment names another relay, which is not used then",
    env: { CROSSTOWN_RELAY_URL: TUNNEL },
    own: true,
  },
  { name: "the dev network with another relay of a flag", flags: { relay: TUNNEL }, own: false },
  {
    name: "the dev network with another connector of a flag",
    flags: { connector: "btp+ws://127.0.0.1:7778" },
    own: false,
  },
];

for (const { name, told = true, env = {}, flags = {}, network, own } of cases) {
  Deno.test(`isOwnNetwork() is ${own} for ${name}`, async () => {
    const config = await loadConfig({
      flags: { home: "/h", ...flags, ...(network === undefined ? {} : { network }) },
      env: (variable) => env[variable],
      readFile: (path) =>
        Promise.resolve(FILES[path] === undefined ? null : { text: FILES[path], mode: 0o600 }),
      isFolder: () => Promise.resolve(false),
      cwd: "/",
      homeDir: "/u",
      admit: () => Promise.resolve(),
    });
    assert.equal(isOwnNetwork(config, told), own);
  });
}
