import assert from "node:assert/strict";
import { M2M } from "../../protocols/ilp/asset.ts";
import { statusDocument, statusText } from "../../commands/daemon/daemon_status.ts";
import { liveState } from "../../shell/live_state.ts";
import { LEFT_OUT } from "../../stages/relay_source_left_out.ts";
import { CONNECTOR_ANSWERED } from "../../peers/connector/line_words.ts";
import { RELAY_WORDS } from "../../peers/relay/relay_words.ts";
import { until } from "../until.ts";

Deno.test("liveState() follows what the sessions say, keeps the moment of a change, and asks the chain", async () => {
  let nowMs = 1_770_000_000_000;
  const live = liveState({ connector: true }, () => nowMs);
  assert.deepEqual(live.now().chain, null);
  const relay = { stage: "relay-source" };
  live.log("debug", RELAY_WORDS.connected, relay);
  live.log("info", "connector connected", { stage: "prepare-sink" });
  nowMs += 1_000;
  live.log("debug", RELAY_WORDS.connected, relay);
  assert.equal(live.now().relay.since, new Date(1_770_000_000_000).toISOString());
  live.log("warn", RELAY_WORDS.lost, { ...relay, reason: "gone\u001b[31m" });
  live.log("warn", "connector offline", { stage: "prepare-sink", reason: "refused" });
  live.log("warn", RELAY_WORDS.lost, { service: "relay-reader" });
  const { relay: lost, connector } = live.now();
  assert.deepEqual([lost.state, lost.since, connector?.state, connector?.reason], [
    "offline",
    new Date(nowMs).toISOString(),
    "offline",
    "refused",
  ]);
  const stop = new AbortController();
  const asked = Promise.withResolvers<void>();
  live.follow({
    head: () => {
      queueMicrotask(asked.resolve);
      return Promise.reject(new Error("no RPC answers"));
    },
  }, stop.signal);
  await asked.promise;
  await Promise.resolve();
  stop.abort();
  assert.deepEqual([live.now().chain?.state, live.now().chain?.reason], [
    "offline",
    "no RPC answers",
  ]);
  const text = statusText({ network: "n", testnet: false, live: live.now() }, M2M);
  assert.match(text, /^MAINNET n: real money\n/);
  assert.match(text, /^relay +offline since 2026-02-02T02:40:01Z: gone/m);
  assert.ok(!text.includes("\u001b"));
});

Deno.test("liveState() tells the further relays apart, and the home's own from them", () => {
  let nowMs = 1_770_000_000_000;
  const moreRelays = ["wss://b.example", "wss://c.example/"];
  const live = liveState({ connector: false, moreRelays }, () => nowMs);
  const stage = "relay-source";
  live.log("debug", RELAY_WORDS.connected, { stage, relay: "wss://b.example/" });
  live.log("debug", RELAY_WORDS.connected, { stage, relay: "wss://a.example/" });
  nowMs += 1_000;
  live.log("warn", LEFT_OUT, { stage, relay: "wss://b.example/", reason: "who are you" });
  live.log("warn", RELAY_WORDS.notReached, { stage, relay: "wss://c.example/", reason: "refused" });
  assert.equal(live.now().relay.state, "connected");
  const since = new Date(nowMs).toISOString();
  assert.deepEqual(live.further(), [
    {
      relay_url: "wss://b.example",
      state: "offline",
      since,
      reason: "who are you",
      latency_ms: null,
    },
    { relay_url: "wss://c.example/", state: "offline", since, reason: "refused", latency_ms: null },
  ]);
  const text = statusText({ live: live.now(), more_relays: live.further() }, M2M);
  assert.match(text, /^relay +connected since/m);
  assert.match(
    text,
    /^also reads +wss:\/\/b.example offline since 2026-02-02T02:40:01Z: who are you$/m,
  );
});

Deno.test("liveState() reports a chain that does not answer as offline, before its RPCs give up", async () => {
  const live = liveState({ connector: false }, () => 0);
  const first = new AbortController();
  live.follow({ head: () => Promise.resolve({} as never) }, first.signal);
  await Promise.resolve();
  await Promise.resolve();
  first.abort();
  assert.equal(live.now().chain?.state, "connected");
  const second = new AbortController();
  live.follow({ head: () => new Promise(() => undefined) }, second.signal, { lateMs: 0 });
  // The next turn of the timers, which comes after the tested one.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const { chain } = live.now();
  second.abort();
  assert.deepEqual([chain?.state, chain?.reason], ["offline", "the chain does not answer"]);
});

Deno.test("liveState() of a network without a connector names none", () => {
  assert.equal(liveState({ connector: false }, () => 0).now().connector, null);
});

