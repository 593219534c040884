/**
 * Follows the journal of a home and sends the spans of each job that has ended, and of payments after its end, in a worker that reaches
 * the operator's collector and asks the store. The pipelines do not know of it.
 *
 * The store keeps how far it is, so that the jobs of commands and of an earlier process are sent too, each at least once. While the
 * collector is away it waits, and nothing is lost that the journal still has. Held: the entries of one job, at most 1,000.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import { hostOfUrl } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";
import { postSpans } from "../../peers/otlp/collector.ts";
import { encodeSpans, type Span } from "../../protocols/otlp/span.ts";
import { isEnded, isJobStatus } from "../../protocols/job_status.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { Store } from "../../store/store.ts";
import { jobSpans, moneySpan, type TracedEntry } from "./job_spans.ts";

/** Where spans go, and whose they are. */
interface TracingOptions {
  /** The collector's address for traces, e.g. `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string;
  readonly version: string;
  /** `mayor` or `node`. */
  readonly role: string;
  readonly network: string;
  readonly pid: number;
}

interface Tracing {
  /** How many spans the collector has taken and refused. */
  sent(): { readonly taken: number; readonly refused: number };
}

type Reads = Pick<
  Store,
  "commit" | "cursor" | "incoming" | "journalAfter" | "journalTip" | "listJournal" | "outgoing"
>;

const CURSOR = "tracing";
const PAGE = 200;
const WAIT_MS = 2_000;
const MAX_ENTRIES = 1_000;
const PAUSES_MS = [1_000, 5_000, 30_000];

/** The service `tracing` for the worker host. */
export const definition = defineService({
  name: "tracing",
  methods: ["sent"] as const,
  services: ["store"] as const,
  permissions: ({ endpoint }: TracingOptions) => ({ net: [hostOfUrl(endpoint)] }),
  mayRest: () => false,
  start(
    options: TracingOptions,
    { store }: { readonly store: Reads },
    { log },
  ): Promise<Tracing & { close(): Promise<void> }> {
    const { endpoint, version, role, network, pid } = options;
    const resource = {
      "service.name": "crosstown",
      "service.version": version,
      "service.instance.id": `${role}-${pid}`,
      "crosstown.network": network,
    };
    const stop = new AbortController();
    let taken = 0;
    let refused = 0;
    /** False if the service stops before the collector has answered. */
    const send = async (spans: readonly Span[]): Promise<boolean> => {
      for (let tries = 0; !stop.signal.aborted; tries++) {
        const posted = await postSpans(endpoint, encodeSpans(resource, version, spans));
        if (posted === "taken") {
          taken += spans.length;
          return true;
        }
        if (posted === "refused") {
          refused += spans.length;
          log("warn", "the collector refused spans", { host: hostOfUrl(endpoint) });
          return true;
        }
        if (tries === 0) log("warn", "the collector is away", { host: hostOfUrl(endpoint) });
        await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)], stop.signal);
      }
      return false;
    };
    const keep = (seq: number) =>
      store.commit([{ op: "setCursor", name: CURSOR, value: String(seq) }]);
    const work = async () => {
      const before = await store.cursor(CURSOR);
      let seq = Number(before ?? (await store.journalTip())?.seq ?? 0);
      // What ends from now on is sent, even if this process is killed before it can send anything.
      if (before === null) await keep(seq);
      while (!stop.signal.aborted) {
        const page = await store.journalAfter(seq, PAGE, WAIT_MS);
        if (page.length === 0) continue;
        for (const entry of page) {
          const spans = hasEnded(entry)
            ? await spansOf(store, entry)
            : await lateSpansOf(store, entry);
          if (spans.length > 0 && !await send(spans)) break;
          // What the collector has is not sent again, even if the service stopped while it answered.
          seq = entry.seq;
        }
        await keep(seq);
      }
    };
    const working = work().catch((error: Error) => {
      if (!stop.signal.aborted) log("warn", "traces ended", { error: error.message });
    });
    return Promise.resolve({
      sent: () => ({ taken, refused }),
      async close() {
        stop.abort();
        await working;
      },
    });
  },
  stop: (service) => service.close(),
});

function hasEnded({ type, outcome }: JournalEntry): boolean {
  return type === "job" && isJobStatus(outcome) && isEnded(outcome);
}

async function spansOf(store: Reads, ended: JournalEntry): Promise<Span[]> {
  const { jobId, eventId, seq, data: { role } } = ended;
  if (jobId === null || eventId === null || role !== "buyer" && role !== "provider") return [];
  const entries = await store.listJournal({ jobId, order: "oldest", limit: MAX_ENTRIES });
  const traced: TracedEntry[] = [];
  for (const entry of entries) {
    if (entry.seq > seq || entry.jobId !== jobId) continue;
    traced.push({ entry, signedAtMs: await packetTime(store, entry) });
  }
  return jobSpans(eventId, role, traced);
}

/** A payment after its job's end, e.g. for the write of a provider's result. */
async function lateSpansOf(store: Reads, entry: JournalEntry): Promise<Span[]> {
  const { type, jobId, seq } = entry;
  if (jobId === null || type !== "payment" && type !== "earning") return [];
  const found = await store.listJournal({ jobId, types: ["job"], order: "newest", limit: 10 });
  const before = found.find((each) => each.jobId === jobId && each.seq < seq);
  if (before === undefined || !hasEnded(before)) return [];
  const { eventId, data: { role } } = before;
  if (eventId === null || role !== "buyer" && role !== "provider") return [];
  const span = moneySpan(eventId, role, before, {
    entry,
    signedAtMs: await packetTime(store, entry),
  });
  return span === null ? [] : [span];
}

/** When the packet of an entry was signed or came. */
async function packetTime(store: Reads, { type, data }: JournalEntry): Promise<number | null> {
  const { onchain_id: channelId, packet_nonce: nonce } = data;
  if (typeof channelId !== "string" || typeof nonce !== "number") return null;
  if (type === "payment") return (await store.outgoing(channelId, nonce))?.createdAtMs ?? null;
  if (type !== "earning") return null;
  return (await store.incoming(channelId, nonce))?.receivedAtMs ?? null;
}
