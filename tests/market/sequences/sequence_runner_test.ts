import assert from "node:assert/strict";
import { cancelSequence } from "../../../market/sequences/cancel_sequence.ts";
import { NO_OFFER } from "../../../market/offer.ts";
import { runSequence, runSequences } from "../../../market/sequences/sequence_runner.ts";
import {
  type Fates,
  inputOf,
  playToEnd,
  PROVIDERS,
  putSequence,
  runnerOn,
} from "./sequence_market.ts";
import { documentOf, echo, stateOf } from "./sequence_states.ts";
import { never, ran, steps, SUCCESS, withStore } from "./sequence_runs.ts";

Deno.test("runSequence() never buys from a provider that sold a false key, and asks each other one for a quote", async () => {
  await withStore(async (store) => {
    const id = await putSequence(store, documentOf({ steps: [echo("one", {}), echo("two", {})] }));
    const asked: string[] = [];
    const deps = {
      ...runnerOn(Object.assign(Object.create(store), {
        keyBreakers: () => Promise.resolve([PROVIDERS[0]]),
      })),
      quotes: {
        ask(questions: readonly { readonly provider: string }[]) {
          asked.push(...questions.map(({ provider }) => provider));
          return Promise.reject(new Error("the connector is away"));
        },
      },
    };
    const quoting = {
      ...deps,
      relayReader: {
        announcements: async (...wanted: Parameters<typeof deps.relayReader.announcements>) =>
          (await deps.relayReader.announcements(...wanted))
            .map((each) => ({ ...each, offer: { ...NO_OFFER, quotes: true } })),
      },
    };
    await Promise.all([runSequence(quoting, id, never), playToEnd(store, id, SUCCESS)]);
    const { sequence, attempts } = (await store.sequence(id))!;
    assert.equal(sequence.status, "success");
    // Without a quote, the announced price is paid.
    assert.deepEqual(attempts.map(({ provider }) => provider), [PROVIDERS[1], PROVIDERS[1]]);
    assert.ok(asked.includes(PROVIDERS[1]) && !asked.includes(PROVIDERS[0]), asked.join());
  });
});

Deno.test("runSequence() feeds each step with the results before it, whole or in part, and reads no result again", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [
        echo("one", { input: '{"files":["a","b"],"log":"{{ "{{" }} steps.two.result }}"}' }),
        echo("two", { input: "{{ steps.one.result.files.1 }}:{{ steps.one.result.log }}" }),
        echo("three", { input: "{{ steps.one.result }}", params: { p: "{{ steps.two.result }}" } }),
      ],
    });
    const state = await ran(store, document, SUCCESS);
    assert.equal(state.sequence.status, "success");
    const jobs = await Promise.all(state.attempts.map(({ jobId }) => store.getJob(jobId, "buyer")));
    assert.deepEqual(jobs.map((job) => inputOf(job!)), [
      '{"files":["a","b"],"log":"{{ steps.two.result }}"}',
      "b:{{ steps.two.result }}",
      '{"files":["a","b"],"log":"{{ steps.two.result }}"}',
    ]);
    const { tags } = JSON.parse(new TextDecoder().decode(jobs[2]!.request));
    assert.ok(tags.some((tag: string[]) => tag.join() === "param,p,b:{{ steps.two.result }}"));
  });
});

Deno.test("runSequence() never takes a result for a path or an address", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [echo("one"), echo("two", { input: "{{ steps.one.result }}" })],
    });
    for (const content of ["/etc/hostname", "https://example.com/x.git#main", "-", "./README.md"]) {
      const fates: Fates = (job) => ({
        status: "success",
        ...(inputOf(job) === "hello from one" ? { content } : {}),
      });
      const { sequence, attempts } = await ran(store, document, fates);
      assert.equal(sequence.status, "success");
      const { tags } = JSON.parse(
        new TextDecoder().decode((await store.getJob(attempts[1].jobId, "buyer"))!.request),
      );
      assert.deepEqual(tags.find(([name]: string[]) => name === "i").slice(0, 3), [
        "i",
        content,
        "text",
      ]);
    }
  });
});