Deno.test("statusDocument() counts of a provider what it provided, and of a buyer everything", () => {
  const totals = {
    jobs: { success: 7 },
    provided: { jobs: { success: 2 }, spentUnits: "30" },
    earnedUnits: "50",
    spentUnits: "900",
    openOutgoing: 0,
    answers: { late: 1 },
  };
  assert.deepEqual(statusDocument({ role: "node", totals }).totals, {
    jobs: { success: 2 },
    spentUnits: "30",
    earnedUnits: "50",
    openOutgoing: 0,
  });
  assert.deepEqual(statusDocument({ role: "mayor", totals }).totals, totals);
});

Deno.test("liveState() keeps the last round trip of each peer that is connected, and of no other", async () => {
  const live = liveState({ connector: true, moreRelays: ["wss://b.example"] }, () => 0);
  const [relay, sink] = [{ stage: "relay-source" }, { stage: "prepare-sink" }];
  const other = { ...relay, relay: "wss://b.example/" };
  live.log("debug", RELAY_WORDS.connected, { ...relay, relay: "wss://a.example/" });
  live.log("debug", RELAY_WORDS.connected, other);
  live.log("debug", CONNECTOR_ANSWERED, { ...sink, latency_ms: 0 });
  live.log("info", "connector connected", sink);
  live.log("debug", RELAY_WORDS.answered, { ...relay, relay: "wss://a.example/", latency_ms: 7 });
  live.log("debug", RELAY_WORDS.answered, { ...other, latency_ms: 8 });
  live.log("debug", RELAY_WORDS.answered, { service: "relay-reader", latency_ms: 99 });
  live.log("debug", RELAY_WORDS.connected, { ...relay, relay: "wss://a.example/" });
  const { relay: first, connector } = live.now();
  assert.deepEqual(
    [first.latency_ms, connector?.latency_ms, live.further()[0].latency_ms],
    [7, 0, 8],
  );
  const text = statusText({ live: live.now(), more_relays: live.further() }, M2M);
  assert.match(text, /^relay +connected since .*Z, round trip 7 ms$/m);
  assert.match(text, /^connector +connected since .*Z, round trip <1 ms$/m);
  assert.match(text, /^also reads .*, round trip 8 ms$/m);
  live.log("warn", "connector offline", { ...sink, reason: "gone" });
  assert.equal(live.now().connector?.latency_ms, null);
  live.log("info", "connector connected", sink);
  assert.equal(live.now().connector?.latency_ms, null, "the old one is of another connection");

  const stop = new AbortController();
  live.follow({ head: () => Promise.resolve({} as never) }, stop.signal);
  await until(() => live.now().chain?.state === "connected");
  stop.abort();
  assert.ok(live.now().chain!.latency_ms! >= 0);
});

Deno.test("liveState() keeps the further connectors apart by the name in their lines", () => {
  const live = liveState({
    connector: true,
    moreConnectors: [{ name: "east", url: "btp+wss://east.example" }],
  }, () => 0);
  const sink = { stage: "prepare-sink" };
  live.log("info", "connector connected", { ...sink, connector: "east" });
  live.log("debug", CONNECTOR_ANSWERED, { ...sink, connector: "east", latency_ms: 7 });
  live.log("warn", "connector offline", { ...sink, reason: "gone" });
  const [east] = live.furtherConnectors();
  assert.deepEqual([east.state, east.latency_ms, live.now().connector?.state], [
    ...["connected", 7, "offline"],
  ]);
  live.log("warn", "connector offline", { ...sink, connector: "east", reason: "refused\u001b[2J" });
  live.log("info", "connector connected", sink);
  const text = statusText({ live: live.now(), more_connectors: live.furtherConnectors() }, M2M);
  assert.match(text, /also pays +over east, btp\+wss:\/\/east\.example offline since .*: refused/);
  assert.ok(!text.includes("\u001b"));
  assert.equal(live.now().connector?.state, "connected");
  const states = Object.entries(live.peers()).map(([name, peer]) => [name, peer?.state]);
  assert.deepEqual(states, [
    ["relay", "connecting"],
    ["connector", "connected"],
    ["chain", undefined],
    ["connector east", "offline"],
  ]);
});

Deno.test("liveState() asks the chain nothing while the home does not use it", async () => {
  const live = liveState({ connector: false }, () => 1);
  const [ended, asked] = [new AbortController(), Promise.withResolvers<void>()];
  let [rests, questions] = [false, 0];
  const chain = {
    head: () => {
      questions++;
      asked.resolve();
      return Promise.resolve({} as never);
    },
  };
  live.follow(chain, ended.signal, { rests: () => rests });
  await asked.promise;
  rests = true;
  live.follow(chain, ended.signal, { rests: () => rests });
  ended.abort();
  assert.equal(questions, 1);
});
