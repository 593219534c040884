import { START_FLAGS } from "../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isLong } from "../long.ts";
import type { JournalReport } from "./stages/journal.ts";

/** A hung worker cannot be ended, so every case runs in its own process. */
async function run(given: unknown): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...START_FLAGS,
      "--allow-read",
      "--allow-env",
      fileURLToPath(new URL("./faults.ts", import.meta.url)),
      JSON.stringify(given),
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // A run that never ends must not block all tests.
  const timer = setTimeout(() => child.kill("SIGKILL"), RUN_MS);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = new TextDecoder().decode(stdout);
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  return { ...JSON.parse(text), exit: code };
}

/** A run takes a second or two. */
const RUN_MS = 120_000;

interface Outcome {
  readonly report: JournalReport;
  readonly fatal: { code: string } | null;
  readonly replaced: { stages: string[]; reason: string; generation: number }[];
  readonly error: string | null;
  readonly counters: Record<string, Record<string, number>>;
  readonly exit: number;
}

const COUNT = 300;
const numbers = { stage: "numbers", options: { count: COUNT, batch: 16 } };
const effects = { stage: "effects" };
/** How soon a worker that hangs is noticed. Elsewhere, a busy machine's workers may be silent for long. */
const dead = (trouble: string) =>
  ["hang", "wait", "close", "exit"].includes(trouble) ? { deadMs: 1_000 } : {};
/** So few in flight that no document sees two of the deaths. */
const FEW = { maxItems: 16 };

/** Every document settled, none twice, the cursor at the end. */
function assertAllSettled({ report, error }: Outcome, settled: Record<string, number>) {
  assert.equal(error, null);
  assert.deepEqual(report.settled, settled);
  assert.equal(report.settledTwice, 0);
  assert.equal(report.cursor, COUNT);
}

const once = [
  { name: "throws", trouble: "throw", reason: "failed", exit: 0 },
  { name: "throws where nobody catches", trouble: "uncaught", reason: "failed", exit: 0 },
  { name: "leaves a rejection unhandled", trouble: "unhandled", reason: "failed", exit: 0 },
  { name: "gives an empty batch", trouble: "empty", reason: "failed", exit: 0 },
  { name: "gives a malformed item", trouble: "bad_item", reason: "failed", exit: 0 },
  { name: "talks nonsense to the supervisor", trouble: "babble", reason: "failed", exit: 0 },
  { name: "hangs in a busy loop", trouble: "hang", reason: "hung", exit: 75 },
  { name: "calls close()", trouble: "close", reason: "hung", exit: 75 },
  { name: "calls Deno.exit()", trouble: "exit", reason: "hung", exit: 75 },
];
for (const { name, trouble, reason, exit } of once) {
  Deno.test(`supervisor replaces one worker that ${name}, and everything is settled once`, async () => {
    const troubled = { stage: "troubled", options: { at: { 100: trouble }, times: 1 } };
    const outcome = await run({ stages: [numbers, troubled, effects], ...dead(trouble) });
    assertAllSettled(outcome, { done: COUNT });
    assert.deepEqual(
      outcome.replaced.map(({ stages, reason, generation }) => ({ stages, reason, generation })),
      [{ stages: ["troubled"], reason, generation: 2 }],
    );
    assert.equal(outcome.report.effects, COUNT);
    assert.equal(outcome.exit, exit);
    assert.equal(outcome.fatal?.code, exit === 75 ? "hung" : undefined);
  });
}

// An item is checked when it leaves a worker, so a malformed one is only noticed if stages have separate workers.
for (
  const { name, trouble, reason, exit } of once.filter(({ trouble }) => trouble !== "bad_item")
) {
  Deno.test(`supervisor gives everybody a worker of its own when a shared one ${name}`, async () => {
    const troubled = { stage: "troubled", options: { at: { 100: trouble }, times: 1 } };
    const outcome = await run({
      stages: [numbers, troubled, effects],
      shared: true,
      ...dead(trouble),
    });
    assertAllSettled(outcome, { done: COUNT });
    const stages = ["numbers", "troubled", "effects"];
    assert.deepEqual(
      outcome.replaced.map(({ stages, reason, generation }) => ({ stages, reason, generation })),
      [{ stages, reason, generation: 2 }],
    );
    assert.equal(outcome.report.effects, COUNT);
    assert.equal(outcome.exit, exit);
    assert.equal(outcome.fatal?.code, exit === 75 ? "hung" : undefined);
  });
}

