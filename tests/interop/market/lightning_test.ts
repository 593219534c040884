/** Jobs that are paid over Lightning: the wallets are the Alby SDK's, the foreign provider is made with nostr-tools. */
import assert from "node:assert/strict";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { Daemon, firstEvent, Home, tagOf } from "./market.ts";
import { ignore, left, market } from "./lightning_market.ts";

Deno.test({
  name: `a foreign provider's invoice is paid once through a wallet, and its result counts${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { alby, buyer } = at;
    const submit = (input: string, ...more: string[]) =>
      buyer.run("job", "submit", "echo", "--input", input, "--provider", alby.provider, ...more);
    const served = await submit("pay 21000", "--wait");
    assert.equal(served.code, 0, JSON.stringify(served));
    assert.equal(served.document.result.content, "PAY 21000");
    const { mode, lightning } = served.document.payment;
    assert.equal(mode, "lightning");
    assert.deepEqual([lightning.state, lightning.msats, lightning.fees_msats], [
      "paid",
      "21000",
      "7",
    ]);
    const pays = () => alby.told.filter(({ pay }) => pay !== undefined);
    assert.deepEqual(pays(), [{ pay: lightning.payment_hash, again: false }]);

    assert.ok(!JSON.stringify(at.relay.events).includes(lightning.preimage));
    const log = await buyer.log();
    assert.ok(!log.includes("walletconnect") && !log.includes("secret="), log);

    // The payment is in the audit trail as a commit, without the receipt.
    const commits = await buyer.git("log", "--format=%B");
    assert.match(commits, /^crosstown: Lightning payment sent$/m);
    assert.match(
      commits,
      RegExp(
        "^crosstown: Lightning payment paid\n\nJob ID: job-.*\nEvent: .*\nPayment: 21000 msats\n" +
          `Fees: 7 msats\nPayment Hash: ${lightning.payment_hash}$`,
        "m",
      ),
    );
    assert.ok(!commits.includes(lightning.preimage));
    const verified = await buyer.run("payments", "verify");
    assert.equal(verified.code, 0, JSON.stringify(verified));
    const history = await buyer.run("payments", "history", "--type", "lightning");
    assert.deepEqual(
      history.document.payments.map((each: Record<string, unknown>) => [
        each.outcome,
        each.amount_units,
      ]),
      [["paid", "21000"], ["sent", "21000"]],
    );
  },
});

/** A job's payment, when it is as it should be. */
async function untilPayment(
  buyer: Home,
  jobId: string,
  // deno-lint-ignore no-explicit-any
  fits: (lightning: any, document: any) => boolean,
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const signal = AbortSignal.timeout(120_000);
  for (;;) {
    const { document } = await buyer.run("job", "status", jobId);
    const lightning = document.payment?.lightning;
    if (lightning !== undefined && fits(lightning, document)) {
      return document;
    }
    if (signal.aborted) throw new Error(JSON.stringify(document));
  }
}

Deno.test({
  name:
    `invoices that are not as asked are refused, with the reason, and the wallet is not told${left}`,
  ignore,
  async fn() {
    await using at = await market("invoice_msats = 30000\nday_msats = 40000");
    const { alby, buyer } = at;
    await using _mayor = await Daemon.start("mayor", buyer);
    const refused = async (input: string, code: string) => {
      const { document } = await buyer.run(
        ...["job", "submit", "echo", "--input", input, "--provider", alby.provider],
      );
      // The refusal and what the job says of it are two commits.
      const shown = await untilPayment(
        buyer,
        document.job_id,
        ({ state }, { error }) => state !== "due" && /it is not paid: /.test(error?.message),
      );
      assert.deepEqual([shown.payment.lightning.state, shown.payment.lightning.code], [
        "refused",
        code,
      ], JSON.stringify(shown));
      assert.equal(shown.status, "quoted");
      assert.match(shown.error.message, /it is not paid: /);
    };
    await refused("dearer 21000", "wrong_amount");
    await refused("old 21000", "invoice_expired");
    await refused("pay 30001", "invoice_limit");
    const bitcoin = { bech32: "bc", pubKeyHash: 0, scriptHash: 5, validWitnessVersions: [0] };
    await alby.lie({ network: bitcoin });
    await refused("pay 21000", "wrong_network");
    await alby.lie({});
    assert.deepEqual(alby.told.filter(({ pay }) => pay !== undefined), []);

    // Its result comes first, and the invoice with it. The next one does not fit into the day.
    const { document } = await buyer.run(
      ...["job", "submit", "echo", "--input", "after 20000", "--provider", alby.provider, "--wait"],
    );
    assert.equal(document.result.content, "AFTER 20000", JSON.stringify(document));
    await untilPayment(buyer, document.job_id, ({ state }) => state === "paid");
    await refused("pay 20000", "day_limit");
    assert.equal(alby.told.filter(({ pay }) => pay !== undefined).length, 1);
  },
});

Deno.test({
  name: `a wallet that pays and never answers is asked after a crash, and is not told again${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { alby, buyer } = at;
    await alby.lie({ pay: "silent" });
    const mayor = await Daemon.start("mayor", buyer);
    const { document } = await buyer.run(
      ...["job", "submit", "echo", "--input", "pay 21000", "--provider", alby.provider],
    );
    const { pay: hash } = await alby.until(({ pay }) => pay !== undefined);
    await mayor.kill();
    assert.ok(!alby.told.some(({ lookup }) => lookup !== undefined));

    await using _again = await Daemon.start("mayor", buyer);
    const shown = await untilPayment(buyer, document.job_id, ({ state }) => state === "paid");
    assert.equal(shown.payment.lightning.payment_hash, hash);
    assert.match(shown.payment.lightning.preimage, /^[0-9a-f]{64}$/);
    const ended = await buyer.run("job", "wait", document.job_id);
    assert.equal(ended.document.result.content, "PAY 21000", JSON.stringify(ended));
    assert.equal(alby.told.filter(({ pay }) => pay !== undefined).length, 1);
  },
});

