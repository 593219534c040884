import assert from "node:assert/strict";
import type { AdmissionRules } from "../../market/admission.ts";
import { M2M } from "../../protocols/ilp/asset.ts";
import { createJudge } from "../../market/judge.ts";
import { buyerRow, NOW_S, PROVIDER, request, RULES, signed, STRANGER } from "./market.ts";
import { invoiceOf } from "../lightning/invoices.ts";
import { address, asked, result } from "./asked.ts";

Deno.test("createJudge() returns flat facts of answers and errors", () => {
  const judge = createJudge(null);
  const job = buyerRow(asked);
  assert.deepEqual(judge.answer(result({ name: "", expected: "" }), job, NOW_S * 1000), {
    known: {
      status: "error",
      exit_code: 1,
      error_code: "exit_code",
      error_message: "the command ran and exited with 1",
    },
  });
  const zero = result({ name: "", expected: "", template: { content: '{"exit_code":0}' } });
  assert.deepEqual(judge.answer(zero, job, NOW_S * 1000), {
    known: { status: "success", exit_code: 0 },
  });
  const tags = [["status", "error", "no sandbox here"], ...address, ["code", "sandbox_required"]];
  const error = signed({ kind: 7000, created_at: NOW_S, tags, content: "" }, PROVIDER);
  assert.deepEqual(judge.answer(error, job, NOW_S * 1000), {
    known: { status: "error", error_code: "sandbox_required", error_message: "no sandbox here" },
  });
  assert.deepEqual(judge.request(asked, NOW_S * 1000), {
    code: "kind_not_served",
    message: "this home is not a provider",
  });
});

Deno.test("createJudge() reports a provider's price word for word if it is not an amount of NIP-90", () => {
  const judge = createJudge(null);
  const invoice = "LNBC1" + "Q".repeat(30);
  const quoted = (status: string, amount: readonly string[]) => {
    const tags = [["status", status, "pay me"], ["amount", ...amount], ...address];
    const event = signed({ kind: 7000, created_at: NOW_S, tags, content: "" }, PROVIDER);
    const told = judge.answer(event, buyerRow(asked), NOW_S * 1000);
    assert.ok("known" in told, JSON.stringify(told));
    assert.equal(told.known.status, "quoted");
    return told.known.quote;
  };
  assert.equal(
    quoted("PAYMENT_REQUIRED", ["21", invoice, "sats"]),
    `the provider asks "21 ${invoice} sats", which this program does not pay: its jobs are paid over ILP and says: pay me`,
  );
  assert.match(String(quoted("payment-required", ["0.5 EUR"])), /asks "0.5 EUR", which/);
  assert.match(
    String(quoted("payment-required", ["21000", invoice])),
    /asks 21000 msats, by the invoice lnbc1q+, which/,
  );
  assert.match(String(quoted("payment-required", ["1000", "1000"])), /asks 1000 msats, which/);
});

Deno.test("createJudge() takes requests whose bid, relays, topics and hints are written in other programs' ways", () => {
  const prices = [{ kind: 5601, flatUnits: 0n, unitsPerKib: 0n }];
  const judge = createJudge(() => ({ ...RULES, prices }));
  for (
    const tag of [
      ["bid", "5000", "5000"],
      ["bid", "10 SATS"],
      ["bid", ""],
      ["relays", "wss://a.example", "b.example"],
      ["relays", ""],
      ["t", ""],
      ["i", "hello", "text", "no relay"],
    ]
  ) {
    const told = judge.request(request(5601, [["p", PROVIDER], tag]), NOW_S * 1000);
    const known = { free: "yes", price_units: "0", named: "yes" };
    assert.deepEqual(told, { known }, JSON.stringify(tag));
  }
});