for (const trouble of ["throw", "wait"]) {
  Deno.test(`supervisor sets aside what kills a shared worker by ${trouble} after two more deaths, alone`, async () => {
    const troubled = { stage: "troubled", options: { at: { 7: trouble } } };
    const outcome = await run({
      stages: [numbers, troubled, effects],
      shared: true,
      ...dead(trouble),
    });
    assertAllSettled(outcome, { done: COUNT - 1, poison: 1 });
    assert.deepEqual(outcome.report.quarantined, ["7"]);
    assert.deepEqual(outcome.replaced.map(({ stages }) => stages.join()), [
      "numbers,troubled,effects",
      "troubled",
      "troubled",
    ]);
  });
}

for (const trouble of ["throw", "wait"]) {
  Deno.test(`supervisor settles as poison what kills twice by ${trouble}, and the rest goes through`, async () => {
    const troubled = { stage: "troubled", options: { at: { 7: trouble } } };
    const outcome = await run({ stages: [numbers, troubled, effects], ...dead(trouble) });
    assertAllSettled(outcome, { done: COUNT - 1, poison: 1 });
    assert.deepEqual(outcome.report.quarantined, ["7"]);
    assert.equal(outcome.counters.numbers.settled_poison, 1);
    assert.equal(outcome.replaced.length, 2);
  });
}

Deno.test("supervisor settles each of several poisonous documents, with one restart for each after the first", async () => {
  const at = Object.fromEntries([20, 21, 22, 150, 151].map((number) => [number, "throw"]));
  const troubled = { stage: "troubled", options: { at }, pool: 2 };
  const outcome = await run({ stages: [numbers, troubled, effects] });
  assertAllSettled(outcome, { done: COUNT - 5, poison: 5 });
  assert.deepEqual(outcome.report.quarantined.map(Number).sort((a, b) => a - b), [
    20,
    21,
    22,
    150,
    151,
  ]);
});

Deno.test("supervisor replaces three stages in a row", async () => {
  const troubled = (number: number) => ({
    stage: "troubled",
    options: { at: { [number]: "throw" }, times: 1 },
  });
  const stages = [numbers, troubled(10), troubled(90), troubled(170), effects];
  const outcome = await run({ stages, unsettled: FEW });
  assertAllSettled(outcome, { done: COUNT });
  assert.equal(outcome.replaced.length, 3);
  assert.equal(outcome.report.effects, COUNT);
});

Deno.test("a sink that is killed between effect and acknowledgement settles nothing twice", async () => {
  const sink = { stage: "effects", options: { dieAfterEffectOf: [3, 120, 240], times: 1 } };
  const outcome = await run({ stages: [numbers, { stage: "troubled" }, sink], unsettled: FEW });
  assertAllSettled(outcome, { done: COUNT });
  assert.equal(outcome.report.effects, COUNT);
  assert.ok(outcome.report.repeatedEffects >= 3, "the store saw the killed ones again");
  assert.equal(outcome.replaced.length, 3);
});

Deno.test("a document that always kills the sink is poison", async () => {
  const sink = { stage: "effects", options: { dieAfterEffectOf: [9], times: 99 } };
  const outcome = await run({ stages: [numbers, { stage: "troubled" }, sink] });
  assertAllSettled(outcome, { done: COUNT - 1, poison: 1 });
});

Deno.test("no worker is blamed when the main thread is blocked for two seconds", async () => {
  const outcome = await run({
    stages: [
      { stage: "numbers", options: { count: COUNT, batch: 1 } },
      { stage: "troubled" },
      effects,
    ],
    deadMs: 1_000,
    block: 2_000,
  });
  assertAllSettled(outcome, { done: COUNT });
  assert.deepEqual(outcome.replaced, []);
  assert.equal(outcome.fatal, null);
});

const MANY = isLong ? 40_000 : 10_000;
Deno.test(`${MANY} documents through three deaths are all settled, none twice`, async () => {
  const count = MANY;
  const at = { [count / 8]: "throw", [count / 2]: "throw" };
  const outcome = await run({
    stages: [
      { stage: "numbers", options: { count, batch: 128 } },
      { stage: "troubled", options: { at, times: 1 }, pool: 2 },
      { stage: "effects", options: { dieAfterEffectOf: [count * 3 / 4], times: 1 } },
    ],
    unsettled: { maxItems: 512 },
  });
  assert.deepEqual(outcome.report.settled, { done: count });
  assert.equal(outcome.report.settledTwice, 0);
  assert.equal(outcome.report.effects, count);
  assert.equal(outcome.report.cursor, count);
  assert.equal(outcome.replaced.length, 3);
});

Deno.test("a stage that cannot start says why", async () => {
  const troubled = { stage: "troubled", options: { at: { [-1]: "start" } } };
  const outcome = await run({ stages: [numbers, troubled, effects] });
  assert.equal(outcome.error, "StartError no_start");
});
