/** Alerts during an outage: held in the store, sent once afterwards, also after a restart or a failed delivery. */
import assert from "node:assert/strict";
import type { SentAlert } from "../../../home/alerts/alerting.ts";
import { heldAlerts } from "../../../home/alerts/held_alerts.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";

function alert(subject: string, text: string): SentAlert {
  return {
    version: 1,
    alert: "disconnected",
    subject,
    text,
    network: "dev",
    mayor: "mayor-001",
    at: "2026-09-21T14:13:20.000Z",
  };
}

/** A home's alerts over several starts of its daemon. */
async function rig(
  test: (made: {
    start(): Promise<ReturnType<typeof heldAlerts>>;
    /** What was sent since the last call. */
    sent(): string[];
    turn(to: { ready?: boolean; fails?: boolean; nowMs?: number }): void;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const sent: string[] = [];
  const now = { ready: false, fails: false, nowMs: 0 };
  let store: Awaited<ReturnType<typeof openSqliteStore>> | null = null;
  try {
    await test({
      async start() {
        await store?.close();
        const opened = store = await openSqliteStore({ folder, clock: () => 0 });
        return heldAlerts({
          store: opened,
          async send({ text }, changes) {
            if (now.fails) throw new Error("no");
            await opened.commit(changes);
            sent.push(text);
          },
          ready: () => now.ready,
          clock: () => now.nowMs,
        });
      },
      sent: () => sent.splice(0),
      turn: (to) => void Object.assign(now, to),
    });
  } finally {
    await (store as Awaited<ReturnType<typeof openSqliteStore>> | null)?.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("heldAlerts() queues no alert during an outage; afterwards it sends the newest of each subject once, with its time", async () => {
  await rig(async ({ start, sent, turn }) => {
    const { send, flush } = await start();
    turn({ ready: true });
    await send(alert("relay", "now"));
    assert.deepEqual(sent(), ["now"]);

    turn({ ready: false });
    for (let hour = 0; hour < 12; hour++) await send(alert("relay", `hour ${hour}`));
    await send(alert("chain", "away"));
    await flush();
    assert.deepEqual(sent(), []);

    turn({ ready: true });
    await Promise.all([flush(), flush()]);
    await flush();
    assert.deepEqual(sent(), [
      "hour 11 (at 2026-09-21T14:13:20Z)",
      "away (at 2026-09-21T14:13:20Z)",
    ]);
  });
});

Deno.test("heldAlerts() keeps what it holds over a restart, and sends nothing twice after another", async () => {
  await rig(async ({ start, sent, turn }) => {
    const before = await start();
    await before.send(alert("relay", "away"));
    await before.send(alert("chain", "away"));

    const after = await start();
    await after.send(alert("relay", "still away"));
    await after.flush();
    assert.deepEqual(sent(), []);
    turn({ ready: true });
    await after.flush();
    assert.deepEqual(sent(), [
      "away (at 2026-09-21T14:13:20Z)",
      "still away (at 2026-09-21T14:13:20Z)",
    ]);
    await (await start()).flush();
    assert.deepEqual(sent(), []);
  });
});

Deno.test("heldAlerts() holds an alert whose delivery fails, and tries it again half a minute later", async () => {
  await rig(async ({ start, sent, turn }) => {
    const { send, flush } = await start();
    turn({ ready: true, fails: true });
    await assert.rejects(send(alert("relay", "one")), /no/);
    turn({ nowMs: 30_000 });
    await assert.rejects(flush(), /no/);
    turn({ nowMs: 59_999, fails: false });
    await flush();
    assert.deepEqual(sent(), [], "too early");
    turn({ nowMs: 60_000 });
    await flush();
    assert.deepEqual(sent(), ["one (at 2026-09-21T14:13:20Z)"]);

    turn({ fails: true });
    await assert.rejects(send(alert("relay", "two")), /no/);
    turn({ fails: false });
    await send(alert("relay", "three"));
    turn({ nowMs: 100_000 });
    await flush();
    assert.deepEqual(sent(), ["three"], "the newer one replaces the held one");
  });
});

Deno.test("heldAlerts() holds at most 16 alerts, however long: the oldest is dropped", async () => {
  await rig(async ({ start, sent, turn }) => {
    const { send, flush } = await start();
    for (let i = 0; i < 20; i++) await send(alert(`peer-${i}`, `${i} ${"\\".repeat(9_000)}`));
    turn({ ready: true });
    await flush();
    assert.deepEqual(
      sent().map((text) => Number.parseInt(text)),
      Array.from({ length: 16 }, (_, i) => i + 4),
    );
  });
});
