import assert from "node:assert/strict";
import { publishFree } from "../../stages/prepare_sink_publish.ts";
import type { SinkOutcome } from "../../stages/prepare_sink_services.ts";

const PUBLISHED: SinkOutcome = { state: "done", units: 0n, detail: "published" };

/** An error as the relay reader throws it. */
function failure(code: string, message = `it was ${code}`): Error {
  return Object.assign(new Error(message), { code });
}

/** Publishes one document to a relay that answers as scripted and repeats the last answer. Each answer takes a second. */
function publish(
  answers: readonly (string | null)[],
  more: { waitMs?: number; over?: (asked: number) => SinkOutcome | null; abortAt?: number } = {},
) {
  let nowMs = 1_000_000;
  let asked = 0;
  const logged: string[] = [];
  const stop = new AbortController();
  const relay = {
    publish() {
      const code = answers[Math.min(asked++, answers.length - 1)];
      nowMs += 1_000;
      if (asked === more.abortAt) stop.abort();
      return code === null || code === undefined
        ? Promise.resolve()
        : Promise.reject(failure(code));
    },
  };
  const write = {
    waitMs: more.waitMs ?? 60_000,
    over: () => Promise.resolve(more.over?.(asked) ?? null),
    firstPauseMs: 1,
  };
  const item = { seq: 1, bytes: new Uint8Array(8), known: { id: "ab" } };
  const context = {
    clock: () => nowMs,
    log: (_level: string, msg: string) => void logged.push(msg),
    signal: stop.signal,
  };
  return publishFree(item, relay, write, context).then((outcome) => ({ outcome, asked, logged }));
}

for (
  const { name, answers, asked, outcome } of [
    { name: "takes it", answers: [null], asked: 1, outcome: "published" },
    { name: "is away for a while", answers: ["timeout", "unreachable", null], asked: 3 },
    { name: "lost the session", answers: ["session_closed", null], asked: 2 },
    { name: "says 'not now' four times", answers: [...Array(4).fill("not_now"), null], asked: 5 },
    { name: "always says 'not now'", answers: ["not_now"], asked: 5, outcome: "not_now" },
    { name: "answers with notices alone", answers: ["noticed"], asked: 2, outcome: "noticed" },
    { name: "had another notice meanwhile", answers: ["noticed", null], asked: 2 },
    { name: "refuses", answers: ["refused", null], asked: 1, outcome: "refused" },
    {
      name: "wants another identity",
      answers: ["auth_refused"],
      asked: 1,
      outcome: "auth_refused",
    },
    {
      name: "is away, then refuses",
      answers: ["timeout", "refused"],
      asked: 2,
      outcome: "refused",
    },
  ]
) {
  Deno.test(`publishFree() to a relay that ${name}`, async () => {
    const came = await publish(answers);
    assert.equal(came.asked, asked);
    if ((outcome ?? "published") === "published") assert.deepEqual(came.outcome, PUBLISHED);
    else {
      assert.equal(came.outcome.state, "refused");
      assert.equal((came.outcome as { code: string }).code, outcome);
    }
  });
}

Deno.test("publishFree() gives up when the document has expired, and says why it was not taken", async () => {
  const { outcome, asked, logged } = await publish(["timeout"], { waitMs: 3_500 });
  assert.deepEqual(outcome, {
    state: "refused",
    code: "expired",
    message: "it expired unpublished: it was timeout",
  });
  assert.equal(asked, 4);
  assert.deepEqual(logged, ["the relay does not take an event now; it is tried again"]);
});

Deno.test("publishFree() sends nothing more of a job that is over", async () => {
  const over: SinkOutcome = { state: "refused", code: "job_over", message: "cancelled" };
  const first = await publish([null], { over: () => over });
  assert.deepEqual([first.outcome, first.asked], [over, 0]);
  const later = await publish(["timeout"], { over: (asked) => asked < 2 ? null : over });
  assert.deepEqual([later.outcome, later.asked], [over, 2]);
});

Deno.test("publishFree() stops without an outcome when the stage is aborted", async () => {
  const { outcome, asked } = await publish(["timeout"], { abortAt: 2 });
  assert.equal(outcome.state, "unknown");
  assert.equal(asked, 2);
});
