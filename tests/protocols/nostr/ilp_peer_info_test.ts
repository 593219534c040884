import assert from "node:assert/strict";
import fc from "fast-check";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import {
  type IlpPeerInfoFields,
  ilpPeerInfoTemplate,
  parseIlpPeerInfo,
} from "../../../protocols/nostr/ilp_peer_info.ts";

const ADDRESS = `0x${"ab".repeat(20)}`;
const LEAST = { ilpAddress: "g.town", btpEndpoint: "", assetCode: "USD", assetScale: 6 };

function eventOf(content: unknown, tags: readonly (readonly string[])[] = []): NostrEvent {
  return {
    kind: 10_032,
    created_at: 1_000,
    tags,
    content: typeof content === "string" ? content : JSON.stringify(content),
  } as unknown as NostrEvent;
}

const FULL: IlpPeerInfoFields = {
  ilpAddress: "g.town",
  ilpAddresses: ["g.town", "g.crosstown.peer1"],
  btpEndpoint: "wss://connector.example:3000",
  httpEndpoint: "https://connector.example/ilp",
  relayUrl: "wss://relay.example",
  requiredTransport: "btp",
  supportsUpgrade: true,
  assetCode: "M2M",
  assetScale: 6,
  feePerByteUnits: 1n,
  pricePerByteUnits: 12n,
  prefixPriceUnits: 5_000n,
  notice: { id: "n1", severity: "action-required", summary: "moves", url: "https://x.example/" },
  supportedChains: ["evm:base:84532", "evm:84532", "solana:devnet"],
  settlementAddresses: { "evm:84532": ADDRESS, "solana:devnet": "xyc5J8MgKFiEN13Pnff" },
  preferredTokens: { "evm:84532": ADDRESS },
  tokenNetworks: { "evm:base:84532": ADDRESS },
  extra: { swapPairs: [{ rate: "1.5" }], capabilities: [], __later: { a: 1 } },
};

Deno.test("a complete announcement is read as it was written", () => {
  const { content, tags } = ilpPeerInfoTemplate(FULL, 1_000, 600);
  const { info, createdAtS, expiresAtS } = parseIlpPeerInfo(eventOf(content, tags));
  assert.deepEqual({ info, createdAtS, expiresAtS }, {
    info: FULL,
    createdAtS: 1_000,
    expiresAtS: 1_600,
  });
});

Deno.test("empty content withdraws an announcement", () => {
  const template = ilpPeerInfoTemplate(null, 1_000);
  assert.deepEqual([template.content, template.tags], ["", []]);
  assert.equal(parseIlpPeerInfo(eventOf(template.content)).info, null);
  assert.equal(parseIlpPeerInfo(eventOf(" \n")).info, null);
});

const taken: readonly [name: string, fields: object, expected: object][] = [
  ["the least", {}, { ilpAddresses: ["g.town"], feePerByteUnits: 0n, pricePerByteUnits: null }],
  ["an unknown field", { later: { deep: [1] } }, { extra: { later: { deep: [1] } } }],
  ["a key like a prototype's", { ["__proto__x"]: 1 }, { extra: { ["__proto__x"]: 1 } }],
  ["null for what it has not", { feePerByte: null, notice: null, tokenNetworks: null }, {}],
  ["a number for an amount", { feePerByte: 3 }, { feePerByteUnits: 3n }],
  ["a notice of another form", { notice: { summary: 3 } }, { notice: null }],
  ["a severity that is none", { notice: { summary: "x", severity: "worse" } }, {
    notice: { id: "", severity: "info", summary: "x", url: null },
  }],
  ["checksummed addresses, in lower case", {
    supportedChains: ["evm:84532"],
    settlementAddresses: { "evm:84532": "0x5FbDB2315678afecb367f032d93F642f64180aa3" },
  }, { settlementAddresses: { "evm:84532": "0x5fbdb2315678afecb367f032d93f642f64180aa3" } }],
];

for (const [name, fields, expected] of taken) {
  Deno.test(`parseIlpPeerInfo() takes ${name}`, () => {
    const { info } = parseIlpPeerInfo(eventOf({ ...LEAST, ...fields }));
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(info![key as keyof typeof info], value);
    }
  });
}

