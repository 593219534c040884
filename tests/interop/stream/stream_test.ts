/** STREAM (RFC 0029) of others through our connector: `ilp-protocol-stream` sends, and it or `@interledger/stream-receiver` receives. */
import assert from "node:assert/strict";
import { rig } from "../../network/connector/rig.ts";
import { missingStream, StreamEnd } from "./stream.ts";

const missing = await missingStream();
const left = missing === null ? "" : ` (left out: ${missing})`;
const ignore = missing !== null;

for (
  const [role, library] of [
    ["server", "ilp-protocol-stream"],
    ["receiver", "@interledger/stream-receiver"],
  ] as const
) {
  Deno.test({
    name: `ilp-protocol-stream pays ${library} through our connector${left}`,
    ignore,
    async fn() {
      const guest = (username: string) => ({
        username,
        token: `${username}-token`,
        channelId: null,
        peerAddress: username,
        peerRule: "strict" as const,
        trustUnits: 1_000_000n,
      });
      await using net = await rig({
        peers: [guest("sender"), guest("receiver")],
        routes: [{ prefix: "test.hub.receiver", to: { peer: "receiver" } }],
        asset: { code: "USD", scale: 6 },
      });
      const url = (username: string) =>
        `btp+ws://${username}:${username}-token@127.0.0.1:${net.connector.port}`;
      await using receiving = new StreamEnd(role, url("receiver"));
      const to = await receiving.next();
      assert.match(to.destination, /^test\.hub\.receiver\./);
      await using sending = new StreamEnd("sender", url("sender"));
      assert.deepEqual(await sending.next(), { connected: true });
      const { sent, delivered } = await sending.send(to, "20000");
      assert.deepEqual([sent, delivered], ["20000", "20000"]);
      let total = "0";
      while (total !== "20000") total = (await receiving.next()).total;
      const { accounts, payers } = net.connector.status();
      assert.ok(accounts.some(({ spent }) => spent === 20_000n), "what the sender owes");
      const [paid] = payers.filter(({ username }) => username === "receiver");
      assert.equal(paid?.spent, 20_000n, "what was paid on");
    },
  });
}
