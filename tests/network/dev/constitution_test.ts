import assert from "node:assert/strict";
import { devProfile } from "../../../network/dev/constitution.ts";
import { devChannels } from "./dev_channels.ts";
import { devLayout } from "../../../network/dev/layout.ts";
import { formatProfile, parseProfile } from "../../../config/profiles.ts";

const identity = (n: number) => ({
  pubkey: String(n).repeat(64),
  paymentAddress: `0x${String(n).repeat(40)}`,
});
const identities = {
  buyer: identity(1),
  relay: identity(2),
  connector: identity(3),
  provider: identity(4),
};

Deno.test("devProfile() can be written to a file and read back, and is a test network", () => {
  const { buyer } = devChannels(identities);
  const profile = devProfile({
    relayUrl: "ws://127.0.0.1:7100/",
    relayPubkey: identities.relay.pubkey,
    connectorBtp: "btp+ws://127.0.0.1:7200",
    username: "buyer",
    token: "a".repeat(64),
    peerAddress: identities.connector.paymentAddress,
    money: { channel: buyer, factsFile: "/home/x/dev/channels.json" },
    wire: "interledger",
  });
  assert.deepEqual(parseProfile(formatProfile(profile)), profile);
  assert.equal(profile.testnet, true);
});

Deno.test("devLayout() keeps everything under dev/, no path twice, and the provider in a home of its own", () => {
  const layout = devLayout("/home/x");
  const { buyer, relay, connector, provider, ...own } = layout;
  const files = [buyer, relay, connector, provider]
    .flatMap(({ keyFile, passphraseFile }) => [keyFile, passphraseFile]);
  const paths = [...Object.values(own), ...files];
  assert.equal(new Set(paths).size, paths.length);
  assert.ok(paths.every((path) => path.startsWith("/home/x/dev")));
  assert.ok(files.filter((path) => path.startsWith(`${layout.providerHome}/`)).length === 2);
  assert.ok(layout.controlSocket.length <= 107 - "/home/x".length);
});
