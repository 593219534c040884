import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { checkOfferedQuote, checkPaidQuote } from "../../../market/quotes/check_quote.ts";
import {
  contentHash,
  type Quote,
  quoteEvent,
  readQuote,
} from "../../../protocols/nostr/job_quote.ts";
import { BUYER, NOW_S, PROVIDER, request, signed, STRANGER } from "../market.ts";

const asked = request();
const QUOTE: Quote = {
  requestId: asked.id,
  buyer: BUYER,
  provider: PROVIDER,
  content: contentHash(asked),
  priceUnits: 50_000n,
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` },
  depositUnits: 50_000n,
  mode: "upfront",
  ilpAddress: "g.dev.provider",
  condition: sha256(new Uint8Array(32)).toHex(),
  validUntilS: NOW_S + 120,
  deadlineS: NOW_S + 300,
};

Deno.test("readQuote() reads what quoteEvent() wrote", () => {
  const event = signed(quoteEvent(QUOTE, NOW_S), PROVIDER);
  assert.deepEqual(readQuote(event), QUOTE);
  assert.equal(event.kind, 7000);
});

Deno.test("readQuote() refuses what is not a quote: missing, twice, or malformed", () => {
  const template = quoteEvent(QUOTE, NOW_S);
  const change = (tags: readonly (readonly string[])[]) => signed({ ...template, tags }, PROVIDER);
  const without = (name: string) => template.tags.filter((tag) => tag[0] !== name);
  for (const [name] of template.tags) {
    if (name === "included") continue;
    assert.throws(() => readQuote(change(without(name))), { code: "bad_quote" }, `no ${name}`);
    const twice = [...template.tags, template.tags.find((tag) => tag[0] === name)!];
    // NIP-90 lets feedback name several p and e.
    if (name !== "p" && name !== "e") {
      assert.throws(() => readQuote(change(twice)), { code: "bad_quote" }, `two ${name}`);
    }
  }
  for (
    const wrong of [
      ["quote", "2"],
      ["mode", "later"],
      ["amount", "50", "sat"],
      ["amount", "-1", "units"],
      ["condition", "00"],
      ["expiration", "soon"],
      ["expiration", "1000000000000"],
      ["deadline", "999999999999999"],
      ["chain", "x", ""],
      ["asset", "M2M", "six"],
      ["ilp", "not an address"],
      ["status", "processing"],
    ]
  ) {
    const event = change([...without(wrong[0]), wrong]);
    assert.throws(() => readQuote(event), { code: "bad_quote" }, wrong.join(" "));
  }
});

Deno.test("readQuote() takes the last second whose milliseconds can be kept", () => {
  const latest = { ...QUOTE, validUntilS: 999_999_999_999, deadlineS: 999_999_999_999 };
  assert.deepEqual(readQuote(signed(quoteEvent(latest, NOW_S), PROVIDER)), latest);
  const later = { ...latest, deadlineS: 1e12 };
  assert.throws(() => readQuote(signed(quoteEvent(later, NOW_S), PROVIDER)), { code: "bad_quote" });
});

Deno.test("readQuote() takes a metered quote of one to 100,000 whole increments", () => {
  const read = (priceUnits: bigint, depositUnits: bigint, size = 60) => {
    const increment = { unit: "second", size } as const;
    const quote = { ...QUOTE, mode: "metered", priceUnits, depositUnits, increment } as const;
    assert.deepEqual(readQuote(signed(quoteEvent(quote, NOW_S), PROVIDER)), quote);
  };
  read(7n, 7n);
  read(100_000n, 1n);
  read(14n, 7n, 1);
  read(14n, 7n, 86_400);
  for (
    const [price, increment, seconds] of [
      [8n, 7n, 60],
      [15n, 7n, 60],
      [6n, 7n, 60],
      [7n, 0n, 60],
      [0n, 0n, 60],
      [100_001n, 1n, 60],
      [7n, 7n, 0],
      [7n, 7n, 86_401],
    ] as const
  ) assert.throws(() => read(price, increment, seconds), { code: "bad_quote" });
});

Deno.test("readQuote() takes increments of output, and no other word for one", () => {
  const increment = { unit: "kib", size: 4 } as const;
  const quote = {
    ...QUOTE,
    mode: "metered",
    priceUnits: 14n,
    depositUnits: 7n,
    increment,
  } as const;
  const template = quoteEvent(quote, NOW_S);
  assert.deepEqual(template.tags.find(([name]) => name === "increment"), [
    ...["increment", "7", "4KiB"],
  ]);
  assert.deepEqual(readQuote(signed(template, PROVIDER)), quote);
  // A job sells at most 1 MiB of output.
  const all = { ...quote, priceUnits: 256n * 7n };
  assert.deepEqual(readQuote(signed(quoteEvent(all, NOW_S), PROVIDER)), all);
  const more = signed(quoteEvent({ ...quote, priceUnits: 257n * 7n }, NOW_S), PROVIDER);
  assert.throws(() => readQuote(more), { code: "bad_quote" });
  for (const word of ["0KiB", "257KiB", "4kib", "4 KiB", "4KiB ", "KiB", "4MiB"]) {
    const tags = template.tags.map((tag) =>
      tag[0] === "increment" ? ["increment", "7", word] : tag
    );
    assert.throws(() => readQuote(signed({ ...template, tags }, PROVIDER)), { code: "bad_quote" });
  }
});

Deno.test("contentHash() does not depend on the provider or the deadline, but on the input", () => {
  const other = request(5601, [["param", "command", "true"], ["p", STRANGER], ["expiration", "9"]]);
  assert.equal(contentHash(other), contentHash(asked));
  assert.notEqual(contentHash(request(5601, [["param", "command", "false"]])), contentHash(asked));
  assert.notEqual(contentHash(request(5602)), contentHash(asked));
});

Deno.test("checkPaidQuote() accepts only our own quote for this request, until it expires", () => {
  const by = { pubkey: PROVIDER, nowS: NOW_S };
  checkPaidQuote(QUOTE, asked, by);
  checkPaidQuote(QUOTE, asked, { ...by, nowS: NOW_S + 120 });
  const stranger = signed(asked, STRANGER);
  for (
    const [quote, event, at, code] of [
      [{ ...QUOTE, provider: STRANGER }, asked, by, "foreign_quote"],
      [QUOTE, stranger, by, "wrong_buyer"],
      [QUOTE, request(5602), by, "wrong_request"],
      [{ ...QUOTE, content: "0".repeat(64) }, asked, by, "wrong_request"],
      [QUOTE, asked, { ...by, nowS: NOW_S + 126 }, "quote_expired"],
    ] as const
  ) assert.throws(() => checkPaidQuote(quote, event, at), { code });
});

Deno.test("checkOfferedQuote() takes no quote of another key, request, asset, chain or address, nor one that holds too long", () => {
  const { asset, chain, ilpAddress } = QUOTE;
  const question = { request: asked, provider: PROVIDER, ilpAddress, asset, chain, nowS: NOW_S };
  checkOfferedQuote(QUOTE, question);
  for (
    const [change, code] of [
      [{ provider: STRANGER }, "foreign_quote"],
      [{ buyer: STRANGER }, "wrong_buyer"],
      [{ asset: { code: "M2M", scale: 9 } }, "wrong_terms"],
      [{ chain: { ...chain, chainId: 1 } }, "wrong_terms"],
      [{ chain: { ...chain, tokenNetworkAddress: "" } }, "wrong_terms"],
      [{ ilpAddress: "g.thief" }, "wrong_terms"],
      [{ validUntilS: NOW_S }, "quote_expired"],
      [{ validUntilS: NOW_S + 3_601 }, "wrong_terms"],
      [{ deadlineS: NOW_S }, "wrong_terms"],
    ] as const
  ) assert.throws(() => checkOfferedQuote({ ...QUOTE, ...change }, question), { code });
});
