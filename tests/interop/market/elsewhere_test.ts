/** Free jobs between a buyer and a provider that write to different relays. */
import assert from "node:assert/strict";
import { StrfryLike } from "../relay/strfry_like.ts";
import { deadUrl } from "../../market/bad_relays.ts";
import { until } from "../../until.ts";
import { Daemon, firstEvent, Home, tagOf } from "./market.ts";

const idsAt = (relay: StrfryLike, kind: number) =>
  relay.events.filter((event) => event.kind === kind).map(({ id }) => id);

/** The values of an event's first tag of a name. */
const valuesOf = (relay: StrfryLike, kind: number, author: string, name: string) =>
  relay.events.filter((event) => event.kind === kind && event.pubkey === author)
    .flatMap(({ tags }) => tags.filter(([key]) => key === name));

Deno.test("a request reaches a provider whose offer the buyer found at a further relay, at the relay that the offer names", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  await using buyers = await StrfryLike.start();
  await using providers = await StrfryLike.start();
  try {
    const [buyer, provider] = await Promise.all([
      Home.make(root, "buyer"),
      Home.make(root, "provider"),
    ]);
    await provider.configure(`relay_url = "${providers.url}"`, "[node]\nprice_units = 0");
    await using _node = await Daemon.start("node", provider);
    await firstEvent(providers.url, [{ kinds: [31_990], authors: [provider.pubkey] }]);
    const relays = `relay_url = "${buyers.url}"\nmore_relays = ["${providers.url}"]`;
    await buyer.configure(relays);
    const submit = async (input: string) => {
      const end = Date.now() + 240_000;
      for (;;) {
        const ran = await buyer.run(
          ...["job", "submit", "echo", "--input", input, "--wait", "--timeout", "300"],
        );
        // A relay that answers more than a second after another one is not waited for.
        if (ran.document.error?.code !== "no_provider" || Date.now() > end) return ran;
      }
    };
    const bought = await submit("hello");
    assert.equal(bought.code, 0, JSON.stringify(bought));
    assert.equal(bought.document.provider, provider.pubkey);
    assert.deepEqual(idsAt(providers, 5600), [bought.document.event_id]);
    assert.deepEqual(idsAt(buyers, 5600), [bought.document.event_id]);
    // The request names the relays at which the buyer reads answers, among them the provider's own: the answer stays there.
    assert.deepEqual(valuesOf(buyers, 5600, buyer.pubkey, "relays"), [
      ["relays", buyers.url, providers.url],
    ]);
    assert.deepEqual([idsAt(providers, 6600).length, idsAt(buyers, 6600)], [1, []]);

    // A daemon publishes the buyer's list of relays, once.
    for (const input of ["one", "two"]) {
      const mayor = await Daemon.start("mayor", buyer);
      const { code, document } = await submit(input);
      assert.equal(code, 0, JSON.stringify(document));
      assert.equal(await mayor.stop(), 0);
    }
    assert.deepEqual(valuesOf(buyers, 10_002, buyer.pubkey, "r"), [
      ["r", buyers.url],
      ["r", providers.url, "read"],
    ]);
    const lists = (await buyer.log()).match(/the list of relays is published/g);
    assert.equal(lists?.length, 1);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a named provider gets the request at the relays of its list, once, and answers at the relays that the request names", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  await using buyers = await StrfryLike.start();
  await using providers = await StrfryLike.start();
  await using third = await StrfryLike.start();
  const dead = deadUrl();
  try {
    const [buyer, provider] = await Promise.all([
      Home.make(root, "buyer"),
      Home.make(root, "provider"),
    ]);
    await provider.configure(
      `relay_url = "${providers.url}"\nmore_relays = ["${dead}", "${third.url}"]`,
      "[node]\nprice_units = 0",
    );
    await using _node = await Daemon.start("node", provider);
    const list = await firstEvent(providers.url, [{ kinds: [10_002], authors: [provider.pubkey] }]);
    // Somebody spread the list to the relay that the buyer reads. The offer is not there.
    buyers.store(list);
    await buyer.configure(`relay_url = "${buyers.url}"`);
    const { code, document } = await buyer.run(
      ...["job", "submit", "echo", "--input", "hello", "--provider", provider.pubkey],
      ...["--wait", "--timeout", "300"],
    );
    assert.equal(code, 0, JSON.stringify(document));
    assert.equal(document.result.content, "hello");
    for (const relay of [buyers, providers, third]) {
      await until(() => idsAt(relay, 5600).length > 0);
      assert.deepEqual(idsAt(relay, 5600), [document.event_id]);
    }
    // The provider ran it once, although two of its relays brought the request.
    assert.deepEqual(idsAt(buyers, 6600), [document.result.event_id]);
    assert.deepEqual(idsAt(providers, 6600), [document.result.event_id]);
    const [result] = buyers.events.filter(({ kind }) => kind === 6600);
    assert.deepEqual([tagOf(result, "e"), tagOf(result, "p")], [
      document.event_id,
      buyer.pubkey,
    ]);
    assert.deepEqual([third.proven, buyers.proven], [[], []]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
