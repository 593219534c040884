/** A provider that reads requests by tag (`node.by_tag`). */
import assert from "node:assert/strict";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { until } from "../../until.ts";
import { StrfryLike } from "../relay/strfry_like.ts";
import { Daemon, firstEvent, Home } from "./market.ts";

const SECRET = new Uint8Array(32).fill(41);

function request(content: string, tags: readonly (readonly string[])[]) {
  const template = {
    kind: 5600,
    pubkey: publicKeyOf(SECRET),
    created_at: Math.floor(Date.now() / 1_000),
    tags: [["i", content, "text"], ...tags],
    content: "",
  };
  return signEvent(template, SECRET, new Uint8Array(32));
}

Deno.test("a provider that reads by tag asks its relay for its tags and for what names it, and serves both", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  await using relay = await StrfryLike.start();
  try {
    const provider = await Home.make(root, "provider");
    await provider.configure(
      `relay_url = "${relay.url}"`,
      '[node]\nprice_units = 0\nby_tag = true\ntags = ["mine"]',
    );
    await using _node = await Daemon.start("node", provider);
    await firstEvent(relay.url, [{ kinds: [31_990], authors: [provider.pubkey] }]);
    const resultOf = (id: string) =>
      relay.events.some(({ kind, tags }) =>
        kind === 6600 && tags.some(([name, value]) => name === "e" && value === id)
      );
    const named = request("named", [["p", provider.pubkey]]);
    const tagged = request("tagged", [["t", "mine"]]);
    const other = request("other", [["t", "another"]]);
    relay.store(other);
    for (const each of [named, tagged]) {
      relay.store(each);
      await until(() => resultOf(each.id));
    }
    assert.ok(!resultOf(other.id));
    const asked = relay.requests.flat().filter(({ kinds }) =>
      ((kinds ?? []) as readonly number[]).includes(5600)
    );
    assert.ok(asked.every((filter) => "#t" in filter || "#p" in filter), JSON.stringify(asked));
    const [{ "#t": tags }] = asked.filter((filter) => "#t" in filter);
    assert.ok(["mine", "echo"].every((tag) => (tags as readonly string[]).includes(tag)));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
