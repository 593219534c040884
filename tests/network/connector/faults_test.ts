import assert from "node:assert/strict";
import { crosstownWire } from "../../../protocols/wires/crosstown/wire.ts";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";
import { type Wire } from "../../../protocols/btp/wire.ts";
import { connected, payment, rig, TOKEN } from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { until } from "../../until.ts";
import { type ClaimTwist, signClaimAs } from "./raw_claim.ts";
import { prepareOf, RawPeer } from "./raw_peer.ts";

/** REJECT code, else FULFILL, with the reason of a refused claim. */
function said(answer: Awaited<ReturnType<RawPeer["pay"]>>): string {
  const { packet, ack } = answer;
  const code = packet?.type === "reject" ? packet.code : packet?.type ?? "nothing";
  return ack?.reason === undefined ? code : `${code} ${ack.reason}`;
}

Deno.test("startConnector() refuses one wrong signature among many that arrive at once, and accepts the others", async () => {
  await using net = await rig();
  const { channelId } = net.channels.buyer;
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  assert.equal(
    said(await peer.pay(prepareOf(10n), await signClaimAs("buyer", channelId, 1, 10n))),
    "fulfill",
    "its key is known from here on",
  );
  const bad = 9;
  const claims: Uint8Array[] = [];
  for (let nonce = 2; nonce < 22; nonce++) {
    const twist = nonce === bad ? { signedBy: "provider" } : {};
    claims.push(await signClaimAs("buyer", channelId, nonce, 10n * BigInt(nonce), twist));
  }
  const answers = await Promise.all(claims.map((claim) => peer.pay(prepareOf(10n), claim)));
  assert.deepEqual(
    answers.map(said),
    claims.map((_, at) => at + 2 === bad ? "F06 wrong_signer" : "fulfill"),
  );
});

