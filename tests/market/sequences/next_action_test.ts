import assert from "node:assert/strict";
import {
  failStep,
  nextAction,
  type SequenceAction,
} from "../../../market/sequences/next_action.ts";
import type { SequenceAttempt, SequenceRow, SequenceStepRow } from "../../../store/sequence_row.ts";
import { attemptOf, documentOf, echo, stateOf } from "./sequence_states.ts";

const PLAIN = documentOf({
  steps: [echo("one", { retries: 1 }), echo("two"), echo("three", { on_failure: "continue" })],
});
const UNDOING = documentOf({
  steps: [
    echo("one"),
    echo("two", { on_failure: "four" }),
    echo("three", { on_failure: "undo_two" }),
    echo("four"),
  ],
  failure: [echo("undo_one"), echo("undo_two"), echo("tell")],
});

const failed = (status: SequenceAttempt["status"], more: Partial<SequenceAttempt> = {}) => ({
  status,
  errorCode: "e",
  errorMessage: "m",
  costUnits: 30n,
  ...more,
});

interface Row {
  readonly name: string;
  readonly document: typeof PLAIN;
  readonly steps: Readonly<Record<string, SequenceStepRow["status"]>>;
  readonly attempts?: readonly SequenceAttempt[];
  readonly sequence?: Partial<SequenceRow>;
  readonly expected: SequenceAction;
}

const buy = (over: Partial<Extract<SequenceAction, { do: "buy" }>>): SequenceAction => ({
  do: "buy",
  step: "one",
  attempt: 1,
  exclude: [],
  leftUnits: null,
  untilMs: 65_000,
  ...over,
});
const move = (
  steps: Extract<SequenceAction, { do: "move" }>["steps"],
  sequence?: Extract<SequenceAction, { do: "move" }>["sequence"],
): SequenceAction => ({ do: "move", steps, ...(sequence === undefined ? {} : { sequence }) });
const ended = (name: string, code = "e", message?: string) => ({
  name,
  status: "failed" as const,
  errorCode: code,
  errorMessage: message ?? `job-${name}1 ended as error: m`,
});
const skipped = (name: string) => ({ name, status: "skipped" as const });

