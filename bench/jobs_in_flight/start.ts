/**
 * Opens a home like a daemon after a crash, in its own process, and then finds jobs and routes results in it. Prints `ready` when
 * everything that a start asks was answered, and at the end one line of JSON.
 */
import { correlator } from "../../stages/correlator.ts";
import type { Batch, Item } from "../../stages/stage.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { Store } from "../../store/store.ts";
import { eventIdOf, jobIdOf, PENDING } from "./home.ts";

const LOOKUPS = 2_000;
const RESULTS = 2_048;
const BATCH = 256;

const [folder, count] = [Deno.args[0], Number(Deno.args[1])];
const store = await openSqliteStore({ folder, clock: Date.now, journal: true });
await start(store);
console.log("ready");
const rssBytes = Deno.memoryUsage().rss;
const prefixes = await rate(LOOKUPS, async (at) => {
  const row = await store.getJob(jobIdOf(spread(at)).slice(0, 14));
  if (row?.eventId !== eventIdOf(spread(at))) throw new Error("another job was found");
});
const events = await rate(LOOKUPS, async (at) => {
  const row = await store.getJobByEvent(eventIdOf(spread(at)), "buyer");
  if (row?.jobId !== jobIdOf(spread(at))) throw new Error("another job was found");
});
const routed = await route(store);
await store.close();
console.log(JSON.stringify({ rssBytes, prefixes, events, routed }));

/** What the parts of a home ask the store at their start. */
async function start(store: Store): Promise<void> {
  const nowMs = Date.now();
  const [payers, , pending, , overdue] = await Promise.all([
    store.listPayerChannels(),
    store.listReceiverChannels(),
    store.pendingOutbox(0, PENDING, 0),
    store.runnableJobs([], PENDING, 0),
    store.overdueJobs("buyer", nowMs, 1_000),
    store.listChainChannels(),
    store.listTransactions(),
    store.heldIncoming(),
    store.runningSequences("dev", [], 64, 0),
    store.snapshotsUnder(""),
    store.cursor("relay"),
    store.cursor("audit"),
    store.journalTip(),
    store.journalAfter(0, 1_024, 0),
    store.totals(),
  ]);
  const open = await Promise.all(payers.map(({ channelId }) => store.openOutgoing(channelId)));
  if (pending.length !== PENDING || open.flat().length !== PENDING || overdue.length > 0) {
    throw new Error("the home is not as it was made");
  }
}

/** Routes results of some jobs through the correlator, each made durable like the skill sink does. */
async function route(store: Store): Promise<number> {
  const items = Array.from({ length: RESULTS }, (_, at): Item => ({
    seq: at,
    bytes: new TextEncoder().encode(JSON.stringify(resultOf(spread(at)))),
    known: { kind: 6_601, id: `${eventIdOf(spread(at)).slice(0, 32)}${"f".repeat(32)}` },
  }));
  const stage = correlator(
    { role: "buyer", pubkey: "b".repeat(64) },
    {
      store,
      // Judging an answer takes the same time for any number of jobs, so it is left out.
      judge: {
        answer: () => ({ known: {} }),
        request: () => ({ known: {} }),
        takesMessage: () => false,
      },
    },
    {
      clock: Date.now,
      signal: new AbortController().signal,
      log: () => undefined,
      count: () => undefined,
      settlements: { settle: () => undefined, onSettled: () => undefined },
    } as Parameters<typeof correlator>[2],
  );
  let from = 0;
  const source = new ReadableStream<Batch>({
    pull(controller) {
      if (from >= RESULTS) return controller.close();
      controller.enqueue(items.slice(from, from += BATCH));
    },
  }, { highWaterMark: 0 });
  const startMs = performance.now();
  for await (const batch of source.pipeThrough(stage)) {
    await Promise.all(batch.map(async ({ bytes, known, refusal }) => {
      if (refusal !== undefined) throw new Error(`a result was refused: ${refusal.message}`);
      const nowMs = Date.now();
      await store.commit([
        { op: "markSeen", eventId: String(known.id), outcome: "done", atMs: nowMs },
        {
          op: "patchJob",
          jobId: String(known.job_id),
          role: "buyer",
          patch: {
            status: "success",
            result: bytes,
            resultEventId: String(known.id),
            updatedAtMs: nowMs,
          },
        },
      ]);
    }));
  }
  return RESULTS * 1_000 / (performance.now() - startMs);
}

function resultOf(number: number) {
  const eventId = eventIdOf(number);
  return {
    id: `${eventId.slice(0, 32)}${"f".repeat(32)}`,
    pubkey: "a".repeat(64),
    created_at: 1_754_000_000,
    kind: 6_601,
    tags: [["e", eventId], ["p", "b".repeat(64)], ["status", "success"]],
    content: JSON.stringify({ exit_code: 0, log: "x".repeat(500) }),
    sig: "5".repeat(128),
  };
}

/** The number of some job that is not pending, different for each `at`. */
function spread(at: number): number {
  return (at * 7_919) % (count - PENDING);
}

async function rate(times: number, work: (at: number) => Promise<void>): Promise<number> {
  const startMs = performance.now();
  for (let at = 0; at < times; at++) await work(at);
  return times * 1_000 / (performance.now() - startMs);
}