Deno.test({
  name: `what a wallet says counts only with the receipt, and an empty wallet pays nothing${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { alby, buyer } = at;
    await using _mayor = await Daemon.start("mayor", buyer);
    const submit = async (input: string) =>
      (await buyer.run("job", "submit", "echo", "--input", input, "--provider", alby.provider))
        .document.job_id;
    await alby.lie({ pay: "preimage" });
    const lied = await untilPayment(
      buyer,
      await submit("pay 20000"),
      ({ state }) => state === "paid",
    );
    assert.notEqual(lied.payment.lightning.preimage, "00".repeat(32));
    await alby.lie({ pay: "poor" });
    const poor = await untilPayment(
      buyer,
      await submit("pay 20001"),
      ({ state }) => state === "failed",
    );
    assert.equal(poor.payment.lightning.code, "insufficient_balance");
    assert.equal(poor.status, "quoted");
  },
});

Deno.test({
  name:
    `a buyer's review of a paid job counts for others whose key follows the buyer, and shows its parts${left}`,
  ignore,
  async fn() {
    await using at = await market("invoice_msats = 30000\n[trust]\npublish = true");
    const { alby, buyer, relay, root } = at;
    const mayor = await Daemon.start("mayor", buyer);
    const { document } = await buyer.run(
      ...["job", "submit", "echo", "--input", "pay 9000", "--provider", alby.provider, "--wait"],
    );
    assert.equal(document.status, "success", JSON.stringify(document));
    const review = await firstEvent(relay.url, [{ kinds: [1985], authors: [buyer.pubkey] }]);
    assert.deepEqual(
      [tagOf(review, "p"), tagOf(review, "e"), tagOf(review, "l")],
      [alby.provider, document.event_id, "success"],
    );
    assert.equal(await mayor.stop(), 0);

    const root_ = new Uint8Array(32).fill(21);
    using session = openRelaySession({ url: relay.url });
    const list = signEvent(
      {
        kind: 3,
        pubkey: publicKeyOf(root_),
        created_at: Math.floor(Date.now() / 1_000),
        tags: [["p", buyer.pubkey]],
        content: "",
      },
      root_,
      new Uint8Array(32),
    );
    assert.equal((await session.publish(list)).outcome, "accepted");
    const other = await Home.make(root, "other");
    await other.configure(`relay_url = "${relay.url}"`, `[trust]\nroot = "${list.pubkey}"`);
    const { document: trust } = await other.run("provider", "trust", alby.provider);
    assert.deepEqual(
      trust.reviews.map(({ event_id, distance, went }: Record<string, unknown>) => [
        event_id,
        distance,
        went,
      ]),
      [[review.id, 1, "well"]],
      JSON.stringify(trust),
    );
    assert.deepEqual([trust.jobs, trust.root, trust.reviews_missing], [0, list.pubkey, null]);
    // A job that was paid over Lightning has no quote, so its review has no receipt, and weighs an eighth.
    assert.equal(trust.reviews[0].paid_units, null);
    assert.equal(trust.reviews[0].weight, 0.125);
    assert.equal(trust.score, 0.529);

    // Where nobody is followed, the same review counts nothing.
    await other.configure(`relay_url = "${relay.url}"`, `[trust]\nroot = "${alby.provider}"`);
    const stranger = await other.run("provider", "trust", alby.provider);
    assert.deepEqual([stranger.document.score, stranger.document.reviews], [0.5, []]);
  },
});
