/** Private messages to readers that read at other relays than the one to which the home writes. The readers are made with nostr-tools. */
import assert from "node:assert/strict";
import { unwrapEvent } from "nostr-tools/nip17";
import { finalizeEvent, getPublicKey, type NostrEvent } from "nostr-tools/pure";
import { faultsOf } from "../../commands/json_schemas.ts";
import { deadUrl } from "../../market/bad_relays.ts";
import { StrfryLike } from "../relay/strfry_like.ts";
import { Daemon, Home } from "./market.ts";

const secretOf = (n: number) => new Uint8Array(32).fill(n);

/** A reader's list of relays. */
function list(n: number, kind: 10_002 | 10_050, urls: readonly string[], marker?: string) {
  const tags = urls.map((url) => [kind === 10_050 ? "relay" : "r", url, ...marker ? [marker] : []]);
  const created_at = Math.floor(Date.now() / 1_000);
  return finalizeEvent({ kind, created_at, tags, content: "" }, secretOf(n)) as never;
}

/** The texts that a reader finds at a relay. */
function textsFor(relay: StrfryLike, n: number): string[] {
  const key = getPublicKey(secretOf(n));
  return relay.events
    .filter(({ kind, tags }) => kind === 1059 && tags.some(([, value]) => value === key))
    .map((wrap) => unwrapEvent(wrap as unknown as NostrEvent, secretOf(n)).content);
}

Deno.test("message send writes to the relays at which the reader reads, and names those that do not take it", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  await using own = await StrfryLike.start();
  await using other = await StrfryLike.start();
  await using third = await StrfryLike.start();
  const dead = deadUrl();
  try {
    const home = await Home.make(root, "home");
    await home.configure(`relay_url = "${own.url}"`);
    for (
      const each of [
        // Only elsewhere. Nothing is written to the home's own relay.
        list(31, 10_050, [other.url, third.url]),
        // Here and at a relay that is gone.
        list(32, 10_050, [own.url, dead]),
        // A list for reading in general: here too. What the reader writes to is not read.
        list(33, 10_002, [other.url], "read"),
        list(34, 10_002, [other.url], "write"),
        // Nowhere that answers, and nowhere that this home would connect to.
        list(35, 10_050, [dead]),
        list(36, 10_050, ["wss://10.0.0.1", "ws://relay.example", "wss://u:p@relay.example"]),
      ]
    ) own.store(each);
    const send = (n: number, ...more: string[]) =>
      home.run("message", "send", getPublicKey(secretOf(n)), `to ${n}`, ...more);
    const states = ({ document }: Awaited<ReturnType<typeof send>>) =>
      document.relays.map((each: Record<string, string>) => [each.relay_url, each.state]);

    const elsewhere = await send(31);
    assert.equal(elsewhere.code, 0, JSON.stringify(elsewhere));
    assert.deepEqual(faultsOf("message", elsewhere.document), []);
    assert.deepEqual(states(elsewhere), [[other.url, "sent"], [third.url, "sent"]]);
    // Its own list of relays, with the first message.
    assert.deepEqual([elsewhere.document.listed, elsewhere.document.writes], [false, 1]);
    assert.deepEqual([own, other, third].map((relay) => textsFor(relay, 31)), [
      [],
      ["to 31"],
      ["to 31"],
    ]);

    const both = await send(32);
    assert.deepEqual(states(both), [[own.url, "sent"], [dead, "offline"]]);
    assert.deepEqual([both.document.listed, both.document.writes], [true, 1]);
    assert.match(both.stderr, /the message is not at ws:\S+: offline/);
    assert.deepEqual(textsFor(own, 32), ["to 32"]);

    // Beside a daemon, which has the wallet.
    {
      await using _mayor = await Daemon.start("mayor", home);
      assert.deepEqual(states(await send(33)), [[own.url, "sent"], [other.url, "sent"]]);
      assert.deepEqual(states(await send(34)), [[own.url, "sent"]]);
    }
    assert.deepEqual([textsFor(own, 33), textsFor(other, 33)], [["to 33"], ["to 33"]]);
    assert.deepEqual([textsFor(own, 34), textsFor(other, 34)], [["to 34"], []]);

    const later = await send(35);
    assert.deepEqual([later.code, later.document.state], [0, "queued"]);
    assert.deepEqual(states(later), [[dead, "offline"]]);
    const { code, document } = await send(36, "--copy");
    assert.deepEqual([code, document.error.code], [1, "other_relays"]);
    assert.ok(document.error.message.includes("10.0.0.1"), document.error.message);
    const listed = await home.run("message", "list");
    assert.deepEqual(faultsOf("message-list", listed.document), []);
    const waits = listed.document.undelivered.map((
      each: Record<string, string>,
    ) => [each.to, each.relay_url, each.state]);
    assert.deepEqual(
      waits,
      [35, 32].map((n) => [getPublicKey(secretOf(n)), dead, "waiting"]),
      "newest first",
    );
    // No copy of a message that went nowhere.
    assert.ok(
      !own.events.some(({ kind, tags }) =>
        kind === 1059 && tags.some(([, value]) => value === home.pubkey)
      ),
    );
    // Nothing of what was sent to a stranger's relay names this home.
    assert.ok(!JSON.stringify([other.events, third.events]).includes(home.pubkey));
    assert.deepEqual([other.proven, third.proven], [[], []]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
