/** The work on invoices, on a real store, with wallets that lose, lie and die, under a clock of the test's own. */
import assert from "node:assert/strict";
import type { InvoiceRules } from "../../../market/lightning/invoice_check.ts";
import type { InvoiceRow } from "../../../store/invoice_row.ts";
import { surroundings } from "../../stages/surroundings.ts";
import { type Fate, Ledger, quotedJob } from "./wallet.ts";
import { HOUR_S, RULES, stored, work } from "./invoice_works.ts";

Deno.test("workOnInvoices() pays an invoice once, keeps its receipt, and its job is paid", async () => {
  await using at = await surroundings();
  const ledger = new Ledger();
  const row = await quotedJob(at.store, ledger, "a", at.nowMs);
  await work({ at, ledger });
  const { state, preimage, feesMsats, sentAtMs } = await stored(at, row);
  assert.deepEqual(
    { state, preimage, feesMsats, sentAtMs },
    {
      state: "paid",
      preimage: ledger.preimages.get(row.paymentHash)!,
      feesMsats: 3n,
      sentAtMs: at.nowMs,
    },
  );
  const job = await at.store.getJob(row.jobId, "buyer");
  assert.deepEqual([job?.status, job?.errorCode], ["paid", null]);
  assert.equal(ledger.orders.length, 1);
});

const now = 1_770_000_000;
const REFUSED: readonly {
  readonly code: string;
  readonly asked?: bigint;
  readonly more?: object;
  readonly rules?: Partial<InvoiceRules>;
}[] = [
  { code: "wrong_amount", asked: 20_999n },
  { code: "wrong_amount", more: { amountMsats: null } },
  { code: "wrong_network", more: { network: "bitcoin" } },
  { code: "wrong_network", more: { network: "signet" } },
  { code: "invoice_expired", more: { createdAtS: now - HOUR_S } },
  { code: "invoice_expired", more: { expiryS: 9 } },
  { code: "invoice_expired", more: { createdAtS: now + HOUR_S } },
  { code: "wrong_description", more: { descriptionHash: new Uint8Array(32) } },
  { code: "invoice_limit", rules: { mostMsats: 20_999n } },
  { code: "invoice_limit", rules: { mostMsats: 0n } },
  { code: "day_limit", rules: { dayMsats: 20_999n } },
];

for (const { code, asked, more, rules } of REFUSED) {
  const plain = (_: string, value: unknown) =>
    typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? value.toHex() : value;
  const what = JSON.stringify({ asked, ...more, ...rules }, plain);
  Deno.test(`workOnInvoices() refuses ${what} as ${code}, and asks the wallet nothing`, async () => {
    await using at = await surroundings(now * 1_000);
    const ledger = new Ledger();
    const row = await quotedJob(at.store, ledger, "a", at.nowMs, { asked, more });
    await work({ at, ledger, rules: { ...RULES, ...rules } });
    const { state, code: told } = await stored(at, row);
    assert.deepEqual([state, told], ["refused", code]);
    assert.deepEqual(ledger.orders, []);
    const job = (await at.store.getJob(row.jobId, "buyer"))!;
    assert.equal(job.status, "quoted");
    assert.match(job.errorMessage!, /the provider asks; it is not paid: /);
  });
}

Deno.test("workOnInvoices() pays no invoice of a job that has ended without a result", async () => {
  for (const status of ["timeout", "cancelled", "error"] as const) {
    await using at = await surroundings();
    const ledger = new Ledger();
    const row = await quotedJob(at.store, ledger, "a", at.nowMs);
    const patch = { status, updatedAtMs: at.nowMs };
    await at.store.commit([{ op: "patchJob", jobId: row.jobId, role: "buyer", patch }]);
    await work({ at, ledger });
    assert.deepEqual((await stored(at, row)).code, "job_over");
    assert.deepEqual(ledger.orders, []);
  }
});

