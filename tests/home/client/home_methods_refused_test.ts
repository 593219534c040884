import assert from "node:assert/strict";
import { HOME_METHODS, type HomeApi } from "../../../home/client/home_api.ts";
import { call, CLAIM, OUTBOX, rig, ROW, SEQUENCE } from "./home_methods_rig.ts";

const bytes = (text: string) => ({ $bytes: text });
const good = JSON.parse(JSON.stringify({
  row: { ...ROW, request: bytes(ROW.request.toBase64()), ...amounts(ROW) },
  outbox: [{ ...OUTBOX, event: bytes(OUTBOX.event.toBase64()), amountUnits: { $bigint: "500" } }],
  claim: null,
  failover: null,
}));
function amounts({ amountUnits, writeUnits }: typeof ROW) {
  return {
    amountUnits: { $bigint: String(amountUnits) },
    writeUnits: { $bigint: String(writeUnits) },
  };
}
const sequence = {
  row: { ...SEQUENCE.row, document: bytes(""), budgetUnits: { $bigint: "5" } },
  steps: [],
};
const units = (amount: string) => ({ $bigint: amount });
const quote = {
  op: "putQuote",
  row: { eventId: ROW.eventId, quote: bytes(""), condition: "c", atMs: 1 },
  price: { announcedUnits: units("1"), promisedUnits: units("1"), quotedUnits: units("1") },
};
const meter = {
  op: "putMeter",
  row: { eventId: ROW.eventId, role: "buyer", paid: 0, state: "open", incrementUnits: units("1") },
};
const metered = (row: object) => ({ ...good, meter: { ...meter, row: { ...meter.row, ...row } } });
const REFUSED: readonly (readonly [name: string, method: keyof HomeApi, params: unknown])[] = [
  ["nothing", "submitJob", null],
  ["a list", "submitJob", []],
  ["no row", "submitJob", { ...good, row: undefined }],
  ["no rows to send", "submitJob", { ...good, outbox: [] }],
  ["rows that are no list", "submitJob", { ...good, outbox: {} }],
  ["three rows", "submitJob", { ...good, outbox: [1, 2, 3].map(() => good.outbox[0]) }],
  ["a row of another job", "submitJob", {
    ...good,
    outbox: [{ ...good.outbox[0], jobId: "job-x" }],
  }],
  ["a key of another job", "submitJob", { ...good, claim: { ...CLAIM, jobId: "job-x" } }],
  ["another change for a key", "submitJob", {
    ...good,
    claim: { op: "setCursor", name: "a", value: "b", jobId: ROW.jobId },
  }],
  ["a plan of another job", "submitJob", {
    ...good,
    failover: { op: "planFailover", jobId: "job-x", candidates: [] },
  }],
  ["a plan whose price is a number", "submitJob", {
    ...good,
    failover: {
      op: "planFailover",
      jobId: ROW.jobId,
      budgetUnits: null,
      writeUnits: { $bigint: "1" },
      candidates: [{ priceUnits: 1 }],
    },
  }],
  ["a provider's job", "submitJob", { ...good, row: { ...good.row, role: "provider" } }],
  ["a job that is paid", "submitJob", { ...good, row: { ...good.row, jobPaid: true } }],
  ["a job that is over", "submitJob", { ...good, row: { ...good.row, status: "success" } }],
  ["a request that is no base64", "submitJob", {
    ...good,
    row: { ...good.row, request: bytes("%") },
  }],
  ["bytes as a list", "submitJob", { ...good, row: { ...good.row, request: [1] } }],
  ["an amount below 0", "submitJob", {
    ...good,
    row: { ...good.row, amountUnits: { $bigint: "-1" } },
  }],
  ["an amount as a number", "submitJob", { ...good, row: { ...good.row, amountUnits: 5 } }],
  ["an amount without end", "submitJob", {
    ...good,
    row: { ...good.row, amountUnits: { $bigint: "9".repeat(41) } },
  }],
  ["schemas of another job", "submitJob", {
    ...good,
    schemas: { op: "putResultSchemas", jobId: "job-x", schemas: [] },
  }],
  ["requirements of another job", "submitJob", {
    ...good,
    requirements: { op: "putRequirements", jobId: "job-x", requirements: "{}" },
  }],
  ["a quote of another job", "submitJob", {
    ...good,
    quote: { ...quote, row: { ...quote.row, eventId: "0".repeat(64) } },
  }],
  ["a quote that is text", "submitJob", {
    ...good,
    quote: { ...quote, row: { ...quote.row, quote: "{}" } },
  }],
  ["a quote whose price is a number", "submitJob", {
    ...good,
    quote: { ...quote, price: { ...quote.price, quotedUnits: 1 } },
  }],
  ["another change for a quote", "submitJob", { ...good, quote: { ...quote, op: "putMeter" } }],
  ["a meter of another job", "submitJob", metered({ eventId: "0".repeat(64) })],
  ["a provider's meter", "submitJob", metered({ role: "provider" })],
  ["a meter of which something is paid", "submitJob", metered({ paid: 1 })],
  ["a meter that is over", "submitJob", metered({ state: "over" })],
  ["an increment below 0", "submitJob", metered({ incrementUnits: units("-1") })],
  ["another change for a meter", "submitJob", { ...good, meter: { ...meter, op: "putQuote" } }],
  ["a buyer without a key", "buildRequest", { flags: {}, buyer: "b" }],
  ["no flags", "buildRequest", { buyer: "b".repeat(64) }],
  ["a provider without a key", "assignRequest", {
    built: { request: { tags: [] } },
    provider: "A".repeat(64),
  }],
  ["a request without tags", "assignRequest", {
    built: { request: {} },
    provider: "a".repeat(64),
  }],
  ["a text that is no message", "message", { op: "send", message: { to: "k", text: "" } }],
  ["messages since no time", "message", { op: "list", sinceS: "0", limit: 9 }],
  ["no limit of a blob", "fetchBlob", {
    reference: { sha256: "a".repeat(64), size: 1, urls: ["http://h/a"] },
  }],
  ["a blob with a short hash", "fetchBlob", {
    reference: { sha256: "aa", size: 1, urls: ["http://h/a"] },
    maxBytes: 9,
  }],
  ["a blob without places", "fetchBlob", {
    reference: { sha256: "a".repeat(64), size: 1 },
    maxBytes: 9,
  }],
  ["a quote asked of nobody", "quotes", { questions: [{ provider: "" }], windowMs: 1 }],
  ["questions that are no list", "quotes", { questions: {}, windowMs: 1 }],
  ["a denied result without a reason", "denyResult", {
    jobId: ROW.jobId,
    resultEventId: "9".repeat(64),
    atMs: 5,
  }],
  ["no sequence", "submitSequence", null],
  ["a sequence without rows", "submitSequence", {}],
  ["a sequence without steps", "submitSequence", { row: sequence.row }],
  ["a sequence whose document is text", "submitSequence", {
    ...sequence,
    row: { ...sequence.row, document: "*" },
  }],
  ["a sequence whose budget is a word", "submitSequence", {
    ...sequence,
    row: { ...sequence.row, budgetUnits: "all" },
  }],
  ["a sequence without an id", "cancelSequence", { atMs: 1 }],
  ["a sequence given up at no time", "cancelSequence", { sequenceId: "sequence-1" }],
  ["no time", "cancelJob", { jobId: ROW.jobId }],
  ["no time of a payment", "payKey", { jobId: ROW.jobId }],
  ["no amount of a quote", "payQuote", { jobId: ROW.jobId, quoteId: "q", increments: 1, atMs: 5 }],
  ["no time of a turn", "turnJob", { jobId: ROW.jobId, paused: true }],
  ["no number of increments", "topUpJob", { jobId: ROW.jobId, most: "9", atMs: 5 }],
  ["no job", "cancelJob", { atMs: 5 }],
  ["a place that is none", "untilJob", { jobId: ROW.jobId, wanted: "soon", knownMs: null }],
  ["a time that is none", "untilJob", { jobId: ROW.jobId, wanted: "sent", knownMs: "then" }],
  ["no time", "untilJob", { jobId: ROW.jobId, wanted: "sent" }],
  ["a callback without its number", "repeatCallback", { jobId: ROW.jobId, atMs: 5 }],
  ["jobs that are no list", "refreshJobs", { jobIds: ROW.jobId }],
  ["kinds that are no numbers", "announcements", { kinds: ["5600"], provider: null }],
  ["a passphrase that is none", "moveMoney", {
    call: { call: "send", to: `0x${"ab".repeat(20)}`, valueWei: { $bigint: "1" } },
    passphrase: 7,
  }],
];
for (const [name, method, params] of REFUSED) {
  Deno.test(`homeHandlers() ${method} refuses ${name} and writes nothing`, async () => {
    await using made = await rig();
    const asked = async () => await made.handlers[method](params, call());
    await assert.rejects(asked, { code: "bad_request" });
    assert.deepEqual((await made.at.store.totals()).jobs, {});
    assert.deepEqual(await made.at.store.pendingOutbox(0, 1, 0), []);
  });
}

Deno.test("homeHandlers() answers each method once, and nothing else", async () => {
  await using made = await rig();
  assert.deepEqual(Object.keys(made.handlers).sort(), [...HOME_METHODS].sort());
});
