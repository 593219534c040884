/** A market on a relay that stores but never pushes events, and demands proofs as strfry does (NIP-42 behind an ERROR). */
import assert from "node:assert/strict";
import { withTime } from "../../with_time.ts";
import { StrfryLike } from "../relay/strfry_like.ts";
import { paidMarket } from "./connector.ts";
import { Daemon } from "./market.ts";

Deno.test("a paid job comes to its result over a relay that never pushes and wants NIP-42 as strfry does", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  await using relay = await StrfryLike.start({ auth: true, push: false });
  try {
    const { buyer, provider, hub } = await paidMarket(root, relay.url);
    await using _hub = hub;
    await using _node = await Daemon.start("node", provider);
    const submit = (input: string, ...more: string[]) =>
      buyer.run("job", "submit", "echo", "--input", input, ...more);

    const waited = await submit("alone", "--wait");
    assert.equal(waited.code, 0, JSON.stringify(waited));
    assert.match(JSON.stringify(waited.document.result), /alone/);

    await using mayor = await Daemon.start("mayor", buyer);
    const handed = await submit("in a daemon", "--wait");
    assert.equal(handed.code, 0, JSON.stringify(handed));
    assert.match(JSON.stringify(handed.document.result), /in a daemon/);
    assert.equal(await mayor.stop(), 0);

    // The result is at the relay, and is shown when the job's time is over.
    const { missed, late, found } = await withTime([4, 30, 90], async (seconds) => {
      relay.hidden.add(6600).add(7000);
      const missed = await submit("shown late", "--again", "--timeout", `${seconds}`, "--wait");
      const id = missed.document.job_id;
      relay.hidden.clear();
      const late = await buyer.run("job", "status", id);
      return { missed, late, found: await buyer.run("job", "status", id, "--refresh") };
      // Else its time was over before the provider had begun.
    }, ({ found }) => found.document.status === "success");
    assert.equal(missed.document.status, "timeout", JSON.stringify(missed));
    assert.equal(late.document.status, "timeout", JSON.stringify(late));
    assert.equal(found.document.status, "success", JSON.stringify(found));
    assert.match(JSON.stringify(found.document.result), /shown late/);
    assert.ok(relay.proven.includes(buyer.pubkey) && relay.proven.includes(provider.pubkey));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