Deno.test("workOnInvoices() pays no more than the day's limit, however many invoices come at once", async () => {
  await using at = await surroundings();
  const ledger = new Ledger();
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const rows = await Promise.all(
    names.map((name) => quotedJob(at.store, ledger, name, at.nowMs)),
  );
  // Three fit with their fees of 3 millisatoshis, a fourth would not.
  await work({ at, ledger, rules: { ...RULES, dayMsats: 84_000n } });
  const states = await Promise.all(rows.map(async (row) => (await stored(at, row)).state));
  assert.equal(states.filter((state) => state === "paid").length, 3, states.join());
  assert.equal(ledger.orders.length, 3);
  // The next day has its own limit.
  at.nowMs += 86_400_000;
  const later = await quotedJob(at.store, ledger, "later", at.nowMs);
  await work({ at, ledger, rules: { ...RULES, dayMsats: 84_000n } });
  assert.equal((await stored(at, later)).state, "paid");
});

Deno.test("workOnInvoices() takes no wrong preimage for a receipt, and the wallet's later word for one", async () => {
  await using at = await surroundings();
  const ledger = new Ledger();
  const row = await quotedJob(at.store, ledger, "a", at.nowMs);
  const fates: Fate[] = ["wrong_preimage", "wrong_preimage", "wrong_preimage"];
  const seen: (string | null)[] = [];
  await work({ at, ledger, next: () => ({ fate: fates.shift() ?? "answered" }) }, () => {
    at.store.invoiceOf(row.eventId, "buyer").then((each) => seen.push(each!.state));
    return true;
  });
  const { state, preimage } = await stored(at, row);
  assert.deepEqual([state, preimage], ["paid", ledger.preimages.get(row.paymentHash)]);
  assert.ok(seen.slice(0, -1).every((each) => each !== "paid"), seen.join());
  assert.equal(ledger.orders.length, 1);
});

Deno.test("workOnInvoices() ends a payment that the wallet never heard of when its invoice has expired", async () => {
  await using at = await surroundings();
  const ledger = new Ledger();
  const row = await quotedJob(at.store, ledger, "a", at.nowMs);
  const startMs = at.nowMs;
  // Orders are lost, look-ups are answered.
  let pays = 0;
  const lost = {
    ask: ledger.ask.bind(ledger),
  };
  ledger.ask = (method, params, fate, nowMs) => {
    if (method === "pay_invoice") pays++;
    return lost.ask(method, params, method === "pay_invoice" ? "lost" : fate, nowMs);
  };
  await work({ at, ledger });
  const { state, code } = await stored(at, row);
  assert.deepEqual([state, code], ["failed", "invoice_expired"]);
  assert.ok(at.nowMs - startMs > 600_000);
  assert.ok(pays > 1 && pays <= 600 / 75 + 1, String(pays));
});

for (
  const { what, code, change } of [
    { what: "its job was cancelled", code: "job_over", change: "job" },
    { what: "its owner allows no payments any more", code: "invoice_limit", change: "rules" },
  ] as const
) {
  Deno.test(`workOnInvoices() does not tell the wallet to pay again when ${what}`, async () => {
    await using at = await surroundings();
    const ledger = new Ledger();
    const row = await quotedJob(at.store, ledger, "a", at.nowMs);
    let pays = 0;
    const rules = { ...RULES };
    const ask = ledger.ask.bind(ledger);
    ledger.ask = (method, params, fate, nowMs) => {
      if (method !== "pay_invoice") return ask(method, params, fate, nowMs);
      if (++pays === 1 && change === "rules") rules.mostMsats = 0n;
      if (pays > 1 || change === "rules") return ask(method, params, "lost", nowMs);
      const patch = { status: "cancelled", updatedAtMs: nowMs } as const;
      at.store.commit([{ op: "patchJob", jobId: row.jobId, role: "buyer", patch }]);
      return ask(method, params, "lost", nowMs);
    };
    await work({ at, ledger, rules });
    const { state, code: told } = await stored(at, row);
    assert.deepEqual([state, told, pays], ["failed", code, 1]);
    assert.equal(await at.store.invoicesSent(0), 0n);
  });
}

Deno.test("workOnInvoices() tells the wallet again where the invoice alone uses up the day", async () => {
  await using at = await surroundings(now * 1_000);
  const ledger = new Ledger();
  const row = await quotedJob(at.store, ledger, "a", at.nowMs);
  const fates: Fate[] = ["lost"];
  const next = () => ({ fate: fates.shift() ?? "answered" as const });
  await work({ at, ledger, rules: { ...RULES, dayMsats: 21_000n }, next });
  assert.equal((await stored(at, row)).state, "paid");
});

