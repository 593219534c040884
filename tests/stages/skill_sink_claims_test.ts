/** What a provider says of its buyer to hide that it gave nothing: the buyer's own meter decides whether it counts. */
import assert from "node:assert/strict";
import { deflate } from "../../market/logs/deflate.ts";
import { standingsOf } from "../../market/standing.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import type { Change } from "../../store/store.ts";
import { NOW_S, PROVIDER } from "../market/market.ts";
import { answer, BOUGHT, bought, rig } from "./skill_sink_rig.ts";

const NOW_MS = NOW_S * 1_000;
const METER: MeterRow = {
  eventId: BOUGHT.eventId,
  role: "buyer",
  party: PROVIDER,
  incrementUnits: 10n,
  seconds: 15,
  kib: 0,
  most: 9,
  paid: 0,
  paidAtMs: 0,
  sinceMs: null,
  usedMs: 0,
  usedBytes: 0,
  fromByte: 0,
  turns: 0,
  pausedAtMs: null,
  state: "open",
  atMs: NOW_MS,
};

for (
  const { name, code, meter, paid = 2, afterMs = 0, turns = 0, receivedBytes, expected, went, last }
    of [
      {
        name: "an increment that was not paid, of a job that was paid before it ran",
        code: "increment_unpaid",
        expected: "false_claim",
        went: "badly",
        last: true,
      },
      {
        name: "more run time than has passed",
        code: "increment_unpaid",
        meter: METER,
        afterMs: 29_999,
        expected: "false_claim",
        went: "badly",
        last: true,
      },
      {
        name: "an increment that may have been due",
        code: "increment_unpaid",
        meter: METER,
        afterMs: 30_000,
        expected: "increment_unpaid",
        went: null,
        last: false,
      },
      {
        name: "an increment after the first one, whose payment has no answer yet",
        code: "increment_unpaid",
        meter: METER,
        paid: 0,
        expected: "increment_unpaid",
        went: null,
        last: false,
      },
      {
        name: "output that was received and not paid",
        code: "increment_unpaid",
        meter: { ...METER, seconds: 0, kib: 1 },
        receivedBytes: 2_049,
        expected: "increment_unpaid",
        went: null,
        last: false,
      },
      {
        name: "output that did not come",
        code: "increment_unpaid",
        meter: { ...METER, seconds: 0, kib: 1 },
        receivedBytes: 2_048,
        expected: "unpaid_unseen",
        went: null,
        last: true,
      },
      {
        name: "a long pause that this home ordered",
        code: "paused_too_long",
        meter: METER,
        turns: 1,
        expected: "paused_too_long",
        went: null,
        last: false,
      },
      {
        name: "a long pause that nobody ordered",
        code: "paused_too_long",
        meter: METER,
        expected: "false_claim",
        went: "badly",
        last: true,
      },
      {
        name: "another error",
        code: "bad_input",
        meter: METER,
        expected: "bad_input",
        went: "badly",
        last: true,
      },
    ] as {
      readonly name: string;
      readonly code: string;
      readonly meter?: MeterRow;
      readonly paid?: number;
      readonly afterMs?: number;
      readonly turns?: number;
      readonly receivedBytes?: number;
      readonly expected: string;
      readonly went: "badly" | null;
      readonly last: boolean;
    }[]
) {
  Deno.test(`skillSink(): a provider that claims ${name} ends its job as ${expected}`, async () => {
    const row: JobRow = { ...BOUGHT, jobPaid: true, provider: PROVIDER };
    await using rigged = await rig([row]);
    const { at, writer } = rigged;
    const { eventId } = row;
    const numbers = Array.from({ length: meter === undefined ? 0 : paid }, (_, at) => at + 1);
    const changes: Change[] = [
      ...meter === undefined ? [] : [{ op: "putMeter", row: meter } as const],
      ...numbers.map((number): Change => ({
        op: "payIncrement",
        eventId,
        role: "buyer",
        number,
        atMs: NOW_MS,
      })),
      ...turns === 0
        ? []
        : [{ op: "turnMeter", eventId, role: "buyer", turn: turns, atMs: NOW_MS } as const],
      ...receivedBytes === undefined ? [] : [
        {
          op: "addJobLog",
          row: {
            jobId: row.jobId,
            role: "buyer",
            offset: 0,
            sizeBytes: receivedBytes,
            deflated: await deflate(new Uint8Array(receivedBytes)),
          },
        } as const,
      ],
    ];
    await at.store.commit(changes);
    at.nowMs = NOW_MS + afterMs;
    await writer.write([answer(1, "feedback", { status: "error", error_code: code })]);
    await at.untilSettled(1);
    await writer.close();
    const now = (await bought(at))!;
    assert.deepEqual([now.status, now.errorCode], ["error", expected]);
    const standing = standingsOf([now], at.nowMs).get(PROVIDER);
    assert.equal(standing === undefined ? null : "badly", went);
    assert.equal((await at.store.passedOver(0)).some(({ paid }) => paid === true), last);
  });
}
