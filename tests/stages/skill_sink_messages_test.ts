import assert from "node:assert/strict";
import type { JobRow } from "../../store/job_row.ts";
import type { Known, Settlement } from "../../stages/stage.ts";
import { NOW_S, request } from "../market/market.ts";
import type { Surroundings } from "./surroundings.ts";
import { answer, asked, BOUGHT, bytes, item, RESULT_ID, rig, TO_RUN } from "./skill_sink_rig.ts";

const CALLED: Known = {
  route: "callback",
  job_id: BOUGHT.jobId,
  skill: "tell-me",
  id: RESULT_ID,
  encoding: "json",
  callback_id: 1,
};

async function waitingCallback(at: Surroundings): Promise<void> {
  const { jobId } = BOUGHT;
  const row = { jobId, eventId: RESULT_ID, skill: "tell-me", document: bytes };
  await at.store.commit([{ op: "addCallback", row: { ...row, encoding: "json" }, atMs: 1 }]);
}

Deno.test("skillSink() gives a callback's document to its skill, and tries one that failed three times more", async () => {
  const called: string[] = [];
  let broken = true;
  await using rigged = await rig([BOUGHT], {
    call(skill, document) {
      called.push(`${skill} ${document.encoding} ${document.bytes.length}`);
      if (!broken) return Promise.resolve();
      return Promise.reject(Object.assign(new Error("the disk is away"), { code: "skill_failed" }));
    },
  });
  const { at, writer } = rigged;
  await waitingCallback(at);
  const states: unknown[] = [];
  for (let tries = 0; tries < 4; tries++) {
    await writer.write([item(tries, { ...CALLED, tries })]);
    assert.equal((await at.untilSettled(tries + 1)).at(-1)!.outcome, "failed");
    const [row] = await at.store.callbacksOf(BOUGHT.jobId);
    states.push([row.state, row.tries, row.dueAtMs - NOW_S * 1000]);
  }
  assert.deepEqual(states, [
    ["waiting", 1, 1_000],
    ["waiting", 2, 4_000],
    ["waiting", 3, 16_000],
    ["failed", 4, 0],
  ]);
  assert.deepEqual(called, Array(4).fill(`tell-me json ${bytes.length}`));
  broken = false;
  await at.store.commit([{ op: "repeatCallback", callbackId: 1, atMs: 1 }]);
  await writer.write([item(9, { ...CALLED, tries: 0 })]);
  assert.equal((await at.untilSettled(5)).at(-1)!.outcome, "done");
  const [row] = await at.store.callbacksOf(BOUGHT.jobId);
  assert.deepEqual([row.state, row.errorCode], ["done", null]);
  await writer.close();
});

/** Requests that were read from the relay. */
const REQUESTS: readonly {
  readonly name: string;
  readonly known: Known;
  readonly rows?: readonly JobRow[];
  readonly request?: Uint8Array;
  readonly settlement: readonly [Settlement["outcome"], string];
}[] = [
  {
    name: "one with a price waits for its packet",
    known: { free: "no" },
    settlement: ["done", "waits for payment"],
  },
  {
    name: "a free one is taken",
    known: { free: "yes" },
    settlement: ["done", `job-${asked.id.slice(0, 7)}`],
  },
  {
    name: "a free one that has a row",
    known: { free: "yes" },
    rows: [{ ...TO_RUN, jobId: "job-other", status: "success" }],
    settlement: ["done", "known before"],
  },
  {
    name: "one that is refused when it is looked at again",
    known: { free: "yes" },
    request: new TextEncoder().encode(JSON.stringify(request(5050, []))),
    settlement: ["refused", "kind_not_served"],
  },
  {
    name: "a free one when all places are taken",
    known: { free: "yes" },
    rows: [{ ...TO_RUN, jobId: "job-other", eventId: "8".repeat(64) }],
    settlement: ["refused", "busy"],
  },
];
for (const each of REQUESTS) {
  Deno.test(`skillSink() ${each.name}: ${each.settlement.join(" ")}`, async () => {
    await using rigged = await rig(each.rows ?? [], {}, { freeCapacity: 1 });
    const { at, writer } = rigged;
    const known = { id: asked.id, kind: 5600, route: "request", encoding: "json", ...each.known };
    await writer.write([item(1, known, { bytes: each.request ?? bytes })]);
    const [{ outcome, detail }] = await at.untilSettled(1);
    assert.deepEqual([outcome, detail], each.settlement);
    await writer.close();
  });
}

Deno.test("skillSink() gives messages to the skill of their kind, and marks what it said", async () => {
  await using rigged = await rig([], {
    answer: ({ bytes }) =>
      bytes.length === 0
        ? Promise.reject(Object.assign(new Error("no"), { code: "not_mine" }))
        : Promise.resolve(null),
  });
  const { at, writer } = rigged;
  const known = { kind: 1111, route: "message" };
  await writer.write([
    item(1, { ...known, id: "a" }),
    item(2, { ...known, id: "b" }, { bytes: new Uint8Array(0) }),
    item(3, { ...known, id: "c", route: "unknown" }),
  ]);
  assert.deepEqual(await at.untilSettled(3), [
    { seq: 1, outcome: "done" },
    { seq: 2, outcome: "failed", detail: "not_mine" },
    { seq: 3, outcome: "done", detail: "not for this home" },
  ]);
  assert.deepEqual(await at.store.seen(["a", "b", "c"]), { a: "done", b: "not_mine" });
  await writer.close();
});

Deno.test("skillSink() handles an event once if two relays deliver it in one batch", async () => {
  let answered = 0;
  await using rigged = await rig([BOUGHT], {
    answer: () => Promise.resolve((answered++, { ...asked, kind: 1059 })),
  }, { concurrency: 1 });
  const { at, writer } = rigged;
  const message = { id: "a", kind: 1059, route: "message", encoding: "json" };
  const word = answer(3, "feedback", { skill: "s", status: "processing" });
  // The other relay writes the same event in another encoding.
  await writer.write([
    item(1, { ...message, relay: "ws://one/" }),
    item(2, { ...message, relay: "ws://two/", encoding: "toon" }),
    word,
    { ...word, seq: 4 },
  ]);
  const settled = await at.untilSettled(4);
  assert.deepEqual(settled.map(({ detail }) => detail), [undefined, "seen", BOUGHT.jobId, "seen"]);
  assert.equal(answered, 1);
  assert.equal((await at.store.pendingOutbox(0, 100, 0)).length, 1);
  assert.equal((await at.store.callbacksOf(BOUGHT.jobId)).length, 1);
  await writer.close();
});

Deno.test("skillSink() publishes the answer to a message in one commit with its mark, 60 an hour where each is paid", async () => {
  const answered = { ...asked, kind: 1059 };
  await using rigged = await rig([], { answer: () => Promise.resolve(answered) });
  const { at, writer } = rigged;
  const items = Array.from(
    { length: 61 },
    (_, n) => item(n, { id: `m${n}`, kind: 1059, route: "message" }),
  );
  await writer.write(items);
  await at.untilSettled(61);
  const rows = await at.store.pendingOutbox(0, 100, 0);
  assert.equal(rows.length, 60);
  assert.deepEqual(
    [JSON.parse(new TextDecoder().decode(rows[0].event)), rows[0].jobId, rows[0].purpose],
    [answered, null, "write"],
  );
  assert.equal(
    Object.keys(await at.store.seen(items.map(({ known }) => `${known.id}`))).length,
    61,
  );
  await writer.close();
});
