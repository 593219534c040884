/**
 * The keys of a network's profile (`[networks.NAME]`) and of a further connector (`[connectors.NETWORK.NAME]`), as JSON Schemas: for editors,
 * and for the examples in error messages. `profile_table.ts` and `more_connectors.ts` read them.
 *
 * @module
 */
import { WIRE_NAMES } from "../protocols/wires/names.ts";

/** The part of JSON Schema that is used here. */
export interface KeySchema {
  readonly type: string | readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly additionalProperties?: boolean | KeySchema;
  readonly [keyword: string]: unknown;
}

const text = (description: string, example: string, more: object = {}): KeySchema => ({
  type: "string",
  description,
  examples: [example],
  ...more,
});
const address = (description: string) =>
  text(description, `0x${"6".repeat(40)}`, { pattern: "^0x[0-9a-fA-F]{40}$" });
const hash = (description: string) =>
  text(description, `0x${"6".repeat(64)}`, { pattern: "^0x[0-9a-f]{64}$" });
const link = (description: string, example: string) =>
  text(description, example, { format: "uri" });
const whole = (description: string, example: number, minimum: number, maximum?: number) => ({
  type: "integer",
  description,
  examples: [example],
  minimum,
  ...maximum !== undefined && { maximum },
});
const units = (description: string, example: number): KeySchema => ({
  type: ["integer", "string"],
  description,
  examples: [example],
  minimum: 0,
  pattern: "^[0-9]{1,20}$",
});
const list = (description: string, example: string, maxItems: number): KeySchema => ({
  type: "array",
  description,
  items: { type: "string" },
  examples: [[example]],
  maxItems,
});
const word = (description: string, words: readonly string[]): KeySchema => ({
  type: "string",
  description,
  enum: words,
  examples: [words[0]],
});
const table = (
  description: string,
  properties: Readonly<Record<string, KeySchema>>,
  required: readonly string[] = [],
): KeySchema => ({
  type: "object",
  description,
  properties,
  additionalProperties: false,
  ...required.length > 0 && { required },
});

const ILP_ADDRESS = "the address that a connector routes to this home; a provider needs it";
const PEER_RULE = word("whether the peer keeps our credit after a refusal", ["strict", "credit"]);
const AUTH = table("the login at this connector", {
  username: text("the name", "you"),
  token: text("the secret", "the secret between you and this connector"),
}, ["username", "token"]);

/** A further connector. */
const CONNECTOR_SCHEMA: KeySchema = table("a further connector", {
  url: link("the connector; without TLS only on this machine", "btp+wss://east.example:3000"),
  peer_address: address("its settlement address, which is pinned"),
  reaches: list("the ILP prefixes that it reaches (default: every address)", "g.east", 64),
  ilp_address: text(ILP_ADDRESS, "g.east.me"),
  auth: AUTH,
  peer_rule: PEER_RULE,
}, ["url", "peer_address"]);

/** The further connectors of a network, by name. */
export const CONNECTORS_SCHEMA: KeySchema = {
  type: "object",
  description: "further connectors, by a name of your choice",
  additionalProperties: CONNECTOR_SCHEMA,
};

/** A network's profile. */
export const PROFILE_SCHEMA: KeySchema = table("a network profile", {
  relay_url: link("the relay; without TLS only on this machine", "wss://relay.example"),
  more_relays: list("further relays to read from", "wss://relay-two.example", 8),
  write: word("how events are written: paid by the byte, or on a plain relay", ["ilp", "nostr"]),
  connector_btp: link(
    "the connector through which payments go",
    "btp+wss://connector.example:3000",
  ),
  connector_reaches: list("the ILP prefixes that the connector reaches", "g.town", 64),
  connector_auth: AUTH,
  ilp_address: text(ILP_ADDRESS, "g.town.me"),
  hop_fees: list(
    "fees of connectors on the way: ILP prefix, flat units, basis points",
    "g.town.provider 3 10",
    16,
  ),
  wire: word("how a PREPARE is laid out", WIRE_NAMES),
  testnet: {
    type: "boolean",
    description: "whether its tokens are worth nothing (default: what the chain is)",
    examples: [true],
  },
  peer_rule: PEER_RULE,
  relay: table("the relay's terms; without this table they are learned from its pinned key", {
    pubkey: text("its public key", "ab".repeat(32), { pattern: "^[0-9a-f]{64}$" }),
    ilp_address: text("where writes are paid to", "g.town.relay"),
    price_units_per_byte: units("the price of a byte", 10),
    kind_prices: {
      type: "object",
      description: "other prices of a byte, by kind",
      additionalProperties: units("the price of a byte of this kind", 5),
    },
  }, ["pubkey", "ilp_address"]),
  blobs: table("the blob server", {
    url: link("its address", "https://blobs.example"),
    units_per_mib: units("the price of a MiB", 100),
    mirrors: list("servers that get a copy", "https://mirror.example", 7),
  }, ["url"]),
  connectors: CONNECTORS_SCHEMA,
  peer: table("the connector's settlement address and channel", {
    address: address("its settlement address"),
    channel_id: hash("the channel, if there is no chain.rpc_urls to find it"),
  }, ["address"]),
  chain: table("the chain of channels; without this table nothing is paid", {
    chain_id: whole("its number", 84_532, 0),
    token_network_address: address("the contract that holds the channels"),
    token_address: address("the token's contract"),
    registry_address: address("the contract that names token networks"),
    token_network_code_hash: hash("the hash that the contract's code must have"),
    facts_file: text("a file that stands for the chain", "/home/you/facts.json"),
    deploy_block: whole("the block from which channels are looked for", 1_000, 0),
    units_per_base: units("must be 1", 1),
    rpc_urls: list("its RPC addresses", "https://rpc.example", 8),
    confirmations: whole("blocks after which a transaction counts", 3, 1, 1_000),
    units_per_native: units("units that one native coin is worth, to weigh gas", 3_000_000_000),
    explorer_url: link("its explorer", "https://explorer.example"),
    faucet_url: link("where test tokens come from", "https://faucet.example"),
  }),
  asset: table("the token that amounts are in", {
    code: text("its name", "M2M", { pattern: "^[A-Za-z0-9]{1,12}$" }),
    scale: whole("decimals", 6, 0, 18),
    announced_scale: whole("decimals that the connector announces, if it is wrong", 9, 0, 255),
  }, ["code"]),
}, ["relay_url"]);
