/** Binding quotes on a relay: as the provider makes them, as its terminal keeps to them, and as a buyer checks them. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { acceptJob } from "../../market/accept_job.ts";
import { createJudge } from "../../market/judge.ts";
import { quoting } from "../../market/quotes/quoting.ts";
import { relayQuote } from "../../market/relay_quote.ts";
import { M2M } from "../../protocols/ilp/asset.ts";
import type { NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { paidRequest } from "../../protocols/nostr/job_payment.ts";
import { contentHash, readQuote } from "../../protocols/nostr/job_quote.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { buyerRow, NOW_S, PROVIDER, request, RULES, signed } from "./market.ts";
import { askedTogether } from "../store/asked_together.ts";

const verifier = await createVerifier();
const CHAIN = { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` };
const TERMS = {
  asset: { code: "M2M", scale: 6 },
  chain: CHAIN,
  ilpAddress: "g.dev.provider",
  leastDepositUnits: "20480",
};
const signer = {
  decrypt: () => Promise.reject(new Error("no")),
  packetFulfilments: (packets: readonly { peer: string; dataSha256: Uint8Array }[]) =>
    Promise.resolve(
      packets.map(({ peer, dataSha256 }) =>
        sha256(new Uint8Array([...new TextEncoder().encode(peer), ...dataSha256]))
      ),
    ),
  signEvents: (events: readonly UnsignedEvent[]) =>
    Promise.resolve(events.map((event) => signed(event, PROVIDER))),
};
const NO_DEBTS = { waiting: 0, overdue: 0, paid: 0 };

function offered(event: NostrEvent, more: { nowS?: number; debts?: typeof NO_DEBTS } = {}) {
  return relayQuote(event, {
    terms: TERMS,
    rules: RULES,
    signer,
    store: { sealedDebts: () => Promise.resolve(more.debts ?? NO_DEBTS) },
    announcement: ["a", `31990:${PROVIDER}:crosstown`],
    asset: M2M,
    nowMs: (more.nowS ?? NOW_S) * 1_000,
  });
}

async function quoteOf(event: NostrEvent): Promise<NostrEvent> {
  const made = await offered(event);
  assert.ok("tags" in made);
  return signed(made, PROVIDER);
}

const asked = request(5601, [["p", PROVIDER], ["param", "command", "true"]]);

Deno.test("relayQuote() states request, content, buyer, price, condition and end, as a quote in a refusal", async () => {
  const event = await quoteOf(asked);
  const quote = readQuote(event);
  const receipt = await quoting(TERMS, { pubkey: PROVIDER, signer, clock: () => 0 })
    .receipt(asked.id);
  assert.deepEqual(quote, {
    requestId: asked.id,
    buyer: asked.pubkey,
    provider: PROVIDER,
    content: contentHash(asked),
    priceUnits: 50_436n,
    depositUnits: 50_436n,
    asset: TERMS.asset,
    chain: CHAIN,
    mode: "upfront",
    ilpAddress: "g.dev.provider",
    condition: sha256(receipt).toHex(),
    validUntilS: NOW_S + 300,
    deadlineS: NOW_S + 300,
  });
  const [status, ...others] = event.tags.filter(([name]) => name === "status" || name === "a");
  assert.equal(
    status![2],
    "0.050436 M2M at g.dev.provider: pay by an ILP packet whose data is this request and this quote, signed",
  );
  assert.deepEqual(others, [["a", `31990:${PROVIDER}:crosstown`]]);
});

Deno.test("relayQuote() is valid for ten minutes, but never beyond the deadline that the request names", async () => {
  const later = request(5601, [["p", PROVIDER], ["expiration", String(NOW_S + 3_600)]]);
  const { validUntilS, deadlineS } = readQuote(await quoteOf(later));
  assert.deepEqual([validUntilS, deadlineS], [NOW_S + 600, NOW_S + 3_600]);
});

Deno.test("relayQuote() says why a request gets no quote", async () => {
  const metered = request(5601, [["p", PROVIDER], ["mode", "metered"]]);
  const sealed = request(5601, [["p", PROVIDER], ["mode", "on-delivery"]]);
  const over = request(5601, [["p", PROVIDER], ["expiration", String(NOW_S + 10)]]);
  const codes = await Promise.all([
    offered(metered),
    offered(sealed, { debts: { waiting: 1, overdue: 1, paid: 0 } }),
    offered(over, { nowS: NOW_S + 20 }),
  ]);
  assert.deepEqual(codes.map((told) => "code" in told && told.code), [
    "mode_not_offered",
    "owes_payment",
    "expired",
  ]);
});

Deno.test("acceptJob() keeps to a quote from a relay after its price has risen, until the quote has expired", async () => {
  const quote = await quoteOf(asked);
  const now = { ms: NOW_S * 1_000 };
  const clock = () => now.ms;
  const rules = {
    ...RULES,
    prices: [{ kind: 5601, flatUnits: 90_000n, unitsPerKib: 1_024n }],
    timeoutS: 3_600,
  };
  const terminal = acceptJob({
    rules: () => rules,
    store: askedTogether({
      getJobByEvent: () => Promise.resolve(null),
      placesTaken: () => Promise.resolve({ paused: false, runnable: 0, ofBuyer: 0, known: [] }),
      sealedDebts: () => Promise.resolve(NO_DEBTS),
      freeJobId: () => Promise.resolve("job-1"),
    }),
    signer,
    quoting: quoting(TERMS, { pubkey: PROVIDER, signer, clock }),
    verifier,
    capacity: 8,
    clock,
  });
  const { condition, priceUnits } = readQuote(quote);
  const prepare = (amount: bigint, data = paidRequest(asked, quote)) => ({
    amount,
    expiresAtMs: now.ms + 30_000,
    condition: Uint8Array.fromHex(condition),
    destination: "g.dev.provider",
    data,
  });
  const codeOf = async (amount: bigint) => {
    const seen = await terminal.inspect(prepare(amount));
    return "reject" in seen
      ? JSON.parse(new TextDecoder().decode(seen.reject.data)).code
      : "obligation" in seen && seen.obligation;
  };
  assert.equal(await codeOf(priceUnits - 1n), "price_not_met");
  assert.equal(await codeOf(priceUnits), `job:${asked.id}`);
  const effect = await terminal.effect(prepare(priceUnits), `job:${asked.id}`);
  assert.ok("fulfilment" in effect);
  assert.equal(sha256(effect.fulfilment).toHex(), condition, "the receipt opens the condition");
  now.ms += 306_000;
  assert.equal(await codeOf(priceUnits), "quote_expired");
});

Deno.test("createJudge() takes a quote from a relay only if it binds the provider for exactly this request", async () => {
  const judge = createJudge(null, undefined, M2M, CHAIN);
  const job = buyerRow(asked, { status: "posted", jobPaid: false, amountUnits: 0n });
  const judged = (event: NostrEvent, nowS = NOW_S) => judge.answer(event, job, nowS * 1_000);
  const quote = await quoteOf(asked);
  const told = judged(quote);
  assert.ok("known" in told);
  assert.deepEqual([told.known.status, told.known.quote_condition], [
    "quoted",
    readQuote(quote).condition,
  ]);
  const changed = (name: string, ...values: string[]) =>
    signed({
      ...quote,
      tags: quote.tags.map((tag) => tag[0] === name ? [name, ...values] : tag),
    }, PROVIDER);
  const faults: [NostrEvent, string][] = [
    [changed("content", "0".repeat(64)), "wrong_request"],
    [changed("asset", "USD", "6"), "wrong_terms"],
    [changed("chain", "1", CHAIN.tokenNetworkAddress), "wrong_terms"],
    [changed("expiration", String(NOW_S + 7_200)), "wrong_terms"],
    [changed("condition", "no hash"), "bad_quote"],
  ];
  for (const [event, code] of faults) {
    const refused = judged(event);
    assert.equal("code" in refused && refused.code, code);
  }
  const late = judged(quote, NOW_S + 301);
  assert.ok("known" in late);
  assert.deepEqual([late.known.status, late.known.quote_condition], ["quoted", undefined]);
  const other = createJudge(null, undefined, M2M).answer(quote, job, NOW_S * 1_000);
  assert.ok("known" in other);
  assert.equal(other.known.quote_condition, undefined, "a home without a chain");
});
