import assert from "node:assert/strict";
import { sha256Hex } from "../../protocols/sha256.ts";
import { isFresh, parseAnnouncement, priceOfKind } from "../../market/announcement.ts";
import { announcementTemplate } from "../../market/announcement_events.ts";
import { NO_OFFER } from "../../market/offer.ts";
import { NOW_S, PROVIDER, signed } from "./market.ts";
import { announce, FIELDS } from "./announced.ts";

Deno.test("parseAnnouncement() reads what announcementTemplate() wrote", () => {
  const read = announce();
  assert.deepEqual(read, {
    ...FIELDS,
    access: [],
    types: [],
    unpriced: [],
    offline: false,
    pubkey: PROVIDER,
    createdAtS: NOW_S,
    expiresAtS: NOW_S + 360,
    offer: NO_OFFER,
    inputSchemas: [],
    outputSchemas: [],
  });
  assert.deepEqual(structuredClone(read), read);
  assert.equal(priceOfKind(read.prices, 5601, 1025), 50_011n);
  assert.equal(priceOfKind(read.prices, 5602, 1), null);
});

Deno.test("parseAnnouncement() reads a price by tokens, and knows no price of a kind whose tokens it cannot read", () => {
  const tokens = { inputUnits: 100_000n, outputUnits: 2_000_000n, mostOutput: 64 };
  const prices = [{ kind: 5601, flatUnits: 50_000n, unitsPerKib: 0n, tokens }];
  const read = announce({ prices });
  assert.deepEqual(read.prices, prices);
  const asked = (max: string) => ({
    tags: [["i", "Tell me a story", "text"], ["param", "max_tokens", max]],
    content: "",
  });
  // 80 tokens in, and 20 or 64 out.
  assert.equal(priceOfKind(read.prices, 5601, 400, asked("20")), 50_000n + 8_000n + 40_000n);
  assert.equal(priceOfKind(read.prices, 5601, 400, asked("9999")), 50_000n + 8_000n + 128_000n);
  // Without the request: a token for each of its bytes.
  assert.equal(priceOfKind(read.prices, 5601, 400), 50_000n + 40_000n + 128_000n);
  const { tags } = announcementTemplate({ ...FIELDS, prices }, NOW_S);
  for (const bad of [["tokens", "5601", "-1", "1", "1"], ["tokens", "5601", "1", "1"]]) {
    const others = tags.filter(([name]) => name !== "tokens");
    const event = signed(
      { ...announcementTemplate(FIELDS, NOW_S), tags: [...others, bad] },
      PROVIDER,
    );
    const { prices, unpriced } = parseAnnouncement(event);
    assert.deepEqual([prices, unpriced], [[], [5601]]);
  }
});

Deno.test("parseAnnouncement() refuses invalid values, and leaves out prices without their unit", () => {
  const template = announcementTemplate(FIELDS, NOW_S);
  const change = (tags: readonly (readonly string[])[]) => signed({ ...template, tags }, PROVIDER);
  const d = ["d", "crosstown"];
  for (
    const event of [
      signed({ ...template, kind: 31989 }, PROVIDER),
      change([d, d]),
      change([d, ["expiration", "soon"]]),
      change([d, ["ilp", "not an address"]]),
      change([d, ["k", "5600"], ["price", "5600", "-1", "0", "units"]]),
      change([d, ["k", "5600"], ["price", "5600", "1", "0", "units"], [
        "price",
        "5600",
        "2",
        "0",
        "units",
      ]]),
      change([d, ...Array.from({ length: 600 }, () => ["t", "x"])]),
    ]
  ) assert.throws(() => parseAnnouncement(event), { code: "bad_announcement" });
  const odd = parseAnnouncement(
    change([d, ["k", "5600"], ["k", "5601"], ["price", "5600", "1"], [
      "price",
      "5601",
      "1",
      "0",
      "sat",
    ], ["price", "5602", "1", "0", "units"]]),
  );
  assert.deepEqual([odd.prices, odd.unpriced], [[], [5600, 5601]]);
  assert.equal(parseAnnouncement(signed({ ...template, content: "[" }, PROVIDER)).name, "");
});

Deno.test("isFresh() is true until the announcement expires, but for at most a day", () => {
  const each = announce();
  for (
    const [nowS, fresh] of [
      [NOW_S, true],
      [NOW_S + 359, true],
      [NOW_S + 460, false],
      [NOW_S - 61, false],
      [NOW_S - 59, true],
    ] as const
  ) assert.equal(isFresh(each, nowS), fresh, String(nowS - NOW_S));
  assert.equal(isFresh({ ...each, expiresAtS: NOW_S * 2 }, NOW_S + 90_000), false);
});

Deno.test("parseAnnouncement() reads the schemas of inputs and results, and none that is hostile, broken or long", () => {
  const inputSchemas = [{ kind: 5601, schema: { type: "object", required: ["text"] } }];
  const outputSchemas = [{ kind: 5601, schema: { type: "integer" } }];
  const template = announcementTemplate({ ...FIELDS, inputSchemas }, NOW_S);
  assert.deepEqual(parseAnnouncement(signed(template, PROVIDER)).inputSchemas, inputSchemas);
  const both = parseAnnouncement(
    signed(announcementTemplate({ ...FIELDS, inputSchemas, outputSchemas }, NOW_S), PROVIDER),
  );
  assert.deepEqual([both.inputSchemas, both.outputSchemas], [inputSchemas, outputSchemas]);
  for (const text of ["{", '{"pattern":"(a+)+$"}', JSON.stringify({ title: "x".repeat(600) })]) {
    const tags = [
      ...template.tags.slice(0, -2),
      ["input_schema", "5601", text],
      ["output_schema", "5601", text],
    ];
    const read = parseAnnouncement(signed({ ...template, tags }, PROVIDER));
    assert.deepEqual([read.inputSchemas, read.outputSchemas], [[], []]);
  }
  const long = [{ kind: 5601, schema: { enum: ["x".repeat(600)] } }];
  const named = announcementTemplate({ ...FIELDS, inputSchemas: long }, NOW_S);
  const sha256 = sha256Hex(JSON.stringify(long[0].schema));
  const inputs = named.tags.filter(([name]) => name === "input_schema");
  // Each heartbeat would pay for its text.
  assert.deepEqual(inputs, [["input_schema", "5601", `sha256:${sha256}`]]);
  const read = parseAnnouncement(signed(named, PROVIDER));
  assert.deepEqual([read.inputSchemas, read.longSchemas], [[], [{
    of: "input_schema",
    kind: 5601,
    sha256,
  }]]);
});
