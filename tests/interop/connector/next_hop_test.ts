import assert from "node:assert/strict";
import { payment, rig } from "../../network/connector/rig.ts";
import { until } from "../../until.ts";
import { ForeignConnector, PluginClient } from "./foreign_connector.ts";
import { ignore, name } from "./left_out.ts";

Deno.test({
  name: name(
    "startConnector() has npm ilp-connector for its next hop, in both directions",
  ),
  ignore,
  async fn() {
    await using hub = await ForeignConnector.start(100_000n);
    await using dave = new PluginClient(
      `btp+ws://dave:pw@127.0.0.1:${hub.port}`,
    );
    assert.deepEqual(await dave.connected, { connected: true });
    await using net = await rig({ fee: { flatUnits: 5n, basisPoints: 0 } });
    await net.connector.close();
    await net.start({
      peers: [
        {
          username: "buyer",
          token: "buyer token",
          channelId: net.channels.buyer.channelId,
          peerAddress: net.buyer.address,
        },
        {
          username: "foreign",
          token: "",
          channelId: null,
          peerAddress: "npm ilp-connector",
          peerRule: "strict",
          trustUnits: 500n,
          dial: {
            url: `btp+ws://127.0.0.1:${hub.port}`,
            wire: "interledger",
            auth: { username: "near", token: "pw" },
          },
        },
      ],
      routes: [
        { prefix: "test.hub.mini.near.relay", to: { terminal: "relay" } },
        { prefix: "test.hub.mini", to: { peer: "foreign" } },
      ],
    });
    await until(() => net.connector.status().sessions.some(({ dialed }) => dialed));
    const buyer = net.client();
    const paid = await buyer.pay(payment(105n, "test.hub.mini.dave"));
    assert.equal(
      paid.state === "fulfilled" && new TextDecoder().decode(paid.data),
      "from node",
    );
    const [foreign] = net.connector.status().payers.filter(({ username }) =>
      username === "foreign"
    );
    assert.equal(foreign.spent, 100n, "the fee stays here");
    const nobody = await buyer.pay(payment(105n, "test.hub.mini.nobody.here"));
    assert.equal(nobody.state === "refused" && nobody.code, "F02");

    const back = { destination: "test.hub.mini.near.relay", data: "for near" };
    const answer = await dave.pay({ ...back, amount: "400" });
    assert.deepEqual([answer.type, answer.opens], ["fulfill", true]);
    const tooMuch = await dave.pay({ ...back, amount: "101", data: "more" });
    assert.deepEqual(
      [tooMuch.type, tooMuch.code],
      ["reject", "T04"],
      "what it may owe is bounded",
    );
    assert.equal(net.terminal.effects.size, 1);
  },
});
