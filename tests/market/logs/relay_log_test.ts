/** A job's log over a real relay, where there is no connector: questions and answers are ephemeral events. */
import assert from "node:assert/strict";
import { jobLogReader } from "../../../market/logs/job_log_reader.ts";
import { jobLogWriter } from "../../../market/logs/job_log_writer.ts";
import { answerOverRelay } from "../../../market/logs/relay_log_answers.ts";
import { askOverRelay } from "../../../market/logs/relay_log_questions.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { asEventId, asPubkey } from "../../../protocols/nostr/event.ts";
import { jobLogQuestion } from "../../../protocols/nostr/job_log.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { job } from "../../store/store_rows.ts";
import { until } from "../../until.ts";
import { PLAIN_IDENTITY } from "../../network/relay/plain_identity.ts";
import { PAYER, STRANGER, TOWN, verifier } from "../terms/parties.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A relay, and a provider with a job of PAYER's. */
async function market({ encrypted = false } = {}) {
  const relay = await startRelayServer({
    file: ":memory:",
    identity: PLAIN_IDENTITY,
    write: "nostr",
  });
  const url = `ws://127.0.0.1:${relay.port}`;
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: Date.now });
  const nowS = Math.floor(Date.now() / 1_000);
  const tags = encrypted ? [["encrypted"]] : [["i", "x", "text"]];
  const request = await PAYER.sign({ kind: 5601, created_at: nowS, tags, content: "" });
  const row = job({
    eventId: request.id,
    jobId: "job-5abc123",
    role: "provider",
    callbackSkill: null,
    status: "processing",
    jobPaid: true,
    buyer: PAYER.pubkey,
    provider: TOWN.pubkey,
    request: encodeToon(request, "1.4"),
  });
  await store.commit([{ op: "putJob", row }]);
  const sessions = [TOWN, PAYER, STRANGER].map(({ signer }) => openRelaySession({ url, signer }));
  const [own, buyers, strangers] = sessions;
  const over = new AbortController();
  const deps = { store, signer: TOWN.signer, verifier, clock: Date.now, log: () => undefined };
  const answering = answerOverRelay(own, deps, over.signal);
  // Until the first answer, a relay may still be connecting, and drop a question. Afterwards each question is answered, however late.
  let patienceMs = 1_000;
  const reader = jobLogReader({
    signer: PAYER.signer,
    verifier,
    clock: Date.now,
    way: "relay",
    sleep: () => Promise.resolve(),
    send: (_destination, data, _condition, signal) =>
      askOverRelay(buyers, data, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])),
  });
  return {
    store,
    request,
    strangers,
    log: jobLogWriter(store, "job-5abc123"),
    /** The text from an offset on, as one answer gives it. A relay that is still connecting drops the first question. */
    from: async (offset: number) => {
      const wanted = { requestId: request.id, provider: TOWN.pubkey, destination: "" };
      const { pieces, ended } = await answered(() => reader.read({ ...wanted, offset, waitMs: 0 }));
      patienceMs = 120_000;
      const parts = await Promise.all(pieces.map(({ deflated }) =>
        new Response(
          new Blob([deflated.slice()]).stream().pipeThrough(
            new DecompressionStream("deflate-raw"),
          ),
        ).text()
      ));
      return { text: parts.join(""), first: pieces[0]?.offset, ended };
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      for (const session of sessions) session.close();
      await answering;
      await store.close();
      await relay[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

for (const encrypted of [false, true]) {
  const name = encrypted ? "encrypted to its buyer" : "as it is printed";
  Deno.test(`a job's log comes over a relay, ${name}, from any offset on`, async () => {
    await using at = await market({ encrypted });
    at.log.write(utf8("first\n"));
    await until(async () => (await at.from(0)).text === "first\n");
    at.log.write(utf8("last\n"));
    await at.log.end();
    const patch = { status: "success", updatedAtMs: Date.now() } as const;
    await at.store.commit([{ op: "patchJob", jobId: "job-5abc123", role: "provider", patch }]);
    assert.deepEqual(await at.from(0), { text: "first\nlast\n", first: 0, ended: true });
    assert.deepEqual(await at.from(6), { text: "last\n", first: 6, ended: true });
  });
}

Deno.test("a question of another key, and one of another kind, gets no answer over the relay", async () => {
  await using at = await market();
  at.log.write(utf8("secret\n"));
  await until(async () => (await at.from(0)).text === "secret\n");
  const answers: unknown[] = [];
  const seen = at.strangers.subscribe([{ kinds: [25602], authors: [TOWN.pubkey] }]);
  const ready = Promise.withResolvers<void>();
  void (async () => {
    for await (const batch of seen.deliveries) {
      for (const each of batch) each.type === "eose" ? ready.resolve() : answers.push(each);
    }
  })();
  await ready.promise;
  const question = jobLogQuestion({
    requestId: asEventId(at.request.id),
    provider: asPubkey(TOWN.pubkey),
    offset: 0,
    waitMs: 0,
  }, Math.floor(Date.now() / 1_000));
  assert.equal((await at.strangers.publish(await STRANGER.sign(question))).outcome, "accepted");
  const note = { ...question, kind: 25603 };
  assert.equal((await at.strangers.publish(await PAYER.sign(note))).outcome, "accepted");
  // The answer to the buyer comes after them on the same relay, and is the only one.
  await at.from(0);
  await until(() => answers.length > 0);
  assert.equal(answers.length, 1);
});

Deno.test("askOverRelay() says what the relay says, ends with its signal, and sends no private question", async () => {
  const deliveries = () =>
    new ReadableStream({ start: (to) => to.enqueue([{ type: "eose", assumed: false }]) });
  const session = (outcome: "accepted" | "refused") => ({
    subscribe: () => ({ deliveries: deliveries(), settledTo() {}, askFor() {}, close() {} }),
    publish: () =>
      Promise.resolve({
        eventId: "",
        outcome,
        prefix: "blocked" as const,
        message: "no ephemeral events",
      }),
  });
  const question = encodeToon(
    await PAYER.sign(jobLogQuestion({
      requestId: asEventId("a".repeat(64)),
      provider: asPubkey(TOWN.pubkey),
      offset: 0,
      waitMs: 0,
    }, 1)),
    "1.4",
  );
  const never = new AbortController().signal;
  await assert.rejects(askOverRelay(session("refused"), question, never), /no ephemeral events/);
  const wrap = encodeToon(
    await PAYER.sign({ kind: 1059, created_at: 1, tags: [], content: "" }),
    "1.4",
  );
  await assert.rejects(askOverRelay(session("accepted"), wrap, never), /private job/);
});

async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 0;; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= 120) throw error;
    }
  }
}
