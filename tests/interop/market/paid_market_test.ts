/** Priced jobs: events go free to `@nostr-relay`, the provider is paid by packets through an embedded connector. */
import assert from "node:assert/strict";
import { ForeignRelay, type ForeignRelayOptions, missingRelay } from "../relay/foreign_relay.ts";
import { type Hub, PROVIDER_ADDRESS, startHub } from "./connector.ts";
import { Daemon, firstEvent, Home, storedEvents, tagOf } from "./market.ts";

const missing = await missingRelay();
const left = missing === null ? "" : ` (left out: ${missing})`;
const ignore = missing !== null;
const PRICE = 50_000n;

interface PaidMarket extends AsyncDisposable {
  readonly relay: ForeignRelay;
  readonly hub: Hub;
  readonly buyer: Home;
  readonly provider: Home;
}

async function market(options: ForeignRelayOptions = {}): Promise<PaidMarket> {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  const relay = await ForeignRelay.start(options);
  const [buyer, provider] = await Promise.all([
    Home.make(root, "buyer"),
    Home.make(root, "provider"),
  ]);
  const hub = await startHub(root, buyer, provider);
  await buyer.configure(`relay_url = "${relay.url}"\n${hub.profileOf("buyer")}`);
  await provider.configure(
    `relay_url = "${relay.url}"\n${hub.profileOf("provider")}`,
    `[node]\nprice_units = ${PRICE}`,
  );
  return {
    relay,
    hub,
    buyer,
    provider,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await relay.kill();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** What the connector took from each account, and what it forwarded. */
function booksOf(hub: Hub): { readonly taken: bigint[]; readonly paidOn: bigint[] } {
  const { accounts, payers } = hub.status();
  const spentOf = (rows: readonly { readonly spent: bigint }[]) =>
    rows.map(({ spent }) => spent).filter((spent) => spent > 0n);
  return { taken: spentOf(accounts), paidOn: spentOf(payers) };
}

Deno.test({
  name:
    `a priced job is paid through the connector while its events go free to @nostr-relay${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { relay, hub, buyer, provider } = at;
    await using node = await Daemon.start("node", provider);
    assert.equal(node.ready.ilp_address, PROVIDER_ADDRESS);
    const announcement = await firstEvent(relay.url, [{ kinds: [31_990] }]);
    assert.equal(tagOf(announcement, "ilp"), PROVIDER_ADDRESS);

    const low = await buyer.run(
      ...["job", "submit", "echo", "--input", "cheap", "--bid", "0.01", "--wait"],
    );
    assert.equal(low.document.error.code, "bid_too_low");

    const { code, document } = await buyer.run(
      ...["job", "submit", "echo", "--input", "paid for", "--wait"],
    );
    assert.equal(code, 0, JSON.stringify(document));
    assert.equal(document.status, "success");
    assert.match(JSON.stringify(document.result), /paid for/);
    assert.deepEqual(document.paid, { write_units: "0", job_units: String(PRICE) });
    assert.deepEqual(booksOf(hub), { taken: [PRICE], paidOn: [PRICE] });

    // The provider saw the request twice, on the relay and in its packet, and ran it once.
    const events = await storedEvents(relay.url, [
      { kinds: [6600, 7000], "#e": [document.event_id] },
    ]);
    // A job that is over at once is not announced first.
    assert.deepEqual(events.map(({ kind }) => kind).sort(), [6600]);
    assert.deepEqual(
      events.find(({ kind }) => kind === 6600)!.tags.find(([name]) => name === "amount"),
      ["amount", String(PRICE), "units"],
    );
    const doctor = await buyer.run("doctor");
    assert.equal(doctor.document.ok, true, JSON.stringify(doctor.document));
    assert.equal(await node.stop(), 0);
  },
});

Deno.test({
  name: `a request that @nostr-relay refuses is not paid for${left}`,
  ignore,
  async fn() {
    const refuse = [{ kind: 5600, times: 99, message: "blocked: not here" }];
    await using at = await market({ refuse });
    await using _node = await Daemon.start("node", at.provider);
    await firstEvent(at.relay.url, [{ kinds: [31_990] }]);
    const { code, document } = await at.buyer.run(
      ...["job", "submit", "echo", "--input", "x", "--wait"],
    );
    assert.equal(code, 1);
    assert.equal(document.status, "refused");
    assert.deepEqual(document.paid, { write_units: "0", job_units: "0" });
    assert.deepEqual(booksOf(at.hub), { taken: [], paidOn: [] });
  },
});
