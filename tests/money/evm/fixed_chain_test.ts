import assert from "node:assert/strict";
import type { ChannelFacts } from "../../../money/evm/chain.ts";
import { fixedChain, parseChainFacts } from "../../../money/evm/fixed_chain.ts";
import { formatChainFacts } from "./chain_facts.ts";

const facts: ChannelFacts = {
  channelId: `0x${"ab".repeat(32)}`,
  chainId: 31_337,
  tokenNetworkAddress: `0x${"cd".repeat(20)}`,
  participants: [
    {
      address: `0x${"01".repeat(20)}`,
      depositUnits: 10n ** 20n,
      claimedUnits: 7n,
      claimedNonce: 3,
    },
    { address: `0x${"02".repeat(20)}`, depositUnits: 0n, claimedUnits: 0n, claimedNonce: 0 },
  ],
  state: "open",
  settlementTimeoutS: 86_400,
};

const toml = `
[[channels]]
channel_id = "0x${"AB".repeat(32)}"
chain_id = 31337
token_network_address = "0x${"CD".repeat(20)}"
state = "open"
settlement_timeout_s = 86400

[[channels.participants]]
address = "0x${"01".repeat(20)}"
deposit_units = "100000000000000000000"
claimed_units = 7
claimed_nonce = 3

[[channels.participants]]
address = "0x${"02".repeat(20)}"
deposit_units = 0
`;

Deno.test("parseChainFacts() reads TOML and what formatChainFacts() writes alike", () => {
  assert.deepEqual(parseChainFacts(toml), [facts]);
  assert.deepEqual(parseChainFacts(formatChainFacts([facts])), [facts]);
  assert.deepEqual(parseChainFacts(formatChainFacts([])), []);
});

Deno.test("fixedChain() finds a channel whatever the case of its id, and null for others", async () => {
  const chain = fixedChain([facts]);
  assert.equal(await chain.channel(facts.channelId), facts);
  assert.equal(await chain.channel(`0x${"AB".repeat(32)}`), facts);
  assert.equal(await chain.channel(`0x${"00".repeat(32)}`), null);
});

// deno-lint-ignore no-explicit-any
function changed(change: (channel: any, document: any) => void): string {
  const document = JSON.parse(formatChainFacts([facts]));
  change(document.channels[0], document);
  return JSON.stringify(document);
}

const refused: readonly [string, string, RegExp][] = [
  ["nothing", "", /channels must be a list/],
  ["text that is neither", "{ not json", /must be JSON/],
  ["TOML that is broken", "channels = [", /JSON or TOML/],
  ["a key twice", '{"channels":[],"channels":[]}', /must be JSON/],
  ["a field that is not known", changed((_, document) => document.more = 1), /not known: more/],
  ["a channel that stands twice", changed((c, d) => d.channels.push(c)), /is listed twice/],
  [
    "a channel that is text",
    changed((_, d) => d.channels[0] = "x"),
    /channels\[0\] must be a table/,
  ],
  ["no channel id", changed((c) => delete c.channel_id), /channels\[0\]\.channel_id must be text/],
  ["a short channel id", changed((c) => c.channel_id = "0x1"), /channel_id must be valid/],
  ["chain 0", changed((c) => c.chain_id = 0), /chain_id must be a whole number of 1/],
  ["no address", changed((c) => c.token_network_address = "0x"), /token_network_address/],
  ["an unknown state", changed((c) => c.state = "opened"), /state must be one of open, closed/],
  ["a timeout of 0", changed((c) => c.settlement_timeout_s = 0), /settlement_timeout_s/],
  ["one participant", changed((c) => c.participants.pop()), /participants must have two entries/],
  [
    "three participants",
    changed((c) => c.participants.push(c.participants[0])),
    /must have two entries/,
  ],
  ["itself as the peer", changed((c) => c.participants[1] = c.participants[0]), /two different/],
  [
    "a deposit with a point",
    changed((c) => c.participants[0].deposit_units = "1.5"),
    /participants\[0\]\.deposit_units must be units as a decimal string/,
  ],
  ["a negative deposit", changed((c) => c.participants[0].deposit_units = -1), /deposit_units/],
  [
    "more claimed than deposited",
    changed((c) => c.participants[1].claimed_units = "1"),
    /claimed_units must be at most deposit_units/,
  ],
];

for (const [name, text, message] of refused) {
  Deno.test(`parseChainFacts() refuses ${name}`, () => {
    assert.throws(() => parseChainFacts(text), {
      name: "ChainFactsError",
      code: "chain_facts",
      message,
    });
  });
}