const ROWS: readonly Row[] = [
  {
    name: "a new sequence begins its first step",
    document: PLAIN,
    steps: {},
    expected: { do: "begin", step: "one" },
  },
  { name: "a step that began buys", document: PLAIN, steps: { one: "running" }, expected: buy({}) },
  {
    name: "a budget holds what was paid and what may still be",
    document: PLAIN,
    steps: { one: "success", two: "running" },
    attempts: [attemptOf("one", 1, { status: "success", costUnits: 30n })],
    sequence: { budgetUnits: 100n },
    expected: buy({ step: "two", leftUnits: 70n }),
  },
  {
    name: "a budget that was overrun has nothing left",
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, failed("error", { costUnits: 130n }))],
    sequence: { budgetUnits: 100n },
    expected: buy({ attempt: 2, exclude: ["provider 1"], leftUnits: 0n, untilMs: 67_000 }),
  },
  ...(["created", "posted", "quoted", "paid", "processing", "partial", "unknown"] as const).map((
    status,
  ): Row => ({
    name: `a job that is ${status} is waited for`,
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, { status })],
    expected: { do: "wait", jobId: "job-one1", sinceMs: 7_000 },
  })),
  ...(["error", "refused", "timeout"] as const).map((status): Row => ({
    name: `a job that ended as ${status} is bought again from another provider`,
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, failed(status))],
    expected: buy({ attempt: 2, exclude: ["provider 1"], untilMs: 67_000 }),
  })),
  {
    name: "a step without retries left fails, and its sequence stops",
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, failed("error")), attemptOf("one", 2, failed("error"))],
    expected: move([ended("one", "e", "job-one2 ended as error: m")], {
      status: "failed",
      errorCode: "e",
      errorMessage: "step one: job-one2 ended as error: m",
    }),
  },
  {
    name: "a command that failed is not bought again",
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, failed("error", { exitCode: 3, errorCode: "exit_code" }))],
    expected: move([ended("one", "exit_code")], {
      status: "failed",
      errorCode: "exit_code",
      errorMessage: "step one: job-one1 ended as error: m",
    }),
  },
  {
    name: "a command that a provider's bounds stopped is bought again",
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, failed("error", { exitCode: 137, errorCode: "memory" }))],
    expected: buy({ attempt: 2, exclude: ["provider 1"], untilMs: 67_000 }),
  },
  {
    name: "a success with another exit code is none",
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, { status: "success", exitCode: 3 })],
    expected: move([ended("one", "exit_code", "the command of job-one1 ended with 3")], {
      status: "failed",
      errorCode: "exit_code",
      errorMessage: "step one: the command of job-one1 ended with 3",
    }),
  },
  {
    name: "a job that its buyer gave up is not bought again",
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, { status: "cancelled" })],
    expected: move([ended("one", "cancelled", "job-one1 ended as cancelled: no reason given")], {
      status: "failed",
      errorCode: "cancelled",
      errorMessage: "step one: job-one1 ended as cancelled: no reason given",
    }),
  },
  {
    name: "a job with exit code 0 ends its step well",
    document: PLAIN,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, { status: "success", exitCode: 0 })],
    expected: move([{ name: "one", status: "success" }]),
  },
  {
    name: "a step that may fail lets the sequence go on",
    document: PLAIN,
    steps: { one: "success", two: "skipped", three: "running" },
    attempts: [attemptOf("three", 1, failed("error"))],
    expected: move([ended("three")]),
  },
  {
    name: "the end of the steps is success, also where one may fail",
    document: PLAIN,
    steps: { one: "success", two: "skipped", three: "failed" },
    expected: move([], { status: "success" }),
  },
  {
    name: "steps of the failure path are not begun on the way",
    document: UNDOING,
    steps: { one: "success", two: "success", three: "success", four: "success" },
    expected: move([], { status: "success" }),
  },
  {
    name: "a failure leads to the first step of the failure path unless told otherwise",
    document: UNDOING,
    steps: { one: "running" },
    attempts: [attemptOf("one", 1, failed("error"))],
    expected: move([ended("one"), skipped("two"), skipped("three"), skipped("four")], {
      path: "failure",
      errorCode: "e",
      errorMessage: "step one: job-one1 ended as error: m",
    }),
  },
  {
    name: "a failure may lead to a later step of its own path",
    document: UNDOING,
    steps: { one: "success", two: "running" },
    attempts: [attemptOf("two", 1, failed("error"))],
    expected: move([ended("two"), skipped("three")]),
  },
  {
    name: "a failure may lead into the failure path",
    document: UNDOING,
    steps: { one: "success", two: "success", three: "running" },
    attempts: [attemptOf("three", 1, failed("error"))],
    expected: move([ended("three"), skipped("four"), skipped("undo_one")], {
      path: "failure",
      errorCode: "e",
      errorMessage: "step three: job-three1 ended as error: m",
    }),
  },
  {
    name: "the failure path goes on in order",
    document: UNDOING,
    steps: {
      one: "failed",
      two: "skipped",
      three: "skipped",
      four: "skipped",
      undo_one: "success",
    },
    sequence: { path: "failure", errorCode: "first" },
    expected: { do: "begin", step: "undo_two" },
  },
  {
    name:
      "a failing step of the failure path does not stop the others, nor change why the sequence failed",
    document: UNDOING,
    steps: {
      one: "failed",
      two: "skipped",
      three: "skipped",
      four: "skipped",
      undo_one: "running",
    },
    attempts: [attemptOf("undo_one", 1, failed("error"))],
    sequence: { path: "failure", errorCode: "first" },
    expected: move([ended("undo_one")]),
  },
  ...([
    ["success", [attemptOf("undo_one", 1)], "compensated"],
    ["failed", [attemptOf("undo_one", 1)], "failed"],
    ["skipped", [], "failed"],
  ] as const).map(([status, attempts, expected]): Row => ({
    name: `a failure path that ended ${status} makes the sequence ${expected}`,
    document: UNDOING,
    steps: {
      one: "failed",
      two: "skipped",
      three: "skipped",
      four: "skipped",
      undo_one: status,
      undo_two: "skipped",
      tell: "skipped",
    },
    attempts,
    sequence: { path: "failure", errorCode: "first" },
    expected: move([], { status: expected }),
  })),
  ...(["success", "failed", "compensated", "cancelled"] as const).map((status): Row => ({
    name: `a sequence that is ${status} rests`,
    document: PLAIN,
    steps: { one: "running" },
    sequence: { status },
    expected: { do: "rest" },
  })),
];

for (const { name, document, steps, attempts, sequence, expected } of ROWS) {
  Deno.test(`nextAction(): ${name}`, () => {
    assert.deepEqual(nextAction(stateOf(document, steps, attempts, sequence), document), expected);
  });
}

Deno.test("failStep() fails a step that did not begin, as one whose condition cannot be told", () => {
  const state = stateOf(PLAIN, { one: "success" });
  assert.deepEqual(failStep(state, PLAIN, "two", "missing_value", "no value"), {
    do: "move",
    steps: [{
      name: "two",
      status: "failed",
      errorCode: "missing_value",
      errorMessage: "no value",
    }],
    sequence: { status: "failed", errorCode: "missing_value", errorMessage: "step two: no value" },
  });
});
