/** What becomes of jobs whose requests and results `@nostr-relay` refuses. */
import assert from "node:assert/strict";
import { Daemon, storedEvents } from "./market.ts";
import { announced, ignore, left, market } from "./free_market.ts";

Deno.test({
  name: `a request that @nostr-relay refuses is a refused job with the relay's words${left}`,
  ignore,
  async fn() {
    const message = "blocked: you are not on the list";
    await using at = await market({ refuse: [{ kind: 5600, times: 99, message }] });
    await using _node = await Daemon.start("node", at.provider);
    await announced(at.relay.url, at.provider);
    const { code, document } = await at.buyer.run(
      ...["job", "submit", "echo", "--input", "x", "--wait"],
    );
    assert.equal(code, 1);
    assert.equal(document.status, "refused");
    assert.equal(document.error.code, "refused");
    assert.ok(document.error.message.includes(message), document.error.message);
    assert.deepEqual(await storedEvents(at.relay.url, [{ kinds: [5600, 6600, 7000] }]), []);
  },
});

Deno.test({
  name: `a request with a longer tag than @nostr-relay takes is refused with its notice${left}`,
  ignore,
  async fn() {
    await using at = await market();
    await using _node = await Daemon.start("node", at.provider);
    await announced(at.relay.url, at.provider);
    const input = `${at.root}/long.txt`;
    await Deno.writeTextFile(input, "0123456789abcdef".repeat(100));
    const { code, document } = await at.buyer.run(
      "job",
      "submit",
      "echo",
      "--input",
      input,
      "--wait",
    );
    assert.equal(code, 1);
    assert.equal(document.status, "refused");
    assert.equal(document.error.code, "noticed");
    assert.match(document.error.message, /1024 chars/);
  },
});

for (
  const { name, message } of [
    { name: "says 'not now' to", message: "rate-limited: slow down" },
    { name: "refuses at first", message: "blocked: not this one" },
  ]
) {
  Deno.test({
    name: `a result that @nostr-relay ${name} is published again until it is taken${left}`,
    ignore,
    async fn() {
      await using at = await market({ refuse: [{ kind: 6600, times: 2, message }] });
      await using _node = await Daemon.start("node", at.provider);
      await announced(at.relay.url, at.provider);
      const { code, document } = await at.buyer.run(
        ...["job", "submit", "echo", "--input", "x", "--wait"],
      );
      assert.equal(code, 0, JSON.stringify(document));
      const results = await storedEvents(at.relay.url, [{ kinds: [6600] }]);
      assert.deepEqual(results.map(({ id }) => id), [document.result.event_id]);
    },
  });
}
