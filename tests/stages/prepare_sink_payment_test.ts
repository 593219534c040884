/** Which payments of a provider `prepareSink()` makes after a refusal, a restart or an unknown write. */
import assert from "node:assert/strict";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import { surroundings } from "./surroundings.ts";
import {
  BUYER,
  buyerJob,
  fulfilled,
  refused,
  requestAndPayment,
  rig,
  unknown,
} from "./prepare_sink_rig.ts";

Deno.test("prepareSink() does not pay a provider whose request was refused, also after a restart", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  const first = await rig(at, { pay: () => Promise.resolve(refused("F02")) });
  await first.writer.write(items.slice(0, 1));
  await at.untilSettled(1);
  await first.writer.close();
  const second = await rig(at);
  await second.writer.write(items.slice(1));
  const settled = await at.untilSettled(2);
  assert.deepEqual(settled[1], { seq: 2, outcome: "refused", detail: "job_over" });
  assert.deepEqual(second.paid, []);
  await second.writer.close();
});

Deno.test("prepareSink() pays a provider after a restart whose request was posted before it", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  const first = await rig(at);
  await first.writer.write(items.slice(0, 1));
  await at.untilSettled(1);
  const second = await rig(at);
  await second.writer.write(items.slice(1));
  await at.untilSettled(2);
  assert.equal((await buyerJob(at))!.status, "paid");
});

Deno.test("prepareSink() keeps the payment of a provider while its request's write is unknown, and pays when it is known", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  let answer: PacketOutcome = unknown;
  const { writer, paid } = await rig(at, { pay: () => Promise.resolve(answer) });
  await writer.write(items);
  assert.deepEqual((await at.untilSettled(2)).map(({ outcome, detail }) => [outcome, detail]), [
    ["failed", "unknown"],
    ["failed", "not_posted_yet"],
  ]);
  assert.deepEqual(paid.map(({ obligation }) => obligation), [`write:${BUYER.eventId}`]);
  assert.equal((await buyerJob(at))!.errorCode, "unknown");
  answer = fulfilled(100n, true);
  await writer.write(items.map((item) => ({ ...item, seq: item.seq + 2 })));
  await at.untilSettled(4);
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.errorCode, row!.writeUnits], ["paid", null, 100n]);
  await writer.close();
});
