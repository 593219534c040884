/** Cases of the store's contract: what it refuses, the whole commit with it. */
import assert from "node:assert/strict";
import type { Change } from "../../store/store.ts";
import { type Case, code } from "./store_case.ts";
import { eventIdOf, incoming, job, MAX_AMOUNT, outgoing, payer, receiver } from "./store_rows.ts";

const refusedAs = (
  expected: string,
  name: string,
  before: readonly Change[],
  refused: readonly Change[],
): Case => ({
  name: `refuses ${name} and undoes the whole commit`,
  async run(store) {
    await store.commit(before);
    const marker: Change = { op: "setCursor", name: "undone", value: "1" };
    await assert.rejects(store.commit([marker, ...refused]), code(expected));
    assert.equal(await store.cursor("undone"), null);
  },
});

const put = {
  job: (over: Parameters<typeof job>[0], expect?: "absent" | "present"): Change => ({
    op: "putJob",
    row: job(over),
    expect,
  }),
  payer: (over: Parameters<typeof payer>[0]): Change => ({
    op: "putPayerChannel",
    row: payer(over),
  }),
  receiver: (over: Parameters<typeof receiver>[0]): Change => ({
    op: "putReceiverChannel",
    row: receiver(over),
  }),
  out: (over: Parameters<typeof outgoing>[0], expect?: "absent" | "open"): Change => ({
    op: "putOutgoing",
    row: outgoing(over),
    expect,
  }),
  in: (over: Parameters<typeof incoming>[0], expect?: "absent" | "held"): Change => ({
    op: "putIncoming",
    row: incoming(over),
    expect,
  }),
  patch: (patch: Record<string, unknown>, unchangedSinceMs?: number): Change => ({
    op: "patchJob",
    jobId: "job-5abc123",
    role: "buyer",
    patch,
    unchangedSinceMs,
  }),
};
const answer = new Uint8Array([7]);
const { channelId, nonce } = outgoing();
const writeOff = { op: "writeOff", channelId, nonce, atMs: 5_000 } as const;