Deno.test("createJudge() says which requests name this provider, and what is wrong with them", () => {
  const judge = createJudge(() => RULES);
  const told = (tags: readonly (readonly string[])[], kind = 5601) =>
    judge.request(request(kind, tags), NOW_S * 1000);
  const priced = { free: "no", price_units: "50624" };
  const open = told([]);
  assert.ok("known" in open);
  assert.deepEqual(Object.keys(open.known), ["free", "price_units"]);
  const named = told([["p", PROVIDER]]);
  assert.ok("known" in named && named.known.named === "yes" && named.known.free === priced.free);
  assert.deepEqual(told([["p", PROVIDER], ["i", "x", "blob"]]), {
    known: {
      free: "no",
      named: "yes",
      error_code: "malformed",
      error_message: "an i tag must be of type url, event, job or text",
    },
  });
  const unnamed = told([["i", "x", "blob"]]);
  assert.ok("code" in unnamed && unnamed.code === "malformed");
  const others = told([["p", STRANGER]]);
  assert.ok("code" in others && others.code === "other_provider");
});

Deno.test("createJudge() tells a customer who names us what its skill cannot run, and that its clock is ahead", () => {
  const faultOf = (rules: Partial<AdmissionRules>, created_at = NOW_S) => {
    const judge = createJudge(() => ({ ...RULES, ...rules }));
    const told = judge.request(request(5601, [["p", PROVIDER]], { created_at }), NOW_S * 1000);
    assert.ok("known" in told, JSON.stringify(told));
    return [told.known.free, told.known.named, told.known.error_code];
  };
  for (const fault of ["bad_input", "sandbox_required"] as const) {
    const check = () => ({ fault, message: "it takes no url" });
    assert.deepEqual(faultOf({ check }), ["no", "yes", fault]);
  }
  assert.deepEqual(faultOf({}, NOW_S + 301), ["no", "yes", "from_the_future"]);
});

Deno.test("createJudge() keeps what a provider asks short, and takes no invoice with an amount that no row can hold", () => {
  const told = (...tags: string[][]) => {
    const all = [["status", "payment-required"], ...address, ...tags];
    const event = signed({ kind: 7000, created_at: NOW_S, tags: all, content: "" }, PROVIDER);
    const judged = createJudge(null, undefined, M2M).answer(event, buyerRow(asked), NOW_S * 1000);
    assert.ok("known" in judged, JSON.stringify(judged));
    return judged.known;
  };
  const { text } = invoiceOf({
    amountMsats: 21_000n,
    preimage: new Uint8Array(32),
    createdAtS: NOW_S,
    expiryS: 600,
  });
  assert.equal(told(["amount", "21000", text]).invoice_msats, "21000");
  assert.equal(told(["amount", String(2n ** 64n), text]).invoice_msats, String(2n ** 64n));
  for (const msats of [2n ** 64n + 1n, 2n ** 256n, 10n ** 78n - 1n]) {
    assert.equal(told(["amount", String(msats), text]).invoice, undefined, String(msats));
  }
  const long = told(["amount", "21000", `lnbc${"q".repeat(200_000)}`]);
  assert.ok(String(long.quote).length < 5_000);
  const far = told(["amount", "5000", "units"], ["ilp", `g.${"a".repeat(200_000)}`]);
  assert.ok(String(far.quote).length < 2_000);
});

const INVOICE = `lnbc210n1${"q".repeat(60)}`;

for (
  const { name, tags, said } of [
    {
      name: "a Lightning invoice",
      tags: [["amount", "21000", INVOICE]],
      said:
        `the provider asks 21000 msats, by the invoice ${INVOICE}, which a Lightning wallet pays (invoice_msats under [lightning])`,
    },
    {
      name: "another rail",
      tags: [["amount", "5", "sats"]],
      said: "the provider asks 5 sats, which this program does not pay: its jobs are paid over ILP",
    },
    {
      name: "units at an ILP address",
      tags: [["amount", "5000", "units"], ["ilp", "g.town.provider"]],
      said: "the provider asks 0.005 M2M at the ILP address g.town.provider",
    },
    {
      name: "no amount",
      tags: [],
      said: "the provider asks for a payment and names no amount",
    },
  ]
) {
  Deno.test(`createJudge() tells what a provider asks: ${name}`, () => {
    const all = [["status", "payment-required"], ...address, ...tags];
    const event = signed({ kind: 7000, created_at: NOW_S, tags: all, content: "" }, PROVIDER);
    assert.deepEqual(
      createJudge(null, undefined, M2M).answer(event, buyerRow(asked), NOW_S * 1000),
      {
        known: { status: "quoted", quote: said },
      },
    );
  });
}