const chains = { supportedChains: ["evm:84532"] };
const refused: readonly [name: string, content: unknown, why: RegExp, tags?: string[][]][] = [
  ["no JSON", "{", /JSON/],
  ["a list", [], /not an object/],
  ["a key twice", '{"ilpAddress":"g.a","ilpAddress":"g.b"}', /key/i],
  ["no ILP address", { ...LEAST, ilpAddress: undefined }, /ilpAddress/],
  ["an ILP address that is none", { ...LEAST, ilpAddress: "town" }, /ilpAddress/],
  ["other first addresses", { ...LEAST, ilpAddresses: ["g.other"] }, /first/],
  ["no endpoint field", { ...LEAST, btpEndpoint: undefined }, /btpEndpoint/],
  ["null", "null", /not an object/],
  ["a list", "[]", /not an object/],
  ["a number", "1", /not an object/],
  ["an empty list of addresses", { ...LEAST, ilpAddresses: [] }, /ilpAddresses/],
  ["addresses as text", { ...LEAST, ilpAddresses: "g.town" }, /ilpAddresses/],
  ["33 addresses", {
    ...LEAST,
    ilpAddresses: ["g.town", ...Array.from({ length: 32 }, (_, at) => `g.town.a${at}`)],
  }, /ilpAddresses/],
  ["an endpoint that is none", { ...LEAST, btpEndpoint: "connector" }, /btpEndpoint/],
  ["an endpoint of another scheme", { ...LEAST, btpEndpoint: "file:///etc" }, /scheme/],
  ["an endpoint with a password", { ...LEAST, btpEndpoint: "wss://a:b@x.example" }, /password/],
  ["a scale as text", { ...LEAST, assetScale: "6" }, /assetScale/],
  ["a scale of 6.5", { ...LEAST, assetScale: 6.5 }, /assetScale/],
  ["a negative price", { ...LEAST, pricePerByte: "-1" }, /pricePerByte/],
  ["a price with a point", { ...LEAST, pricePerByte: "1.5" }, /pricePerByte/],
  ["a price in hex", { ...LEAST, pricePerByte: "0x10" }, /pricePerByte/],
  ["a price beyond 19 digits", { ...LEAST, pricePerByte: "9".repeat(30) }, /pricePerByte/],
  ["no chains in its list", { ...LEAST, supportedChains: [] }, /supportedChains/],
  ["a chain twice", { ...LEAST, supportedChains: ["evm:1", "evm:1"] }, /twice/],
  ["an evm chain without a number", { ...LEAST, supportedChains: ["evm:08"] }, /evm chain/],
  ["an address beside its chains", {
    ...LEAST,
    ...chains,
    settlementAddresses: { "evm:1": ADDRESS },
  }, /not in supportedChains/],
  [
    "an address without chains",
    { ...LEAST, settlementAddresses: { "evm:1": ADDRESS } },
    /not in supportedChains/,
  ],
  ["a short address", {
    ...LEAST,
    ...chains,
    settlementAddresses: { "evm:84532": "0xab" },
  }, /settlementAddresses/],
  ["an address with a wrong checksum", {
    ...LEAST,
    ...chains,
    tokenNetworks: { "evm:84532": "0x5fbDB2315678afecb367f032d93F642f64180aa3" },
  }, /checksum/],
  ["an expiration that is no time", LEAST, /expiration/, [["expiration", "soon"]]],
  ["two expirations", LEAST, /expiration/, [["expiration", "1"], ["expiration", "9999999999"]]],
];

for (const [name, content, why, tags] of refused) {
  Deno.test(`parseIlpPeerInfo() refuses ${name}`, () => {
    assert.throws(() => parseIlpPeerInfo(eventOf(content, tags)), (error: Error) => {
      assert.equal((error as { code?: string }).code, "bad_peer_info");
      assert.match(error.message, why);
      return true;
    });
  });
}

Deno.test("parseIlpPeerInfo() never throws anything else, whatever the content is", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((o) => JSON.stringify({ ...LEAST, ...o })),
      ),
      (content) => {
        try {
          parseIlpPeerInfo(eventOf(content));
        } catch (error) {
          assert.equal((error as { code?: string }).code, "bad_peer_info");
        }
      },
    ),
  );
});

Deno.test("parseIlpPeerInfo() reads 32 addresses, and leaves a link out that is not a web address", () => {
  const ilpAddresses = ["g.town", ...Array.from({ length: 31 }, (_, at) => `g.town.a${at}`)];
  const read = (more: object) => parseIlpPeerInfo(eventOf({ ...LEAST, ...more })).info;
  assert.deepEqual(read({ ilpAddresses })?.ilpAddresses, ilpAddresses);
  for (const url of ["javascript:alert(1)", "file:///etc/passwd", " https://x.example", 5, null]) {
    assert.equal(read({ notice: { summary: "moves", url } })?.notice?.url, null, String(url));
  }
  assert.equal(
    read({ notice: { summary: "moves", url: "http://a.example" } })?.notice?.url,
    "http://a.example",
  );
});
