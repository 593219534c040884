/** A job that was sent to a provider without a payment: its quote comes over the relay, and the buyer pays exactly this quote. */
import assert from "node:assert/strict";
import { StrfryLike } from "../relay/strfry_like.ts";
import { faultsOf } from "../../commands/json_schemas.ts";
import { until } from "../../until.ts";
import { paidMarket } from "./connector.ts";
import { Daemon, firstEvent } from "./market.ts";

Deno.test("job pay pays the quote that came over the relay, once, and the job runs", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  await using relay = await StrfryLike.start();
  try {
    const { buyer, provider, hub } = await paidMarket(root, relay.url);
    await using _hub = hub;
    await using _node = await Daemon.start("node", provider);
    await firstEvent(relay.url, [{ kinds: [31_990] }]);
    // The buyer finds no offer, so the request goes to the provider without a payment.
    relay.hidden.add(31_990);
    const submit = ["job", "submit", "echo", "--input", "pay later", "--timeout", "600"];
    const asked = await buyer.run(...submit, "--provider", provider.pubkey);
    const { job_id: id } = asked.document;
    assert.ok(typeof id === "string", JSON.stringify(asked));
    let shown = asked.document;
    await until(async () => {
      shown = (await buyer.run("job", "status", id, "--refresh")).document;
      return shown.status === "quoted";
    });
    const { quote_id: quoteId, offered } = shown.payment;
    assert.deepEqual([offered.price_units, shown.paid_units], ["50000", "0"]);

    const other = await buyer.run("job", "pay", id, "--quote", "0".repeat(64));
    assert.deepEqual([other.code, other.document.error.code], [1, "other_quote"]);
    const dry = await buyer.run("job", "pay", id, "--dry-run");
    assert.deepEqual(faultsOf("job-pay-quote", dry.document), []);
    assert.deepEqual([dry.document.quote_id, dry.document.paid], [quoteId, false]);
    const spent = () => hub.status().accounts.reduce((sum, { spent }) => sum + spent, 0n);
    assert.equal(spent(), 0n);

    const paid = await buyer.run("job", "pay", id, "--quote", quoteId);
    assert.equal(paid.code, 0, JSON.stringify(paid));
    assert.deepEqual(faultsOf("job-pay-quote", paid.document), []);
    const { price_units, sent_units, mode, paid: isPaid, error } = paid.document;
    assert.deepEqual([price_units, sent_units, mode, isPaid, error], [
      "50000",
      "50000",
      "upfront",
      true,
      null,
    ]);
    const again = await buyer.run("job", "pay", id);
    assert.deepEqual([again.code, again.document.error.code], [1, "already_paid"]);

    const done = await buyer.run("job", "wait", id);
    assert.equal(done.document.status, "success", JSON.stringify(done));
    assert.match(JSON.stringify(done.document.result), /pay later/);
    assert.equal(done.document.payment.quote_id, quoteId);
    assert.match(done.document.payment.fulfillment, /^[0-9a-f]{64}$/);
    assert.equal(spent(), 50_000n);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
