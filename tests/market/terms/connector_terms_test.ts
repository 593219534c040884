/** What connectors announce: what can be accepted, what is refused, and what ends terms that were accepted. */
import assert from "node:assert/strict";
import {
  type IlpPeerInfoFields,
  ilpPeerInfoTemplate,
} from "../../../protocols/nostr/ilp_peer_info.ts";
import {
  connectorFingerprint,
  type ConnectorRules,
  connectorTerms,
} from "../../../market/terms/connector_terms.ts";
import {
  afterAnnouncement,
  type AnnouncedConnector,
  termsRefusal,
  termsSeen,
} from "../../../market/terms/connector_validity.ts";
import { ADDRESS, NETWORK, nowS, OTHER_ADDRESS, STRANGER, TOKEN, TOWN } from "./parties.ts";

const CHAIN = "evm:84532";
const INFO: IlpPeerInfoFields = {
  ilpAddress: "g.east",
  btpEndpoint: "wss://east.example:3000",
  assetCode: "M2M",
  assetScale: 6,
  supportedChains: [CHAIN],
  settlementAddresses: { [CHAIN]: ADDRESS },
  tokenNetworks: { [CHAIN]: NETWORK },
  preferredTokens: { [CHAIN]: TOKEN },
};
const RULES: ConnectorRules = {
  chainId: 84_532,
  tokenNetworkAddress: NETWORK,
  tokenAddress: TOKEN,
  allowsLoopback: false,
};
const DEV = { ...RULES, allowsLoopback: true };

const signed = (change: Partial<IlpPeerInfoFields> = {}, atS = nowS - 10, ttlS = 600, by = TOWN) =>
  by.sign(ilpPeerInfoTemplate({ ...INFO, ...change }, atS, ttlS));

async function refusal(change: Partial<IlpPeerInfoFields>, rules = RULES): Promise<string> {
  const event = await signed(change);
  try {
    return `accepted ${connectorTerms(event, rules, nowS).url}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

Deno.test("connectorTerms() gives what an announcement says, and its own addresses as what it reaches", async () => {
  const event = await signed({ ilpAddresses: ["g.east", "g.far", "g.far"] });
  assert.deepEqual(connectorTerms(event, RULES, nowS), {
    pubkey: TOWN.pubkey,
    url: "btp+wss://east.example:3000/",
    peerAddress: ADDRESS,
    reaches: ["g.east", "g.far"],
    createdAtS: nowS - 10,
    expiresAtS: nowS + 590,
    assetScale: 6,
    feePerByteUnits: 0n,
  });
});

Deno.test("connectorTerms() refuses other contracts, and announcements of what is no connector", async () => {
  for (
    const [change, code] of [
      [{ btpEndpoint: null }, "bad_terms"],
      [{
        supportedChains: ["evm:1"],
        settlementAddresses: { "evm:1": ADDRESS },
        tokenNetworks: {},
        preferredTokens: {},
      }, "wrong_chain"],
      [
        { supportedChains: [], settlementAddresses: {}, tokenNetworks: {}, preferredTokens: {} },
        "bad_terms",
      ],
      [{ settlementAddresses: { [CHAIN]: `0x${"0".repeat(40)}` } }, "bad_terms"],
      [{ tokenNetworks: { [CHAIN]: OTHER_ADDRESS } }, "wrong_contract"],
      [{ preferredTokens: { [CHAIN]: OTHER_ADDRESS } }, "wrong_token"],
    ] as const
  ) assert.equal(await refusal(change), code, JSON.stringify(change));
});

for (
  const host of [
    ...["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "a.localhost", "[::1]"],
    ...["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[::]"],
    ...["0.0.0.0", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "[fe80::1]"],
    ...["[fc00::1]", "connector", "connector.local", "connector.internal", "127.0.0.1."],
  ]
) {
  Deno.test(`connectorTerms() refuses the host ${host}`, async () => {
    assert.equal(await refusal({ btpEndpoint: `wss://${host}:3000` }), "loopback");
    assert.equal(await refusal({ btpEndpoint: `btp+wss://${host}:3000` }), "loopback");
  });
}

Deno.test("connectorTerms() takes this machine on a dev network only, and no private address there", async () => {
  assert.equal(
    await refusal({ btpEndpoint: "ws://127.0.0.1:3000" }, DEV),
    "accepted btp+ws://127.0.0.1:3000/",
  );
  for (const host of ["10.1.2.3", "[::ffff:7f00:1]", "169.254.169.254", "0.0.0.0"]) {
    assert.equal(await refusal({ btpEndpoint: `wss://${host}:3000` }, DEV), "loopback", host);
  }
  assert.equal(await refusal({ btpEndpoint: "ws://east.example:3000" }, DEV), "bad_terms");
  assert.equal(await refusal({ btpEndpoint: "ws://east.example:3000" }), "bad_terms");
});

Deno.test("connectorFingerprint() changes with each part, and does not with validity", async () => {
  const of = async (
    change: Partial<IlpPeerInfoFields>,
    rules = RULES,
    atS = nowS - 10,
    by = TOWN,
  ) =>
    await connectorFingerprint(
      connectorTerms(await signed(change, atS, 600, by), rules, nowS),
      rules,
    );
  const all = [
    await of({}),
    await of({ btpEndpoint: "wss://other.example:3000" }),
    await of({ settlementAddresses: { [CHAIN]: OTHER_ADDRESS } }),
    await of({ ilpAddresses: ["g.east", "g.far"] }),
    await of({ ilpAddress: "g.far" }),
    await of({}, RULES, nowS - 10, STRANGER),
  ];
  assert.equal(new Set(all).size, all.length);
  assert.equal(await of({}, RULES, nowS - 100), all[0]);
});