Deno.test("workOnInvoices() gives up after two weeks on an invoice that expires in centuries", async () => {
  await using at = await surroundings(now * 1_000);
  const ledger = new Ledger();
  const expiresAtS = now + 32 ** 7 - 1;
  const row = await quotedJob(at.store, ledger, "a", at.nowMs, { expiresAtS });
  const { eventId } = row;
  await at.store.commit([{
    ...{ op: "moveInvoice", eventId, role: "buyer", from: "due" } as const,
    patch: { state: "sent", sentAtMs: at.nowMs },
  }]);
  const startMs = at.nowMs;
  at.nowMs += 15 * 86_400_000 - 600_000;
  await work({ at, ledger, next: () => ({ fate: "lost" }) });
  assert.equal((await stored(at, row)).state, "unknown");
  assert.ok(at.nowMs - startMs > 15 * 86_400_000);
});

Deno.test("workOnInvoices() pays its own job while strangers leave 200 invoices unpaid, and sees which of them is paid", async () => {
  await using at = await surroundings();
  const ledger = new Ledger();
  const names = Array.from({ length: 200 }, (_, index) => `stranger ${index}`);
  const asked: InvoiceRow[] = [];
  for (const name of names) {
    asked.push(await quotedJob(at.store, ledger, name, at.nowMs, { role: "provider" }));
  }
  const last = asked.at(-1)!;
  const own = await quotedJob(at.store, ledger, "own", at.nowMs);
  ledger.paid.set(last.paymentHash, 1);
  // Nobody else pays: no invoice may expire before both are seen.
  const untilMs = at.nowMs + 500_000;
  const isSeen = async () => {
    const [mine, theirs] = await Promise.all([
      at.store.invoiceOf(own.eventId, "buyer"),
      at.store.invoiceOf(last.eventId, "provider"),
    ]);
    return mine?.state === "paid" && theirs?.state === "paid";
  };
  let seen = false;
  const looking = setInterval(() => void isSeen().then((is) => seen ||= is), 5);
  await work({ at, ledger }, () => !seen && at.nowMs < untilMs);
  clearInterval(looking);
  assert.ok(await isSeen(), `${at.nowMs - (untilMs - 500_000)} ms`);
});

Deno.test("workOnInvoices() gives up after a day of silence, and the amount counts as spent", async () => {
  await using at = await surroundings();
  const ledger = new Ledger();
  const row = await quotedJob(at.store, ledger, "a", at.nowMs);
  const startMs = at.nowMs;
  await work({
    at,
    ledger,
    next: () => ({ fate: "lost" }),
  });
  assert.equal((await stored(at, row)).state, "unknown");
  assert.equal(await at.store.invoicesSent(0), 21_000n);
  assert.ok(at.nowMs - startMs > 86_400_000);
});

Deno.test("workOnInvoices() runs a provider's job when its invoice was paid in full, and ends it when the invoice expired", async () => {
  await using at = await surroundings();
  const ledger = new Ledger();
  const [paid, unpaid] = await Promise.all(
    ["paid", "unpaid"].map((name) =>
      quotedJob(at.store, ledger, name, at.nowMs, { role: "provider" })
    ),
  );
  const startMs = at.nowMs;
  const ask = ledger.ask.bind(ledger);
  ledger.ask = (method, params, fate, nowMs) => {
    // For a minute the wallet says that less was paid, then it is right.
    if (params.payment_hash !== paid.paymentHash) return ask(method, params, fate, nowMs);
    const amount = nowMs - startMs < 60_000 ? 20_999 : 21_000;
    return { result: { state: "settled", payment_hash: paid.paymentHash, amount } };
  };
  await work({ at, ledger });
  const job = async ({ jobId }: InvoiceRow) => (await at.store.getJob(jobId, "provider"))!;
  const [ran, ended] = [await job(paid), await job(unpaid)];
  // Units were not earned, so none are booked.
  assert.deepEqual([ran.status, ran.amountUnits, ran.jobPaid], ["paid", 0n, false]);
  assert.ok(ran.updatedAtMs - startMs >= 60_000);
  assert.deepEqual([ended.status, ended.errorCode], ["timeout", "invoice_expired"]);
  assert.deepEqual((await at.store.runnableJobs([], 9, 0)).map(({ jobId }) => jobId), [
    paid.jobId,
  ]);
  assert.deepEqual(ledger.orders, []);
});
