import assert from "node:assert/strict";
import { connected, payment, rig } from "../../network/connector/rig.ts";
import { countingTerminal } from "../../network/connector/counting_terminal.ts";
import { until } from "../../until.ts";
import { ForeignConnector, PluginClient } from "./foreign_connector.ts";
import { ignore, name } from "./left_out.ts";

Deno.test({
  name: name(
    "connectorClient() pays and is paid through npm ilp-connector, in both directions",
  ),
  ignore,
  async fn() {
    await using hub = await ForeignConnector.start(100_000n);
    await using dave = new PluginClient(
      `btp+ws://dave:pw@127.0.0.1:${hub.port}`,
    );
    assert.deepEqual(await dave.connected, { connected: true });
    await using net = await rig();
    const terminal = countingTerminal();
    const carol = net.client({
      url: `btp+ws://127.0.0.1:${hub.port}`,
      auth: { username: "carol", token: "pw" },
      peerRule: "strict",
      channel: null,
      receive: {
        terminal,
        ilpAddress: "test.hub.mini.carol",
        trustUnits: 10_000n,
      },
    });
    await connected(carol);

    const dest = "test.hub.mini.dave";
    const paid = await carol.pay(payment(1_000n, dest));
    assert.equal(paid.state, "fulfilled");
    assert.equal(
      paid.state === "fulfilled" && new TextDecoder().decode(paid.data),
      "from node",
    );

    const inFlight = await Promise.all(
      Array.from({ length: 32 }, () => carol.pay(payment(10n, dest))),
    );
    assert.ok(inFlight.every((outcome) => outcome.state === "fulfilled"));

    const code = async (
      request: ReturnType<typeof payment> & { expiresInMs?: number },
    ) => {
      const outcome = await carol.pay(request);
      return outcome.state === "refused" ? outcome.code : outcome.state;
    };
    assert.equal(await code(payment(10n, "test.hub.mini.nobody.here")), "F02");
    assert.equal(await code(payment(10n, "test.elsewhere")), "F02");
    assert.equal(
      await code({
        ...payment(10n, dest),
        condition: new Uint8Array(32).fill(9),
      }),
      "F05",
    );
    assert.equal(await code(payment(200_000n, dest)), "T04");
    const { payer } = await carol.status();
    assert.deepEqual([payer?.forfeit, payer?.halted], [0n, null]);

    const back = await dave.pay({
      destination: "test.hub.mini.carol",
      amount: "500",
      data: "for carol",
    });
    assert.deepEqual([back.type, back.opens, back.data], [
      "fulfill",
      true,
      "done 9",
    ]);
    const tooMuch = await dave.pay({
      destination: "test.hub.mini.carol",
      amount: "20000",
      data: "too much",
    });
    assert.deepEqual([tooMuch.type, tooMuch.code], ["reject", "T04"]);
    assert.equal(terminal.effects.size, 1);
  },
});

Deno.test({
  name: name(
    "connectorClient() tells R00 of npm ilp-connector when the far end hangs",
  ),
  ignore,
  async fn() {
    await using hub = await ForeignConnector.start(100_000n);
    await using dave = new PluginClient(
      `btp+ws://dave:pw@127.0.0.1:${hub.port}`,
    );
    await dave.connected;
    await using net = await rig();
    const carol = net.client({
      url: `btp+ws://127.0.0.1:${hub.port}`,
      auth: { username: "carol", token: "pw" },
      peerRule: "strict",
      channel: null,
    });
    await connected(carol);
    const data = new TextEncoder().encode("hang 1");
    const patience = new AbortController();
    // The payer tries again with a new packet after R00. On a busy machine a packet may expire before it leaves: such a one has no answer.
    const paying = carol.pay(
      { ...payment(10n, "test.hub.mini.dave"), data, expiresInMs: 2_500 },
      { signal: patience.signal },
    );
    let nonce = 1;
    const answered = async () => {
      for (;; nonce++) {
        const row = await net.buyer.store.outgoing("session:carol", nonce);
        if (row === null || row.answer !== null) return row;
        if (row.state !== "refused") return null;
      }
    };
    await until(async () => await answered() !== null);
    patience.abort();
    await paying;
    const first = await answered();
    assert.equal(first?.state, "refused");
    assert.match(new TextDecoder("latin1").decode(first!.answer!), /R00/);
  },
});

