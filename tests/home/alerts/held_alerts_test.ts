import assert from "node:assert/strict";
import type { SentAlert } from "../../../home/alerts/alerting.ts";
import { heldAlerts } from "../../../home/alerts/held_alerts.ts";

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

Deno.test("heldAlerts() queues no alert during an outage; afterwards it sends the newest of each subject once, with its time", async () => {
  const sent: string[] = [];
  let ready = true;
  const { send, flush } = heldAlerts((each) => {
    sent.push(each.text);
    return Promise.resolve();
  }, () => ready);
  await send(alert("relay", "now"));
  assert.deepEqual(sent.splice(0), ["now"]);

  ready = false;
  for (let hour = 0; hour < 12; hour++) await send(alert("relay", `hour ${hour}`));
  await send(alert("chain", "away"));
  await flush();
  assert.deepEqual(sent, []);

  ready = true;
  await flush();
  await flush();
  assert.deepEqual(sent, [
    "hour 11 (at 2026-09-21T14:13:20Z)",
    "away (at 2026-09-21T14:13:20Z)",
  ]);
});

Deno.test("heldAlerts() holds at most 16 alerts: the oldest is dropped", async () => {
  const sent: string[] = [];
  let ready = false;
  const { send, flush } = heldAlerts((each) => {
    sent.push(each.subject);
    return Promise.resolve();
  }, () => ready);
  for (let i = 0; i < 20; i++) await send(alert(`peer-${i}`, "away"));
  ready = true;
  await flush();
  assert.deepEqual(sent, Array.from({ length: 16 }, (_, i) => `peer-${i + 4}`));
});
