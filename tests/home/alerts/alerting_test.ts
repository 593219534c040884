import assert from "node:assert/strict";
import {
  disconnections,
  failedPayment,
  lowBalances,
  providerDown,
} from "../../../home/alerts/alert.ts";
import { alertGate } from "../../../home/alerts/alert_gate.ts";
import { alerting, type SentAlert } from "../../../home/alerts/alerting.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { type JournalEntry, NO_HASH } from "../../../store/journal_row.ts";
import { chainChannel, CHANNEL, outgoing, payer } from "../../store/store_rows.ts";

const NOW_MS = 1_790_000_000_000;
const PROVIDER = "f".repeat(64);

Deno.test("lowBalances() returns only open channels below the percentage", () => {
  const row = chainChannel({ status: "open", channelId: CHANNEL, depositUnits: 1_000n });
  const at = { percent: 10, asset: M2M };
  assert.deepEqual(lowBalances([row], [payer({ signed: 900n })], at), []);
  const [low] = lowBalances([row], [payer({ signed: 901n })], at);
  assert.deepEqual([low.kind, low.subject], ["low_balance", "ch_cccccccc"]);
  assert.match(low.text, /0\.000099 M2M of 0\.001 M2M left/);
  const closed = { ...row, status: "closing" } as const;
  assert.deepEqual(lowBalances([closed], [payer({ signed: 1_000n })], at), []);
});

Deno.test("disconnections() reports a peer that is disconnected for the given time, and no peer that the network does not have", () => {
  const since = new Date(NOW_MS - 30_000).toISOString();
  const peers = {
    relay: { state: "connected", since },
    connector: { state: "offline", since },
    chain: null,
  };
  assert.deepEqual(disconnections(peers, NOW_MS - 1, 30_000), []);
  assert.deepEqual(disconnections(peers, NOW_MS, 30_000).map(({ subject }) => subject), [
    "connector",
  ]);
});

const ENTRY: JournalEntry = {
  seq: 1,
  atMs: NOW_MS,
  type: "payment",
  jobId: "job-5abc123",
  channelId: "ch_cccccccc",
  eventId: null,
  kind: null,
  bytes: null,
  amountUnits: 8_750n,
  balanceUnits: null,
  outcome: "refused",
  prev: NO_HASH,
  hash: NO_HASH,
  data: {},
};

Deno.test("failedPayment() tells a payment that was refused from one whose amount is lost", () => {
  assert.equal(
    failedPayment(ENTRY, M2M)?.text,
    "a payment of 0.00875 M2M for job-5abc123 was refused; it cost nothing",
  );
  assert.match(failedPayment({ ...ENTRY, outcome: "forfeit" }, M2M)!.text, /amount is lost/);
  assert.equal(failedPayment({ ...ENTRY, outcome: "fulfilled" }, M2M), null);
  assert.equal(failedPayment({ ...ENTRY, type: "earning" }, M2M), null);
});

Deno.test("providerDown() is true for a provider that is silent, withdrew, or never announced", () => {
  const atS = NOW_MS / 1_000;
  const one = { pubkey: PROVIDER, offline: false, createdAtS: atS - 10, expiresAtS: atS + 300 };
  assert.equal(providerDown(PROVIDER, [one], NOW_MS), null);
  assert.match(
    providerDown(PROVIDER, [{ ...one, offline: true }], NOW_MS)!.text,
    /withdrew/,
  );
  assert.match(
    providerDown(PROVIDER, [{ ...one, expiresAtS: atS - 300 }], NOW_MS)!.text,
    /does not announce itself any more/,
  );
  assert.match(providerDown(PROVIDER, [], NOW_MS)!.text, /is not announced/);
});

const ALERT = { kind: "disconnected", subject: "relay", text: "x" } as const;

Deno.test("alertGate() sends the same alert once per interval, also after a restart, and says how many it held back", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: () => NOW_MS, journal: true });
  try {
    const gate = alertGate(store, 60_000);
    assert.deepEqual(await gate(ALERT, NOW_MS), { more: 0 });
    assert.equal(await gate(ALERT, NOW_MS + 1), null);
    assert.deepEqual(await gate({ ...ALERT, subject: "chain" }, NOW_MS + 1), { more: 0 });
    const restarted = alertGate(store, 60_000);
    assert.equal(await restarted(ALERT, NOW_MS + 59_999), null);
    assert.deepEqual(await restarted(ALERT, NOW_MS + 60_000), { more: 1 });
    // A clock that was set back does not suppress alerts forever.
    assert.deepEqual(await restarted(ALERT, NOW_MS - 1_000), { more: 0 });
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("alerting() sends each alert in every way, continues when one way fails, and reports no payment from before its start", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: () => NOW_MS, journal: true });
  const refuse = (nonce: number) => {
    const row = outgoing({ nonce, obligation: `write:${nonce}`, cumulative: BigInt(nonce) });
    return [
      { op: "putOutgoing", row, expect: "absent" },
      { op: "putOutgoing", row: { ...row, state: "refused", answer: new Uint8Array([9]) } },
    ] as const;
  };
  try {
    for (const change of refuse(1)) await store.commit([change]);
    const sent: SentAlert[] = [];
    const logged: string[] = [];
    const { look } = alerting({
      store,
      relayReader: { announcements: () => Promise.resolve([]) },
      peers: () => ({}),
      gate: alertGate(store, 60_000),
      ways: [
        { name: "webhook", send: () => Promise.reject(new Error("it is away")) },
        { name: "desktop", send: (alert) => Promise.resolve(void sent.push(alert)) },
      ],
      clock: () => NOW_MS,
      log: (_level, msg, fields) =>
        logged.push(`${msg} ${fields?.by ?? ""} ${fields?.error ?? ""}`),
      of: {
        network: "dev",
        mayor: "mayor-001",
        asset: M2M,
        lowBalancePercent: 10,
        offlineMs: 1_000,
        providers: [PROVIDER],
      },
    });
    await look();
    assert.deepEqual(sent.map(({ alert }) => alert), ["provider_down"]);
    for (const change of refuse(2)) await store.commit([change]);
    for (let n = 0; n < 5; n++) await look();
    assert.deepEqual(sent.map(({ alert }) => alert), ["provider_down", "failed_payment"]);
    assert.equal(sent[1].at, new Date(NOW_MS).toISOString());
    assert.ok(logged.includes("an alert could not be sent webhook it is away"), logged.join("\n"));
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
