import assert from "node:assert/strict";
import {
  DEV_CHAIN_ID,
  DEV_DEPOSIT_UNITS,
  devChannels,
  devProfile,
} from "../../../network/dev/constitution.ts";
import { devLayout } from "../../../network/dev/layout.ts";
import { formatProfile, parseProfile } from "../../../config/profiles.ts";
import { fixedChain, formatChainFacts, parseChainFacts } from "../../../money/evm/fixed_chain.ts";

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

Deno.test("devChannels() are two open, funded channels with the connector, which the chain gives back", async () => {
  const { buyer, provider } = devChannels(identities);
  assert.notEqual(buyer.channelId, provider.channelId);
  for (
    const [channel, party] of [[buyer, identities.buyer], [provider, identities.provider]] as const
  ) {
    assert.deepEqual([channel.chainId, channel.state], [DEV_CHAIN_ID, "open"]);
    assert.deepEqual(
      channel.participants.map(({ address }) => address),
      [party.paymentAddress, identities.connector.paymentAddress].toSorted(),
    );
    assert.ok(channel.participants.every(({ depositUnits }) => depositUnits === DEV_DEPOSIT_UNITS));
    const chain = fixedChain(parseChainFacts(formatChainFacts([buyer, provider])));
    assert.deepEqual(await chain.channel(channel.channelId), channel);
  }
  assert.deepEqual(devChannels(identities), devChannels(identities));
});

Deno.test("devProfile() survives its file, and is a test network", () => {
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