Deno.test("runSequence() retries only with providers that have not failed, and fails when none is left", async () => {
  await withStore(async (store) => {
    const document = documentOf({ steps: [echo("one", { retries: 5 })] });
    const second: Fates = ({ provider }) => ({
      status: provider === PROVIDERS[0] ? "timeout" : "success",
    });
    const good = await ran(store, document, second);
    assert.equal(good.sequence.status, "success");
    assert.deepEqual(good.attempts.map(({ provider }) => provider), PROVIDERS.slice(0, 2));
    const bad = await ran(store, document, () => ({ status: "error" }));
    assert.deepEqual(bad.attempts.map(({ provider }) => provider), PROVIDERS);
    assert.deepEqual(steps(bad), { one: "failed no_provider" });
    assert.equal(bad.sequence.errorCode, "no_provider");
  });
});

Deno.test("runSequence() skips by conditions, fails by what is missing, and buys nothing for either", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [
        echo("one"),
        echo("two", { when: "steps.one.attempts > 1" }),
        echo("three", { when: "steps.two.status == 'skipped'" }),
        echo("four", { when: "steps.one.result.nothing == 1", on_failure: "continue" }),
        echo("five", { input: "{{ steps.two.result }}", on_failure: "continue" }),
        echo("six", { input: "{{ steps.five.error.code }}" }),
      ],
    });
    const state = await ran(store, document, SUCCESS);
    assert.deepEqual(steps(state), {
      one: "success",
      two: "skipped",
      three: "success",
      four: "failed missing_value",
      five: "failed missing_value",
      six: "success",
    });
    assert.deepEqual(state.attempts.map(({ step }) => step), ["one", "three", "six"]);
  });
});

Deno.test("runSequence() runs the failure path after a failure, and no step of it otherwise", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [echo("one"), echo("two"), echo("three")],
      failure: [
        echo("undo", {
          when: "steps.one.status == 'success'",
          input: "undo {{ steps.one.result }}",
        }),
        echo("tell", { input: "{{ steps.two.error.message }}" }),
      ],
    });
    const broken: Fates = (job) => ({
      status: inputOf(job) === "hello from two" ? "error" : "success",
    });
    const state = await ran(store, document, broken);
    assert.equal(state.sequence.status, "compensated");
    assert.equal(state.sequence.errorCode, "error");
    assert.deepEqual(steps(state), {
      one: "success",
      two: "failed error",
      three: "skipped",
      undo: "success",
      tell: "success",
    });
    const last = await store.getJob(state.attempts.at(-1)!.jobId, "buyer");
    assert.match(inputOf(last!), /ended as error: it ended as error/);
    const fine = await ran(store, document, SUCCESS);
    assert.equal(fine.sequence.status, "success");
    assert.deepEqual([steps(fine).undo, steps(fine).tell], ["skipped", "skipped"]);
  });
});

Deno.test("runSequence() stays within the budget, retries and failure path included", async () => {
  await withStore(async (store) => {
    const document = documentOf({
      steps: [echo("one", { retries: 2 }), echo("two")],
      failure: [echo("undo")],
    });
    // 100 for the first, 200 for the second provider; nothing is left for a third.
    const state = await ran(store, document, () => ({ status: "error" }), 350n);
    assert.deepEqual(steps(state), { one: "failed budget", two: "skipped", undo: "failed budget" });
    assert.equal(
      state.steps[0].errorMessage,
      "the step costs 0.0003 M2M, the sequence's budget has 0.00005 M2M left",
    );
    assert.equal(state.attempts.reduce((sum, { paidUnits }) => sum + paidUnits, 0n), 300n);
    const bids = documentOf({ steps: [echo("one", { bid: "99" })] });
    assert.deepEqual(steps(await ran(store, bids, SUCCESS)), { one: "failed bid_too_low" });
  });
});