Deno.test({
  name: name(
    "connectorClient() says unauthorized to npm ilp-plugin-mini-accounts' refusal",
  ),
  ignore,
  async fn() {
    await using hub = await ForeignConnector.start(100_000n);
    await using net = await rig();
    const good = net.client({
      url: `btp+ws://127.0.0.1:${hub.port}`,
      auth: { username: "erin", token: "right" },
      peerRule: "strict",
      channel: null,
    });
    await connected(good);
    const bad = net.client({
      url: `btp+ws://127.0.0.1:${hub.port}`,
      auth: { username: "erin", token: "wrong" },
      peerRule: "strict",
      channel: null,
    }, net.provider);
    await until(async () => (await bad.status()).line.state === "unauthorized");
    assert.equal((await good.status()).line.state, "connected");
  },
});

Deno.test({
  name: name(
    "startConnector() is paid by npm ilp-plugin-btp, and refuses in its words",
  ),
  ignore,
  async fn() {
    const guest = (port: number) => `btp+ws://guest:guest-token@127.0.0.1:${port}`;
    await using net = await rig({
      peers: [{
        username: "guest",
        token: "guest-token",
        channelId: null,
        peerAddress: "guest",
        peerRule: "strict",
        trustUnits: 1_000n,
      }],
      routes: [
        { prefix: "test.hub.relay", to: { terminal: "relay" } },
        { prefix: "test.hub.guest", to: { peer: "guest" } },
      ],
    });
    await using node = new PluginClient(guest(net.connector.port));
    assert.deepEqual(await node.connected, { connected: true });
    const pay = async (amount: string, destination: string, more = {}) => {
      const answer = await node.pay({
        destination,
        amount,
        data: `p ${amount} ${destination}`,
        ...more,
      });
      return answer.code ?? answer.type;
    };
    assert.equal(await pay("600", "test.hub.relay"), "fulfill");
    assert.equal(await pay("401", "test.hub.relay"), "T04");
    assert.equal(await pay("400", "test.hub.relay"), "fulfill");
    assert.equal(await pay("0", "test.elsewhere"), "F02");
    assert.equal(await pay("1", "test.elsewhere"), "F02");
    assert.equal(await pay("1", "test.hub.relay", { expiresInMs: -10 }), "R00");
    assert.equal(
      await pay("0", "test.hub.relay", { wrong: true, data: "wrong" }),
      "F05",
    );

    await using wrong = new PluginClient(
      `btp+ws://guest:nope@127.0.0.1:${net.connector.port}`,
    );
    assert.equal((await wrong.connected).connected, false);
    assert.equal(
      await pay("0", "test.hub.relay", { data: "still there" }),
      "fulfill",
    );
  },
});

Deno.test({
  name: name(
    "ILDCP: npm ilp-protocol-ildcp learns its address here, and we learn ours from npm ilp-connector",
  ),
  ignore,
  async fn() {
    await using net = await rig({
      peers: [{
        username: "guest",
        token: "guest-token",
        channelId: null,
        peerAddress: "guest",
        trustUnits: 1_000n,
      }],
      routes: [{ prefix: "test.hub.relay", to: { terminal: "relay" } }],
      asset: { code: "USD", scale: 6 },
    });
    await using node = new PluginClient(
      `btp+ws://guest:guest-token@127.0.0.1:${net.connector.port}`,
    );
    assert.deepEqual(await node.connected, { connected: true });
    assert.deepEqual(await node.ildcp(), {
      clientAddress: "test.hub.guest",
      assetCode: "USD",
      assetScale: 6,
    });
    await using hub = await ForeignConnector.start(100_000n);
    const carol = net.client({
      url: `btp+ws://127.0.0.1:${hub.port}`,
      auth: { username: "carol", token: "pw" },
      peerRule: "strict",
      channel: null,
    });
    await connected(carol);
    assert.deepEqual(await carol.address(), {
      clientAddress: "test.hub.mini.carol",
      assetCode: "USD",
      assetScale: 6,
    });
  },
});
