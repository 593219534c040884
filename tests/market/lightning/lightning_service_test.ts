/** The service `lightning` over a real relay, with a wallet that listens there. */
import assert from "node:assert/strict";
import { decrypt, encrypt, getConversationKey } from "nostr-tools/nip44";
import { definition, type LightningOptions } from "../../../market/lightning/lightning_service.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { WALLET_KINDS, type WalletAnswer } from "../../../protocols/nostr/wallet_connect.ts";
import { PLAIN_IDENTITY } from "../../network/relay/plain_identity.ts";
import { surroundings } from "../../stages/surroundings.ts";
import { until } from "../../until.ts";
import { Ledger, quotedJob } from "./wallet.ts";

const WALLET_KEY = new Uint8Array(32).fill(1);
const SECRET = new Uint8Array(32).fill(2);

type Params = Readonly<Record<string, string | number>>;

/** A relay, a wallet that answers there, and the file with its connection. */
async function walletAtRelay(answer: (method: string, params: Params) => WalletAnswer) {
  const relay = await startRelayServer({
    file: ":memory:",
    identity: PLAIN_IDENTITY,
    write: "nostr",
  });
  const url = `ws://127.0.0.1:${relay.port}`;
  const session = openRelaySession({ url, clock: Date.now });
  const shared = getConversationKey(WALLET_KEY, publicKeyOf(SECRET));
  const asked = session.subscribe([{
    kinds: [WALLET_KINDS.request],
    authors: [publicKeyOf(SECRET)],
  }]);
  const listens = Promise.withResolvers<void>();
  const answering = (async () => {
    for await (const batch of asked.deliveries) {
      for (const delivery of batch) {
        if (delivery.type === "eose") listens.resolve();
        if (delivery.type !== "document") continue;
        const request = JSON.parse(new TextDecoder().decode(delivery.bytes));
        const { method, params } = JSON.parse(decrypt(request.content, shared));
        const text = JSON.stringify({ result_type: method, ...answer(method, params) });
        const event = signEvent(
          {
            pubkey: publicKeyOf(WALLET_KEY),
            kind: WALLET_KINDS.response,
            created_at: Math.floor(Date.now() / 1_000),
            tags: [["p", request.pubkey], ["e", request.id]],
            content: encrypt(text, shared, crypto.getRandomValues(new Uint8Array(32))),
          },
          WALLET_KEY,
          new Uint8Array(32),
        );
        await session.publish(event, { signal: new AbortController().signal });
      }
    }
  })();
  await listens.promise;
  const folder = await Deno.makeTempDir();
  const walletFile = `${folder}/wallet`;
  await Deno.writeTextFile(
    walletFile,
    `nostr+walletconnect://${publicKeyOf(WALLET_KEY)}?relay=${
      encodeURIComponent(url)
    }&secret=${SECRET.toHex()}\n`,
    { mode: 0o600 },
  );
  const options: LightningOptions = {
    walletFile,
    relayUrl: url,
    network: "regtest",
    invoiceMsats: "30000",
    dayMsats: "1000000",
  };
  return {
    options,
    async [Symbol.asyncDispose]() {
      asked.close();
      session.close();
      await answering;
      await relay[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const context = { clock: Date.now, log: () => undefined, count: () => undefined };

Deno.test("the service lightning pays an invoice once through its wallet's relay, and none above its limit", async () => {
  const ledger = new Ledger();
  await using at = await surroundings();
  await using made = await walletAtRelay((method, params) =>
    ledger.ask(method as "pay_invoice", params, "answered", Date.now())
  );
  const dear = await quotedJob(at.store, ledger, "dear", Date.now(), {
    asked: 30_001n,
    more: { amountMsats: 30_001n },
  });
  const due = await quotedJob(at.store, ledger, "due", Date.now());
  const service = await definition.start(made.options, { store: at.store }, context);
  try {
    const invoice = (eventId: string) => at.store.invoiceOf(eventId, "buyer");
    await until(async () => (await invoice(due.eventId))?.state === "paid");
    const paid = (await invoice(due.eventId))!;
    assert.deepEqual([paid.preimage, paid.feesMsats], [ledger.preimages.get(due.paymentHash), 3n]);
    assert.equal((await at.store.getJob(due.jobId, "buyer"))?.status, "paid");
    await until(async () => (await invoice(dear.eventId))?.state === "refused");
    assert.deepEqual(ledger.orders.map(({ hash }) => hash), [due.paymentHash]);
  } finally {
    await definition.stop!(service);
  }
});

Deno.test("the service lightning makes invoices with its wallet, and passes on none of another amount", async () => {
  const ledger = new Ledger();
  const nowS = Math.floor(Date.now() / 1_000);
  const ours = ledger.invoice("ours", 12_000n, nowS);
  await using at = await surroundings();
  await using made = await walletAtRelay((method, { amount }) =>
    method === "make_invoice" && amount !== 13_000
      ? { result: { invoice: ours.invoice } }
      : { error: { code: "RESTRICTED", message: "no" } }
  );
  const service = await definition.start(made.options, { store: at.store }, context);
  try {
    const asked = (amountMsats: bigint) =>
      service.makeInvoice({ amountMsats, description: "a job", expiryS: 600 });
    assert.deepEqual(await asked(12_000n), ours);
    await assert.rejects(asked(11_000n), { name: "WalletConnectError", code: "wrong_invoice" });
    await assert.rejects(asked(13_000n), { name: "WalletConnectError", code: "refused" });
  } finally {
    await definition.stop!(service);
  }
});

Deno.test("the service lightning does not start where its connection does not name the relay, and may reach that relay alone", async () => {
  await using at = await surroundings();
  await using made = await walletAtRelay(() => ({ error: { code: "OTHER", message: "" } }));
  const options = { ...made.options, relayUrl: "wss://relay.example:7000/" };
  await assert.rejects(() => definition.start(options, { store: at.store }, context), {
    name: "WalletConnectError",
    code: "bad_connection",
  });
  const { net, read } = definition.permissions(options);
  assert.deepEqual([net, read], [["relay.example:7000"], [options.walletFile]]);
});