Deno.test("runSequence() waits while the relay is away, until the step's time is over", async () => {
  await withStore(async (store) => {
    const offline = Object.assign(new Error("relay is away"), { code: "offline" });
    for (const [failures, expected] of [[3, "success"], [Infinity, "failed offline"]] as const) {
      const id = await putSequence(store, documentOf({ steps: [echo("one")] }));
      const deps = runnerOn(store);
      let asked = 0;
      const announcements = () =>
        asked++ < failures ? Promise.reject(offline) : deps.relayReader.announcements([5600]);
      const away = { ...deps, relayReader: { announcements } };
      await Promise.all([runSequence(away, id, never), playToEnd(store, id, SUCCESS)]);
      assert.equal(steps((await store.sequence(id))!).one, expected);
      assert.ok(deps.logs.some((line) => line.includes("relay is away")) || failures === Infinity);
    }
  });
});

Deno.test("runSequence() ends a sequence whose document cannot be read", async () => {
  await withStore(async (store) => {
    for (const [n, text] of ["", "{}", "null", "\xff"].entries()) {
      const id = `sequence-${n}`;
      await store.commit([{
        op: "putSequence",
        row: {
          ...stateOf(documentOf({ steps: [echo("one")] }), {}).sequence,
          sequenceId: id,
          key: id,
          document: new TextEncoder().encode(text),
        },
        steps: [{ name: "one", path: "steps" }],
      }]);
      assert.equal(await runSequence(runnerOn(store), id, never), "failed");
      assert.equal((await store.sequence(id))!.sequence.errorCode, "bad_sequence");
    }
  });
});

Deno.test("cancelSequence() also gives up the open job, and buys nothing more", async () => {
  await withStore(async (store) => {
    const id = await putSequence(store, documentOf({ steps: [echo("one"), echo("two")] }));
    const running = runSequence(runnerOn(store), id, never);
    for (let [bought, sinceMs] = [0, 0]; bought === 0;) {
      const { sequence, attempts } = (await store.watchSequence(id, sinceMs, 1_000))!;
      assert.equal(sequence.status, "running");
      [bought, sinceMs] = [attempts.length, sequence.updatedAtMs];
    }
    assert.equal(await cancelSequence(store, id, 1_770_000_500_000), true);
    assert.equal(await running, "cancelled");
    const { sequence, attempts, steps: rows } = (await store.sequence(id))!;
    assert.deepEqual(attempts.map(({ status }) => status), ["cancelled"]);
    assert.deepEqual(rows.map(({ status }) => status), ["cancelled", "skipped"]);
    assert.equal(sequence.errorCode, "cancelled");
    assert.equal(await cancelSequence(store, id, 1), false);
    await assert.rejects(() => cancelSequence(store, "sequence-none", 1), RangeError);
  });
});

Deno.test("runSequences() runs many sequences at once, those of its network alone, until it is stopped", async () => {
  await withStore(async (store) => {
    const documents = Array.from(
      { length: 70 },
      (_, n) => documentOf({ name: `n${n}`, steps: [echo("one", { input: `x${n}` })] }),
    );
    const ids: string[] = [];
    for (const document of documents) ids.push(await putSequence(store, document));
    const other = { ...runnerOn(store) };
    const elsewhere = { ...other, buyer: { ...other.buyer, network: "elsewhere" } };
    const abort = new AbortController();
    const runners = [
      runSequences(runnerOn(store), abort.signal),
      runSequences(elsewhere, abort.signal),
    ];
    const failed = Promise.all(runners);
    failed.catch(() => undefined);
    for (const id of ids) await Promise.race([playToEnd(store, id, SUCCESS), failed]);
    abort.abort();
    await failed;
    const heads = await store.listSequences({ limit: 100 });
    assert.deepEqual(new Set(heads.map(({ status }) => status)), new Set(["success"]));
    assert.equal(heads.length, 70);
  });
});
