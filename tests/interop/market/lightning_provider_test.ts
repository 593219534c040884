/** Our provider asks for invoices: the wallets are the Alby SDK's, the foreign customer is made with nostr-tools. */
import assert from "node:assert/strict";
import { Ndk } from "../ndk/ndk.ts";
import { tagOf } from "./market.ts";
import { ignore, left, market, startProvider } from "./lightning_market.ts";

Deno.test({
  name:
    `our provider asks a foreign customer for an invoice, and runs its job when that is paid${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { alby, relay } = at;
    const [provider, node] = await startProvider(at);
    await using _node = node;
    await using ndk = await Ndk.start("customer", relay.url, "11".repeat(32));
    const ask = (name: string) =>
      ndk.ask({ name, kind: 5600, provider: provider.pubkey, inputs: [[name, "text"]] });
    await ask("hello");
    const quote = await ndk.answer("hello", 7000, "payment-required");
    const [, msats, invoice] = quote.tags.find(([name]: string[]) => name === "amount");
    assert.deepEqual([msats, invoice.slice(0, 6)], ["12000", "lnbcrt"]);
    const { lookup: hash } = await alby.until(({ lookup }) => lookup !== undefined);
    assert.ok(
      !relay.events.some(({ kind }) => kind === 6600),
      "nothing is given before it is paid",
    );

    // A wallet that calls it settled for less than was asked is not believed.
    await alby.lie({ lookup: "settled" });
    const asked = alby.told.length;
    await alby.until((told) => alby.told.indexOf(told) > asked && told.lookup === hash);
    await alby.lie({});
    assert.ok(!(await provider.log()).includes("an invoice was paid to this provider"));

    await alby.tell({ pay: invoice });
    const result = await ndk.answer("hello", 6600);
    assert.equal(result.content, "hello");
    assert.match(await provider.log(), /an invoice was paid to this provider/);

    // A wallet that makes another invoice: its invoice is not passed on.
    await alby.lie({ make: "amount" });
    await ask("again");
    const plain = await ndk.answer("again", 7000, "payment-required");
    assert.deepEqual(plain.tags.find(([name]: string[]) => name === "amount"), [
      "amount",
      "5000",
      "units",
    ]);
  },
});

Deno.test({
  name: `our buyer pays our provider's invoice from wallet to wallet${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { alby, buyer, relay } = at;
    const [provider, node] = await startProvider(at);
    await using _node = node;
    const { code, document } = await buyer.run(
      ...["job", "submit", "echo", "--input", "hi", "--provider", provider.pubkey, "--wait"],
    );
    assert.equal(code, 0, JSON.stringify(document));
    assert.equal(document.result.content, "hi");
    const { lightning } = document.payment;
    assert.deepEqual([lightning.state, lightning.msats], ["paid", "12000"]);
    const asks = relay.events.filter((event) =>
      event.kind === 7000 && tagOf(event, "status") === "payment-required"
    );
    assert.equal(asks.length, 1);
    assert.equal(alby.told.filter(({ pay }) => pay !== undefined).length, 1);
  },
});