export const REFUSES: readonly Case[] = ([
  ["conflict", "a job that exists", [put.job({})], [put.job({}, "absent")]],
  ["conflict", "a job that must exist", [], [put.job({}, "present")]],
  ["conflict", "a patch of no job", [], [put.patch({ status: "posted" })]],
  ["conflict", "a patch of a job that has changed", [put.job({})], [put.patch({}, 1)]],
  ["conflict", "one event as two jobs", [put.job({})], [put.job({ jobId: "job-other" })]],
  ["conflict", "another event for a job", [put.job({})], [put.patch({ eventId: eventIdOf("9") })]],
  ["conflict", "a finished job that goes on", [put.job({ status: "timeout" })], [
    put.patch({ status: "processing" }),
  ]],
  ["conflict", "a finished job put as unknown", [put.job({ status: "success" })], [
    put.job({ status: "unknown" }),
  ]],
  ["conflict", "a deadline over a result", [put.job({ status: "success" })], [
    put.patch({ status: "timeout" }),
  ]],
  ["conflict", "a success without a result over a deadline", [put.job({ status: "timeout" })], [
    put.patch({ status: "success" }),
  ]],
  ["conflict", "an attempt that falls", [put.job({ attempt: 2 })], [put.patch({ attempt: 1 })]],
  ["conflict", "a payer's nonce that falls", [put.payer({ nonce: 2 })], [put.payer({ nonce: 1 })]],
  ["conflict", "signed that falls", [put.payer({ signed: 10n })], [put.payer({ signed: 9n })]],
  ["conflict", "spent that falls", [put.payer({ spent: MAX_AMOUNT })], [
    put.payer({ spent: MAX_AMOUNT - 1n }),
  ]],
  ["conflict", "credited that falls", [put.receiver({ credited: 2n })], [
    put.receiver({ credited: 1n }),
  ]],
  ["conflict", "a watermark that falls", [put.receiver({ watermark: 2 })], [
    put.receiver({ watermark: 1 }),
  ]],
  ["conflict", "an outgoing row that exists", [put.out({})], [put.out({}, "absent")]],
  ["conflict", "an outgoing row that is not open", [put.out({ state: "refused" })], [
    put.out({ state: "refused" }, "open"),
  ]],
  ["conflict", "other claim bytes under one nonce", [put.out({})], [
    put.out({ claim: new Uint8Array([8]) }),
  ]],
  ["conflict", "a second outcome of an outgoing row", [put.out({ state: "refused" })], [
    put.out({ state: "fulfilled" }),
  ]],
  ["conflict", "an outgoing row opened again", [put.out({ state: "fulfilled" })], [put.out({})]],
  ["conflict", "another answer to an incoming row", [put.in({ state: "fulfilled", answer })], [
    put.in({ state: "fulfilled", answer: new Uint8Array([8]) }),
  ]],
  ["conflict", "a second outcome of an incoming row", [put.in({ state: "refused", answer })], [
    put.in({ state: "fulfilled", answer }),
  ]],
  ["conflict", "another hash under one nonce", [put.in({})], [
    put.in({ hash: new Uint8Array(32).fill(1) }),
  ]],
  ["conflict", "a held row where one was expected", [], [put.in({}, "held")]],
  ["conflict", "an obligation held twice", [put.in({})], [put.in({ nonce: 2 })]],
  ["conflict", "an obligation paid twice", [put.in({ state: "fulfilled", answer })], [
    put.in({ nonce: 2, channelId: "0xother", state: "fulfilled", answer }),
  ]],
  // Packets: the first row if none is expected, the outcome if an open or held one is.
  ["conflict", "a second outcome where an open row is expected", [put.out({ state: "refused" })], [
    put.out({ state: "fulfilled" }, "open"),
  ]],
  ["conflict", "a second outcome where a held row is expected", [
    put.in({ state: "refused", answer }),
  ], [put.in({ state: "fulfilled", answer }, "held")]],
  ["conflict", "an outcome with other claim bytes", [put.out({})], [
    put.out({ claim: new Uint8Array([8]), state: "fulfilled" }, "open"),
  ]],
  ["conflict", "an outcome with another PREPARE", [put.out({})], [
    put.out({ prepare: new Uint8Array([8]), state: "fulfilled" }, "open"),
  ]],
  ["conflict", "an outcome with another amount", [put.out({})], [
    put.out({ amount: 8n, state: "fulfilled" }, "open"),
  ]],
  ["conflict", "an outcome with another hash", [put.in({})], [
    put.in({ hash: new Uint8Array(32).fill(1), state: "fulfilled", answer }, "held"),
  ]],
  ["conflict", "a held amount that changes", [put.in({})], [
    put.in({ amount: 8n, state: "fulfilled", answer }, "held"),
  ]],
  ["conflict", "an incoming row that exists", [put.in({})], [put.in({}, "absent")]],
  ["conflict", "a new row for an obligation that is held", [put.in({})], [
    put.in({ nonce: 2 }, "absent"),
  ]],
  ["conflict", "a write-off of no outgoing row", [], [writeOff]],
  ["conflict", "a write-off of a refused row", [put.out({ state: "refused" })], [writeOff]],
  ["conflict", "a second write-off", [put.out({}), writeOff], [{ ...writeOff, atMs: 6_000 }]],
  ["conflict", "an outcome of no outgoing row", [], [put.out({ state: "fulfilled" }, "open")]],
  ["conflict", "another snapshot under one counter", [
    { op: "putSnapshot", name: "s", counter: 1, sealed: answer },
  ], [{ op: "putSnapshot", name: "s", counter: 1, sealed: new Uint8Array([9]) }]],
  ["invalid", "a change it does not know", [], [{ op: "drop" } as unknown as Change]],
  ["invalid", "no change at all", [], [null as unknown as Change]],
  ["invalid", "a field that no job has", [put.job({})], [put.patch({ stauts: "posted" })]],
  ["invalid", "a status that is none", [put.job({})], [put.patch({ status: "done" })]],
  ["invalid", "a number as an amount", [], [put.payer({ signed: 1 as unknown as bigint })]],
  ["invalid", "a negative amount", [], [put.payer({ signed: -1n })]],
  ["invalid", "a nonce that is no whole number", [], [put.payer({ nonce: 1.5 })]],
  ["invalid", "bytes over 1 MiB", [], [put.out({ prepare: new Uint8Array(1024 * 1024 + 1) })]],
  ["invalid", "a change without its row", [], [{ op: "putOutgoing" } as unknown as Change]],
  ["invalid", "a job without its kind", [], [
    { op: "putJob", row: { ...job(), kind: undefined } as unknown as ReturnType<typeof job> },
  ]],
] as const).map(([expected, name, before, refused]) => refusedAs(expected, name, before, refused));