const OTHER_TOKEN = `0x${"99".repeat(20)}`;
const TOKENS: readonly (readonly [Wire, string | null, said: string, words: RegExp | null])[] = [
  [crosstownWire, TOKEN, "fulfill", null],
  [interledgerWire, TOKEN, "fulfill", null],
  [interledgerWire, null, "fulfill", null],
  [
    crosstownWire,
    null,
    "F06 token_missing",
    /tokenAddress is missing; a claim names chainId, tokenNetworkAddress and tokenAddress/,
  ],
  [crosstownWire, OTHER_TOKEN, "F06 wrong_domain", /tokenAddress is not the channel's token/],
  [interledgerWire, OTHER_TOKEN, "F06 wrong_domain", /tokenAddress is not the channel's token/],
];

for (const [wire, tokenAddress, expected, words] of TOKENS) {
  const named = tokenAddress === null ? "no token" : tokenAddress === TOKEN ? "its" : "another";
  Deno.test(`startConnector() on the ${wire.name} wire says ${expected} to a claim that names ${named}`, async () => {
    await using net = await rig();
    const { channelId } = net.channels.buyer;
    await using peer = await RawPeer.signedIn(net.connector.url, "buyer", wire);
    const claim = await signClaimAs("buyer", channelId, 1, 10n, { tokenAddress });
    const answer = await peer.pay(prepareOf(10n, {}, wire), claim);
    assert.equal(said(answer), expected);
    if (words === null) return;
    assert.ok(answer.packet?.type === "reject" && words.test(answer.packet.message));
    assert.equal(net.connector.status().accounts.length, 0, "nothing was taken in");
  });
}

Deno.test("startConnector() answers every invalid payment with a message, and good ones beside it succeed", async () => {
  await using net = await rig();
  const { channelId } = net.channels.buyer;
  const other = net.channels.provider.channelId;
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const claim = (nonce: number, cumulative: bigint, twist: ClaimTwist = {}) =>
    signClaimAs("buyer", channelId, nonce, cumulative, twist);

  const first = { prepare: prepareOf(100n), claim: await claim(1, 100n) };
  assert.equal(said(await peer.pay(first.prepare, first.claim)), "fulfill", "the first is good");
  assert.equal(said(await peer.pay(first.prepare, first.claim)), "fulfill", "replayed");
  assert.equal(net.terminal.effects.size, 1, "a replay is answered from the table");
  assert.equal(
    said(await peer.pay(prepareOf(100n), first.claim)),
    "F06 nonce_not_advancing",
    "same nonce with other bytes",
  );
  assert.equal(said(await peer.pay(prepareOf(100n), null)), "F06 claim_missing");
  assert.equal(
    said(await peer.pay(prepareOf(100n), new TextEncoder().encode(`{"version":"1.0"}`))),
    "F06 claim_malformed",
  );
  assert.equal(
    said(await peer.pay(prepareOf(100n), await signClaimAs("buyer", other, 1, 100n))),
    "F06 wrong_channel",
  );
  assert.equal(
    said(await peer.pay(prepareOf(100n), await claim(2, 200n, { signedBy: "provider" }))),
    "F06 wrong_signer",
  );
  assert.equal(
    said(await peer.pay(prepareOf(100n), await claim(2, 200n, { chainId: 1 }))),
    "F06 wrong_domain",
  );
  assert.equal(
    said(await peer.pay(prepareOf(100n), await claim(2 ** 20 + 2, 200n))),
    "F06 nonce_too_far",
  );
  assert.equal(
    said(await peer.pay(prepareOf(100n, { destination: "test.elsewhere" }), await claim(2, 200n))),
    "F02",
  );
  assert.equal(
    said(await peer.pay(prepareOf(100n, { expiresAtMs: Date.now() - 1 }), await claim(3, 300n))),
    "R00",
    "expiry passed",
  );
  // Both refused packets left their credit: 300 credited, 100 spent.
  assert.equal(
    said(await peer.pay(prepareOf(201n), await claim(4, 300n))),
    "T04",
    "short without credit",
  );
  assert.equal(
    said(await peer.pay(prepareOf(200n), await claim(5, 300n))),
    "fulfill",
    "the credit pays",
  );
  // A later nonce overtakes an earlier one: the earlier one is refused, because the later one covers its amount.
  assert.equal(said(await peer.pay(prepareOf(100n), await claim(7, 500n))), "fulfill");
  assert.equal(
    said(await peer.pay(prepareOf(100n), await claim(6, 400n))),
    "F06 nonce_not_advancing",
  );
  assert.equal(said(await peer.pay(prepareOf(100n), await claim(8, 500n))), "fulfill");
  assert.equal(
    said(await peer.pay(prepareOf(100n), await claim(9, 1_000_001n))),
    "F06 over_deposit",
  );
  assert.equal(net.terminal.effects.size, 4);
  const [account] = net.connector.status().accounts;
  assert.deepEqual([account.credited, account.spent, account.held], [500n, 500n, 0n]);
});

Deno.test("startConnector() refuses a wrong secret with ERROR F00, closes that connection, and continues", async () => {
  await using net = await rig();
  const bad = await RawPeer.dial(net.connector.url);
  const answer = await bad.signIn("buyer", "wrong");
  assert.equal(answer.type, "error");
  assert.equal(answer.error?.code, "F00");
  assert.equal(await bad.closed, 1008);
  const client = net.client({ auth: { username: "buyer", token: "wrong" } });
  await until(async () => (await client.status()).line.state === "unauthorized");
  const patience = new AbortController();
  patience.abort();
  const outcome = await client.pay(payment(10n), { signal: patience.signal });
  assert.equal(outcome.state === "refused" && outcome.code, "cancelled", "nothing was sent");
  const good = net.client();
  assert.equal((await good.pay(payment(10n))).state, "fulfilled");
});

Deno.test("startConnector() closes a session that does not sign in in time, and one that sends garbage", async () => {
  await using net = await rig({ authMs: 50 });
  const silent = await RawPeer.dial(net.connector.url);
  assert.equal(await silent.closed, 1008);
  // Answers must not race with the time to sign in.
  await using patient = await rig();
  const garbled = await RawPeer.dial(patient.connector.url);
  garbled.socket.send(new Uint8Array([255]));
  assert.equal(await garbled.closed, 1002);
  const early = await RawPeer.dial(patient.connector.url);
  const answer = await early.pay(prepareOf(10n), null);
  assert.equal(answer.errorCode, "F00");
});

Deno.test("startConnector() says T01 for a receiver that has not proven its channel", async () => {
  await using net = await rig();
  // Signed in, but without a proof: it may pay and not receive.
  await using _unproven = await RawPeer.signedIn(net.connector.url, "provider");
  const client = net.client();
  const outcome = await client.pay(payment(100n, "test.hub.provider"));
  assert.equal(outcome.state === "refused" && outcome.code, "T01");
  assert.equal(net.connector.status().sessions.some((session) => session.proven), false);
});

Deno.test("startConnector() keeps a proven session when a second one signs in", async () => {
  await using net = await rig();
  const terminal = countingTerminal();
  await connected(net.providerClient(terminal));
  await until(() => net.connector.status().sessions.some((session) => session.proven));
  await using _second = await RawPeer.signedIn(net.connector.url, "provider");
  const client = net.client();
  assert.equal((await client.pay(payment(100n, "test.hub.provider"))).state, "fulfilled");
});

Deno.test("startConnector() passes on a terminal's refusal and leaves the credit with the payer", async () => {
  await using net = await rig();
  const terminal = countingTerminal({
    inspect: (prepare) =>
      prepare.amount < 500n
        ? Promise.resolve({
          reject: { code: "F04", message: "too little", data: new TextEncoder().encode("500") },
        })
        : null,
  });
  await connected(net.providerClient(terminal));
  const client = net.client();
  const cheap = await client.pay(payment(400n, "test.hub.provider"));
  assert.equal(cheap.state === "refused" && cheap.code, "F04");
  assert.equal(cheap.state === "refused" && new TextDecoder().decode(cheap.data), "500");
  assert.equal((await client.pay(payment(500n, "test.hub.provider"))).state, "fulfilled");
  const { payer } = await client.status();
  assert.deepEqual([payer?.signed, payer?.spent], [500n, 500n], "the refused 400 paid for a part");
});

Deno.test("startConnector() answers amount-0 packets at a limited rate and without any row", async () => {
  await using net = await rig(
    {},
    countingTerminal({
      inspect: (prepare) =>
        prepare.amount === 0n
          ? Promise.resolve({
            reject: { code: "F99", message: "quote", data: new TextEncoder().encode("quote: 5") },
          })
          : null,
    }),
  );
  const client = net.client();
  await connected(client);
  const data = new TextEncoder().encode("how much?");
  const codes: string[] = [];
  const ask = async () => {
    const quote = await client.probe({ destination: "test.hub.relay", data });
    assert.equal(quote.state, "refused");
    if (quote.state === "refused") codes.push(quote.code);
  };
  await ask();
  assert.deepEqual(codes, ["F99"]);
  // Together: on a slow machine there is time for an answer between two that come one after the other.
  for (let round = 0; round < 20 && !codes.includes("T05"); round++) {
    await Promise.all(Array.from({ length: 50 }, ask));
  }
  assert.ok(codes.includes("T05"));
  assert.deepEqual(await client.account(), { nonce: 0, credited: 0n, spent: 0n, held: 0n });
});

Deno.test("connectorClient() says deposit_exhausted and ceiling before anything is signed", async () => {
  await using net = await rig({}, countingTerminal(), 1_000n);
  const client = net.client();
  await connected(client);
  const tooMuch = await client.pay(payment(1_001n));
  assert.equal(tooMuch.state === "refused" && tooMuch.code, "deposit_exhausted");
  assert.equal(tooMuch.state === "refused" && tooMuch.local, true);
  assert.equal((await client.pay(payment(1_000n))).state, "fulfilled");
  const window = await client.pay(payment(1_000_001n));
  assert.equal(window.state === "refused" && window.code, "window");
  const none = await client.pay(payment(0n));
  assert.equal(none.state === "refused" && none.code, "amount");
});
