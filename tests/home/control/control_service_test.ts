import assert from "node:assert/strict";
import type { ControlHandler } from "../../../home/control/control_server.ts";
import {
  controlHandlers,
  definition,
  type HandedJob,
  handedJob,
} from "../../../home/control/control_service.ts";
import type { ClaimJobKey } from "../../../store/store.ts";
import { newChain } from "../../../market/sequences/chain_row.ts";
import type { ChainStep } from "../../../market/sequences/chain_step.ts";
import { handedChain } from "../../../market/sequences/handed_chain.ts";
import { job } from "../../store/store_rows.ts";
import { surroundings } from "../../stages/surroundings.ts";

const ROW = job({ callbackSkill: null, amountUnits: 2n ** 70n });
const OUTBOX = {
  jobId: ROW.jobId,
  purpose: "job",
  event: new Uint8Array([0, 255]),
  destination: "test.provider",
  terminalPubkey: "a".repeat(64),
  amountUnits: 500n,
  createdAtMs: 1,
} as const;
const CHAIN = newChain(
  { name: null, budgetUnits: null, steps: [{ name: "one", path: "steps" } as ChainStep] },
  { network: "dev", budgetUnits: 2n ** 70n, nowMs: 7, salt: "", unique: "u" },
);
const handed = () => JSON.parse(JSON.stringify(handedJob(ROW, [OUTBOX]))) as HandedJob;
const asked = { signal: new AbortController().signal } as Parameters<ControlHandler>[1];

