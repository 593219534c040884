/** nostr-tools as a NIP-90 customer of our provider: it signs the requests, and it verifies every answer. */
import assert from "node:assert/strict";
import { JobFeedback } from "nostr-tools/kinds";
import * as nip44 from "nostr-tools/nip44";
import { finalizeEvent, getPublicKey, type NostrEvent, verifyEvent } from "nostr-tools/pure";
import { Relay } from "nostr-tools/relay";
import { Alby, missingAlby } from "../alby/alby.ts";
import { StrfryLike } from "../relay/strfry_like.ts";
import { Daemon, firstEvent, Home, tagOf } from "./market.ts";

const missing = await missingAlby();
const left = missing === null ? "" : ` (left out: ${missing})`;
const SECRET = new Uint8Array(32).fill(14);
const KEY = getPublicKey(SECRET);
const ECHO = 5600;
/** How long a busy machine may take; the library's own limits are 4.4 s. */
const PATIENCE_MS = 240_000;

/** A customer with one connection to the relay. */
class Customer implements Disposable {
  readonly #relay: Relay;
  readonly #answers: NostrEvent[] = [];
  readonly #provider: string;
  #came = Promise.withResolvers<void>();

  private constructor(relay: Relay, provider: string) {
    this.#relay = relay;
    this.#provider = provider;
  }

  static async start(url: string, provider: string): Promise<Customer> {
    const relay = new Relay(url);
    relay.baseEoseTimeout = relay.publishTimeout = PATIENCE_MS;
    await relay.connect({ timeout: PATIENCE_MS });
    const customer = new Customer(relay, provider);
    await new Promise<void>((oneose) =>
      relay.subscribe([{ kinds: [JobFeedback, ECHO + 1_000], "#p": [KEY] }], {
        onevent: (event) => customer.#take(event),
        oneose,
      })
    );
    return customer;
  }

  #take(event: NostrEvent): void {
    this.#answers.push(event);
    this.#came.resolve();
    this.#came = Promise.withResolvers();
  }

  /** Signs and publishes a request to the provider. */
  async ask(tags: string[][], content = ""): Promise<NostrEvent> {
    const request = finalizeEvent({
      kind: ECHO,
      created_at: Math.floor(Date.now() / 1_000),
      tags: [...tags, ["p", this.#provider]],
      content,
    }, SECRET);
    await this.#relay.publish(request);
    return request;
  }

  /** The answer of a kind to a request. It must be signed by the provider, and name request and customer. */
  async answer({ id }: NostrEvent, kind: number, status?: string): Promise<NostrEvent> {
    const end = AbortSignal.timeout(PATIENCE_MS);
    const ended = new Promise<never>((_, reject) =>
      end.addEventListener("abort", () => reject(new Error(JSON.stringify(this.#answers))))
    );
    // It is also rejected when nobody waits for it any more.
    ended.catch(() => {});
    for (;;) {
      const came = this.#came.promise;
      const found = this.answers(id).find((event) =>
        event.kind === kind && (status === undefined || tagOf(event as never, "status") === status)
      );
      if (found !== undefined) {
        // A copy, because the library remembers what it has verified.
        assert.ok(verifyEvent({ ...found }));
        assert.equal(found.pubkey, this.#provider);
        assert.equal(tagOf(found as never, "p"), KEY);
        return found;
      }
      await Promise.race([came, ended]);
    }
  }

  /** All answers to a request so far. */
  answers(id: string): readonly NostrEvent[] {
    return this.#answers.filter((event) => tagOf(event as never, "e") === id);
  }

  [Symbol.dispose](): void {
    this.#relay.close();
  }
}

Deno.test({
  name:
    `nostr-tools' customer buys from our provider over Lightning: request, invoice, payment, result${left}`,
  ignore: missing !== null,
  async fn() {
    const root = await Deno.makeTempDir({ prefix: "ct" });
    await using relay = await StrfryLike.start();
    await using alby = await Alby.start(relay.url);
    try {
      const [provider] = await Promise.all([
        Home.make(root, "provider"),
        alby.wallet(`${root}/till`),
      ]);
      await provider.configure(
        `relay_url = "${relay.url}"`,
        `[lightning]\nwallet_file = "${root}/till"\nrelay = "${relay.url}"\nnetwork = "regtest"\n[node]\nprice_units = 5000\nlightning_msats = 12000`,
      );
      await using _node = await Daemon.start("node", provider);
      // What a customer knows before it asks: the kind, and who serves it.
      const offer = await firstEvent(relay.url, [{ kinds: [31_990], "#k": [String(ECHO)] }]);
      assert.ok(verifyEvent({ ...offer } as never));
      assert.deepEqual([tagOf(offer, "lightning"), tagOf(offer, "mode")], ["12000", "lightning"]);
      using customer = await Customer.start(relay.url, offer.pubkey);

      const input = ["i", "hello", "text"];
      const request = await customer.ask([input, ["output", "text/plain"]]);
      const asked = await customer.answer(request, JobFeedback, "payment-required");
      const [, msats, invoice] = asked.tags.find(([name]) => name === "amount")!;
      assert.deepEqual([msats, invoice.slice(0, 6)], ["12000", "lnbcrt"]);
      assert.ok(!relay.events.some(({ kind }) => kind === ECHO + 1_000), "not before the payment");

      await alby.tell({ pay: invoice });
      const result = await customer.answer(request, ECHO + 1_000);
      assert.equal(result.content, "hello");
      assert.deepEqual(result.tags.filter(([name]) => name === "i"), [input]);
      const [, copy] = result.tags.find(([name]) => name === "request")!;
      const copied = JSON.parse(copy);
      assert.ok(verifyEvent(copied));
      assert.equal(copied.id, request.id);

      // One payment is for one request: the next one has an invoice of its own, and no result before that is paid.
      const next = await customer.ask([["i", "second", "text"]]);
      const due = await customer.answer(next, JobFeedback, "payment-required");
      assert.notEqual(due.tags.find(([name]) => name === "amount")![2], invoice);
      const results = relay.events.filter(({ kind }) => kind === ECHO + 1_000);
      assert.deepEqual(results.map(({ id }) => id), [result.id]);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test("nostr-tools' customer gets a free job done, in clear and encrypted, and the reason of a refusal", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  await using relay = await StrfryLike.start();
  try {
    const provider = await Home.make(root, "provider");
    await provider.configure(`relay_url = "${relay.url}"`, "[node]\nprice_units = 0");
    await using _node = await Daemon.start("node", provider);
    using customer = await Customer.start(relay.url, provider.pubkey);

    const plain = await customer.ask([["i", "hello", "text"], ["bid", "0"]]);
    const result = await customer.answer(plain, ECHO + 1_000);
    assert.equal(result.content, "hello");

    const shared = nip44.getConversationKey(SECRET, provider.pubkey);
    const secret = JSON.stringify([["i", "a secret", "text"]]);
    const hidden = await customer.ask([["encrypted"]], nip44.encrypt(secret, shared));
    const answer = await customer.answer(hidden, ECHO + 1_000);
    assert.ok(answer.tags.some(([name]) => name === "encrypted"));
    assert.equal(nip44.decrypt(answer.content, shared), "a secret");
    assert.ok(!JSON.stringify(relay.events).includes("a secret"));

    const unknown = await customer.ask([["i", "hello", "blob"]]);
    const refused = await customer.answer(unknown, JobFeedback, "error");
    assert.equal(tagOf(refused as never, "code"), "malformed");
    assert.ok(!customer.answers(unknown.id).some(({ kind }) => kind === ECHO + 1_000));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
