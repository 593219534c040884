/** Every transition of a job, also the forbidden ones. */
import assert from "node:assert/strict";
import * as status from "../../protocols/job_status.ts";
import type { JobStatus } from "../../protocols/job_status.ts";
import type { Change } from "../../store/store.ts";
import { cells, openWorld } from "./given.ts";
import { eventIdOf, job } from "./store_rows.ts";

/** `=`: the status stays, without an entry; `+`: the change is allowed; `r`: only together with the result; `.`: it is refused. */
const GRID = `
  created    = + + + + + + + + + + +
  posted     + = + + + + + + + + + +
  quoted     + + = + + + + + + + + +
  paid       + + + = + + + + + + + +
  processing + + + + = + + + + + + +
  partial    + + + + + = + + + + + +
  success    . . . . . . = . . . . .
  error      . . . . . . + = . . . .
  refused    . . . . . . . . = . . .
  timeout    . . . . . . r r . = . .
  cancelled  . . . . . . . . . . = .
  unknown    + + + + + + + + + + + =
`;

let made = 0;
/** A separate job for each history. */
const next = (over: Parameters<typeof job>[0] = {}) =>
  job({ eventId: eventIdOf((0x1000000 + ++made).toString(16)), ...over });
const put = (row: ReturnType<typeof job>): Change => ({ op: "putJob", row, expect: "absent" });

Deno.test("isPast() ignores an old request for payment, and processing once a part arrived", () => {
  const past = (told: JobStatus) =>
    (["posted", "quoted", "paid", "processing", "partial", "success"] as const)
      .filter((now) => status.isPast(now, told));
  assert.deepEqual(past("quoted"), ["paid", "processing", "partial", "success"]);
  assert.deepEqual(past("processing"), ["partial"]);
  assert.deepEqual(past("partial"), []);
  assert.deepEqual(past("error"), []);
});

for (const role of ["buyer", "provider"] as const) {
  Deno.test(`a ${role}'s job goes where the table of statuses lets it go, and nowhere else`, async () => {
    await using world = await openWorld();
    for (const [from, to, sign] of cells(GRID)) {
      for (const resultEventId of [null, "e".repeat(64)]) {
        const row = next({ role, status: from as JobStatus });
        const patch = {
          status: to as JobStatus,
          ...(resultEventId === null ? {} : { resultEventId }),
        };
        const { jobId } = row;
        const when = world.given(put(row)).when({ op: "patchJob", jobId, role, patch });
        if (sign === "." || sign === "r" && resultEventId === null) {
          await when.thenRefuses("conflict");
        } else await when.then(sign === "=" ? [] : [`job ${to}`]);
      }
    }
  });
}

Deno.test("a job is cancelled by its buyer only while it is open", async () => {
  await using world = await openWorld();
  for (const each of status.JOB_STATUSES) {
    const row = next({ status: each });
    const cancel: Change = { op: "cancelJob", jobId: row.jobId, message: "", atMs: 2_000 };
    const when = world.given(put(row)).when(cancel);
    if (status.isEnded(each)) await when.thenRefuses("conflict");
    else await when.then(["job cancelled"]);
  }
});

Deno.test("a job starts again with another provider only while it is open and by its present request", async () => {
  await using world = await openWorld();
  const event = { kind: 5601, created_at: 1, tags: [], content: "", pubkey: "b".repeat(64) };
  const request = new TextEncoder().encode(JSON.stringify(event));
  for (const each of status.JOB_STATUSES) {
    const row = next({ status: each, request, createdAtMs: 1_000 + made * 1_000 });
    const { jobId, eventId } = row;
    const plan: Change = {
      op: "planFailover",
      jobId,
      budgetUnits: null,
      writeUnits: 1n,
      refusalCosts: false,
      destination: "",
      terminalPubkey: "",
      candidates: [{ provider: "d".repeat(64), payTo: "", priceUnits: 0n }],
    };
    const passOn = (eventId: string): Change => ({
      op: "passJobOn",
      jobId,
      eventId,
      code: "F99",
      message: "",
      atMs: row.createdAtMs,
      otherwise: { status: "refused" },
    });
    await world.given(put(row), plan).when(passOn("0".repeat(64))).thenRefuses("conflict");
    const when = world.given().when(passOn(eventId));
    if (status.isEnded(each)) await when.thenRefuses("conflict");
    else await when.then(["job created"]);
  }
});

Deno.test("a provider's job is to be run in the statuses of the table, once it is paid or free", async () => {
  await using world = await openWorld();
  const toRun: string[] = [];
  for (const each of status.JOB_STATUSES) {
    for (const [jobPaid, amountUnits] of [[true, 5n], [false, 0n], [false, 5n]] as const) {
      const row = next({ role: "provider", status: each, jobPaid, amountUnits });
      await world.store.commit([put(row)]);
      if (jobPaid || amountUnits === 0n) toRun.push(...status.isToRun(each) ? [row.jobId] : []);
    }
  }
  const runnable = await world.store.runnableJobs([], 100, 0);
  assert.deepEqual(runnable.map(({ jobId }) => jobId).sort(), toRun.sort());
  assert.equal(toRun.length, 10);
});

Deno.test("the predicates of a job's status give what each side of the market did with it", () => {
  const of = (holds: (status: JobStatus) => boolean) => status.JOB_STATUSES.filter(holds).join(" ");
  for (
    const [holds, expected] of [
      [status.isEnded, "success error refused timeout cancelled"],
      [status.isOpen, "created posted quoted paid processing partial unknown"],
      [status.isUnposted, "created unknown"],
      [status.isPosted, "posted quoted paid processing partial"],
      [status.isUnpaid, "created posted quoted unknown"],
      [status.isToRun, "created posted quoted paid processing"],
      [status.isAnswered, "partial success error refused timeout cancelled"],
      [
        (each: JobStatus) => !status.takesResult(each),
        "refused cancelled",
      ],
      [(each: JobStatus) => !status.takesFeedback(each), "refused timeout cancelled"],
      [status.mayBeRetried, "error refused timeout"],
      [status.isFailed, "error timeout"],
      [status.showsPayment, "processing partial success"],
      [(each: JobStatus) => status.RESULT_STATUSES.includes(each), "success error"],
    ] as const
  ) assert.equal(of(holds), expected);
  assert.deepEqual(["success", "closed", "toString"].map(status.isJobStatus), [true, false, false]);
});