/** A connector that was accepted when it was announced ten seconds ago. */
const EAST: AnnouncedConnector = {
  name: "east",
  url: "btp+wss://east.example:3000/",
  auth: null,
  peerAddress: ADDRESS,
  reaches: ["g.east"],
  peerRule: "credit",
  announced: { pubkey: TOWN.pubkey, createdAtS: nowS - 10, expiresAtS: nowS + 590 },
};

Deno.test("accepted terms expire, and a newer announcement with the same terms extends them", async () => {
  const first = termsSeen(EAST, null);
  assert.equal(termsRefusal(EAST, first, nowS + 589), null);
  assert.match(termsRefusal(EAST, first, nowS + 590)!, /east expired and were not renewed/);
  const later = nowS + 500;
  const renewed = afterAnnouncement(EAST, first, await signed({}, later), RULES, later);
  assert.equal(termsRefusal(EAST, renewed, later + 599), null);
  assert.notEqual(termsRefusal(EAST, renewed, later + 600), null);
  // As the store keeps it.
  assert.deepEqual(termsSeen(EAST, JSON.stringify(renewed)), renewed);
});

Deno.test("an announcement is valid for at most a day, whatever its expiration says", async () => {
  const event = await signed({}, nowS, 10 * 86_400);
  const seen = afterAnnouncement(EAST, termsSeen(EAST, null), event, RULES, nowS);
  assert.equal(seen.expiresAtS, nowS + 86_400);
});

for (
  const [what, change, words] of [
    [
      "settlement address",
      { settlementAddresses: { [CHAIN]: OTHER_ADDRESS } },
      /its settlement address changed/,
    ],
    ["URL", { btpEndpoint: "wss://other.example" }, /its address changed/],
    ["ILP addresses", { ilpAddresses: ["g.east", "g.far"] }, /its ILP addresses changed/],
    ["chain", {
      supportedChains: ["evm:1"],
      settlementAddresses: { "evm:1": ADDRESS },
      tokenNetworks: {},
      preferredTokens: {},
    }, /chain 84532/],
    ["contract", { tokenNetworks: { [CHAIN]: OTHER_ADDRESS } }, /settles in the token network/],
    ["endpoint on this machine", { btpEndpoint: "ws://127.0.0.1:1" }, /not on the public internet/],
    ["endpoint, which is gone", { btpEndpoint: null }, /is no connector/],
  ] as const
) {
  Deno.test(`accepted terms are not valid after their ${what} changed, also when a relay shows the old ones again`, async () => {
    const first = termsSeen(EAST, null);
    const changed = afterAnnouncement(EAST, first, await signed(change, nowS), RULES, nowS);
    assert.match(termsRefusal(EAST, changed, nowS)!, words);
    const stored = termsSeen(EAST, JSON.stringify(changed));
    assert.deepEqual(afterAnnouncement(EAST, stored, await signed(), RULES, nowS), changed);
    // The key announces again what the user accepted.
    const back = afterAnnouncement(EAST, stored, await signed({}, nowS + 1), RULES, nowS + 1);
    assert.equal(termsRefusal(EAST, back, nowS + 1), null);
  });
}

Deno.test("a withdrawal and an announcement that expired end accepted terms", async () => {
  const first = termsSeen(EAST, null);
  const gone = await TOWN.sign(ilpPeerInfoTemplate(null, nowS));
  const withdrawn = afterAnnouncement(EAST, first, gone, RULES, nowS);
  assert.match(termsRefusal(EAST, withdrawn, nowS)!, /withdrew/);
  const late = afterAnnouncement(EAST, first, await signed({}, nowS - 5, 2), RULES, nowS);
  assert.match(termsRefusal(EAST, late, nowS)!, /expired/);
});

Deno.test("announcements of another key, dated ahead, unreadable or older change nothing or bar payments", async () => {
  const first = termsSeen(EAST, null);
  const change = { settlementAddresses: { [CHAIN]: OTHER_ADDRESS } };
  for (
    const event of [
      await signed(change, nowS, 600, STRANGER),
      await signed(change, nowS + 600),
      await signed(change, nowS - 10),
      await signed(change, nowS - 100),
    ]
  ) assert.equal(afterAnnouncement(EAST, first, event, RULES, nowS), first);
  const huge = await TOWN.sign({
    kind: 10_032,
    created_at: nowS,
    tags: [],
    content: `{"ilpAddress":"g.east","x":"${"x".repeat(40_000)}"}`,
  });
  assert.notEqual(
    termsRefusal(EAST, afterAnnouncement(EAST, first, huge, RULES, nowS), nowS),
    null,
  );
});

Deno.test("termsSeen() forgets what was seen of other terms, and of an older acceptance", async () => {
  const change = { settlementAddresses: { [CHAIN]: OTHER_ADDRESS } };
  const seen = afterAnnouncement(
    EAST,
    termsSeen(EAST, null),
    await signed(change, nowS),
    RULES,
    nowS,
  );
  const stored = JSON.stringify(seen);
  const again = {
    ...EAST,
    peerAddress: OTHER_ADDRESS,
    announced: { ...EAST.announced, createdAtS: nowS },
  };
  assert.equal(termsRefusal(again, termsSeen(again, stored), nowS), null);
  const same = { ...EAST, announced: { ...EAST.announced, createdAtS: nowS + 1 } };
  assert.equal(termsRefusal(same, termsSeen(same, stored), nowS), null);
  assert.notEqual(termsRefusal(EAST, termsSeen(EAST, stored), nowS), null);
});
