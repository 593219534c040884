/** NDK, the most used Nostr library, as a NIP-90 customer of our provider and as a provider for our buyer. */
import assert from "node:assert/strict";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { readQuote } from "../../../protocols/nostr/job_quote.ts";
import { publicKeyOf } from "../../../protocols/nostr/sign.ts";
import { missingNdk, Ndk } from "../ndk/ndk.ts";
import { StrfryLike } from "../relay/strfry_like.ts";
import { PROVIDER_ADDRESS, startHub } from "./connector.ts";
import { Daemon, Home } from "./market.ts";

const missing = await missingNdk();
const left = missing === null ? "" : ` (left out: ${missing})`;
const ignore = missing !== null;
const CUSTOMER = new Uint8Array(32).fill(11);
const DVM = new Uint8Array(32).fill(12);

interface Event {
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
  readonly pubkey: string;
  readonly encrypted: boolean;
}
const tagsOf = ({ tags }: Event, name: string) => tags.filter((tag) => tag[0] === name);

Deno.test({
  name: `our provider answers NDK's customers: a price, a reason, or an encrypted result${left}`,
  ignore,
  async fn() {
    const root = await Deno.makeTempDir({ prefix: "ct" });
    await using relay = await StrfryLike.start();
    try {
      const [buyer, provider] = await Promise.all([
        Home.make(root, "buyer"),
        Home.make(root, "provider"),
      ]);
      await using hub = await startHub(root, buyer, provider);
      const profile = `relay_url = "${relay.url}"\n${hub.profileOf("provider")}`;
      await provider.configure(profile, "[node]\nprice_units = 50000");
      await using ndk = await Ndk.start("customer", relay.url, CUSTOMER.toHex());
      const ask = (name: string, inputs: readonly (readonly string[])[], encrypt?: string) =>
        ndk.ask({ name, kind: 5600, provider: provider.pubkey, inputs, encrypt });
      {
        await using _node = await Daemon.start("node", provider);
        await ask("unpaid", [["hello", "text"]]);
        await ask("unknown type", [["hello", "blob"]]);
        await ask("nip04", [["hello", "text"]], "nip04");
        const quote: Event = await ndk.answer("unpaid", 7000, "payment-required");
        assert.deepEqual(tagsOf(quote, "amount"), [["amount", "50000", "units"]]);
        assert.deepEqual(tagsOf(quote, "ilp"), [["ilp", PROVIDER_ADDRESS]]);
        assert.deepEqual(tagsOf(quote, "a"), [["a", `31990:${provider.pubkey}:crosstown`]]);
        const { priceUnits, mode, requestId } = readQuote(quote as unknown as NostrEvent);
        assert.deepEqual(
          [priceUnits, mode, requestId],
          [50_000n, "upfront", tagsOf(quote, "e")[0]![1]],
          "the price is a binding quote",
        );
        const blob: Event = await ndk.answer("unknown type", 7000, "error");
        assert.deepEqual(tagsOf(blob, "code"), [["code", "malformed"]]);
        const old: Event = await ndk.answer("nip04", 7000, "error");
        assert.match(tagsOf(old, "status")[0]![2]!, /NIP-04/);
      }
      await provider.configure(profile, "[node]\nprice_units = 0");
      await using _node = await Daemon.start("node", provider);
      await ask("free", [["no type"]]);
      await ask("private", [["a secret", "text"]], "nip44");
      const free: Event = await ndk.answer("free", 6600);
      assert.equal(free.content, "no type");
      assert.deepEqual(tagsOf(free, "i"), [["i", "no type"]]);
      assert.equal(tagsOf(free, "request").length, 1);
      const hidden: Event = await ndk.answer("private", 6600);
      assert.deepEqual([hidden.content, hidden.encrypted], ["a secret", true]);
      assert.equal(hidden.pubkey, provider.pubkey);
      assert.ok(!relay.events.some((event) => JSON.stringify(event).includes("a secret")));
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test({
  name: `our buyer is served by NDK's provider, which announces nothing${left}`,
  ignore,
  async fn() {
    const root = await Deno.makeTempDir({ prefix: "ct" });
    await using relay = await StrfryLike.start();
    try {
      const buyer = await Home.make(root, "buyer");
      await buyer.configure(`relay_url = "${relay.url}"`);
      await using ndk = await Ndk.start("provider", relay.url, DVM.toHex());
      const { pubkey, npub } = await ndk.until(({ ready }) => ready === true);
      assert.equal(pubkey, publicKeyOf(DVM));
      const submit = (input: string, ...more: string[]) =>
        buyer.run("job", "submit", "echo", "--input", input, "--provider", npub, ...more);

      const served = await submit("shout", "--wait");
      assert.equal(served.code, 0, JSON.stringify(served));
      assert.equal(served.document.result.content, "SHOUT");
      assert.equal(served.document.provider, pubkey);
      assert.deepEqual(
        served.document.answers.map(({ outcome }: { outcome: string }) => outcome),
        ["status_scheduled"],
      );

      const asked = await submit("for sats");
      assert.equal(asked.code, 0, JSON.stringify(asked));
      await ndk.until(({ input }) => input === "for sats");
      let shown = asked.document;
      while (shown.status !== "quoted") {
        shown = (await buyer.run("job", "status", asked.document.job_id)).document;
      }
      assert.equal(shown.error.code, "payment_required");
      assert.match(shown.error.message, /asks 21000 msats, by the invoice lnbc210n1q+, which/);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