async function rig() {
  const at = await surroundings();
  const stopped: string[] = [];
  const handlers = controlHandlers(at.store, {
    about: () => ({ pid: 7 }),
    callbacks: false,
    onStop: () => void stopped.push("stop"),
  });
  const call = async (name: string, params: unknown) => await handlers[name](params, asked);
  return { at, stopped, call, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

Deno.test("controlHandlers() takes a job over exactly as it was, through JSON, and tells how it stands", async () => {
  await using made = await rig();
  const { at, call } = made;
  assert.deepEqual(await call("submit", handed()), { job_id: ROW.jobId });
  const { updatedAtMs: _, ...row } = (await at.store.getJob(ROW.jobId, "buyer"))!;
  const { updatedAtMs: __, ...expected } = ROW;
  assert.deepEqual(row, expected);
  const [out] = await at.store.pendingOutbox(0, 9, 0);
  assert.deepEqual([out.event, out.amountUnits], [OUTBOX.event, 500n]);
  const status = await call("status", null) as { pid: number; totals: { jobs: unknown } };
  assert.deepEqual([status.pid, status.totals.jobs], [7, { created: 1 }]);
  await assert.rejects(() => call("submit", handed()), { code: "conflict" });
});

Deno.test("controlHandlers() claims a job's key with it, and takes no second job under it", async () => {
  await using made = await rig();
  const claim = {
    op: "claimJobKey",
    key: "k",
    content: "c",
    jobId: ROW.jobId,
    atMs: 5,
    sinceMs: 1,
  };
  await made.call("submit", { ...handed(), claim });
  assert.equal((await made.at.store.jobByKey("k", 1))!.row.jobId, ROW.jobId);
  const other = job({ ...ROW, jobId: "job-2", eventId: "2".repeat(64) });
  const second = JSON.parse(JSON.stringify(
    handedJob(other, [{ ...OUTBOX, jobId: "job-2" }], { ...claim, jobId: "job-2" } as ClaimJobKey),
  ));
  await assert.rejects(() => made.call("submit", second), { code: "conflict" });
  assert.equal(await made.at.store.getJob("job-2"), null);
  assert.equal((await made.at.store.pendingOutbox(0, 9, 0)).length, 1);
});

Deno.test("controlHandlers() cancels a job, changes nothing else of it, and no job that is over", async () => {
  await using made = await rig();
  const { at, call, stopped } = made;
  await call("submit", handed());
  await call("cancel", { jobId: ROW.jobId, atMs: 5, patch: { jobPaid: true, amountUnits: "0" } });
  const row = await at.store.getJob(ROW.jobId, "buyer");
  assert.deepEqual([row!.status, row!.jobPaid, row!.amountUnits], [
    "cancelled",
    false,
    ROW.amountUnits,
  ]);
  await at.store.commit([{
    op: "putJob",
    row: { ...ROW, jobId: "job-2", eventId: "2".repeat(64), status: "success" },
  }]);
  await assert.rejects(() => call("cancel", { jobId: "job-2", atMs: 5 }), { code: "conflict" });
  assert.deepEqual(stopped, []);
  await call("stop", null);
  assert.deepEqual(stopped, ["stop"]);
});

Deno.test("controlHandlers() takes a chain over exactly as it was, through JSON, says so once more, and gives it up", async () => {
  await using at = await surroundings();
  let told = 0;
  const handlers = controlHandlers(at.store, {
    about: () => ({}),
    callbacks: false,
    onStop: () => undefined,
    onChain: () => void told++,
  });
  const { row, steps } = CHAIN;
  const made = await handlers.chain(JSON.parse(JSON.stringify(handedChain(CHAIN))), asked);
  assert.deepEqual([made, told], [{ chain_id: row.chainId }, 1]);
  const state = (await at.store.jobChain(row.chainId))!;
  assert.deepEqual(state.chain, row);
  assert.deepEqual(state.steps.map(({ name, path }) => ({ name, path })), steps);
  await handlers.cancelChain({ chainId: row.chainId, atMs: 5 }, asked);
  assert.equal((await at.store.jobChain(row.chainId))!.chain.status, "cancelled");
});

const good = handed();
const chain = JSON.parse(JSON.stringify(handedChain(CHAIN)));
const REFUSED: readonly (readonly [name: string, method: string, params: unknown])[] = [
  ["nothing", "submit", null],
  ["no chain", "chain", null],
  ["a chain without rows", "chain", {}],
  ["a chain without steps", "chain", { row: chain.row }],
  ["a chain whose document is no base64", "chain", {
    ...chain,
    row: { ...chain.row, document: "*" },
  }],
  ["a chain whose budget is a word", "chain", {
    ...chain,
    row: { ...chain.row, budgetUnits: "all" },
  }],
  ["a chain without an id", "cancelChain", { atMs: 1 }],
  ["a chain given up at no time", "cancelChain", { chainId: "chain-1" }],
  ["a list", "submit", []],
  ["no row", "submit", { outbox: [] }],
  ["no rows to send", "submit", { ...good, outbox: [] }],
  ["rows that are no list", "submit", { ...good, outbox: {} }],
  ["three rows", "submit", { ...good, outbox: [1, 2, 3].map(() => good.outbox[0]) }],
  ["a row of another job", "submit", { ...good, outbox: [{ ...good.outbox[0], jobId: "job-x" }] }],
  ["a key of another job", "submit", {
    ...good,
    claim: { op: "claimJobKey", key: "k", content: "c", jobId: "job-x", atMs: 1, sinceMs: null },
  }],
  ["another change for a key", "submit", {
    ...good,
    claim: { op: "setCursor", name: "a", value: "b", jobId: good.row.jobId },
  }],
  ["a provider's job", "submit", { ...good, row: { ...good.row, role: "provider" } }],
  ["a job that is paid", "submit", { ...good, row: { ...good.row, jobPaid: true } }],
  ["a job that is over", "submit", { ...good, row: { ...good.row, status: "success" } }],
  ["a request that is no base64", "submit", { ...good, row: { ...good.row, request: "%" } }],
  ["bytes as a list", "submit", { ...good, row: { ...good.row, request: [1] } }],
  ["an amount below 0", "submit", { ...good, row: { ...good.row, amountUnits: "-1" } }],
  ["an amount as a number", "submit", { ...good, row: { ...good.row, amountUnits: 5 } }],
  ["an amount without end", "submit", {
    ...good,
    row: { ...good.row, amountUnits: "9".repeat(41) },
  }],
  ["no time", "cancel", { jobId: ROW.jobId }],
  ["no job", "cancel", { atMs: 5 }],
];
for (const [name, method, params] of REFUSED) {
  Deno.test(`controlHandlers() ${method} refuses ${name} and writes nothing`, async () => {
    await using made = await rig();
    await assert.rejects(() => made.call(method, params), { code: "bad_request" });
    assert.deepEqual((await made.at.store.totals()).jobs, {});
    assert.deepEqual(await made.at.store.pendingOutbox(0, 1, 0), []);
  });
}

Deno.test("controlHandlers() takes no job with a callback where no skills are called", async () => {
  await using made = await rig();
  const params = { ...good, row: { ...good.row, callbackSkill: "tell-me" } };
  await assert.rejects(() => made.call("submit", params), { code: "no_callbacks" });
});

Deno.test("the control service's permissions are its socket alone", () => {
  assert.deepEqual(definition.permissions({ path: "/h/c.sock", about: {} }), {
    net: ["unix:/h/c.sock"],
    read: ["/h/c.sock", "/h"],
    write: ["/h/c.sock"],
  });
});
