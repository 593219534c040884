/**
 * `/metrics` of a daemon, in a worker that may listen on one loopback port and that asks the store.
 *
 * Held: the text of the last second. Four scrapes are answered at the same time; further ones are refused with 503.
 *
 * @module
 */
import { asksThisMachine } from "../../base/loopback_http.ts";
import { defineService } from "../../base/service.ts";
import { nameOf } from "../../money/channels/views.ts";
import type { Store } from "../../store/store.ts";
import { type HomeFigures, metricsText } from "./metrics.ts";

/** The options of the endpoint. */
interface MetricsOptions {
  /** The port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly about: HomeFigures["about"];
}

/** The figures that only the daemon knows. */
type Told = Pick<HomeFigures, "peers" | "latencies" | "pipelines" | "services">;

interface Metrics {
  /** `http://127.0.0.1:9464/metrics`. */
  url(): Promise<string>;
  /** Sets these figures. */
  tell(told: Told): Promise<void>;
}

type Reads = Pick<
  Store,
  "totals" | "journalTip" | "listChainChannels" | "listPayerChannels" | "listJobs"
>;

const HOST = "127.0.0.1";
const TYPE = "text/plain; version=0.0.4; charset=utf-8";
const FRESH_MS = 1_000;
const AT_ONCE = 4;
const RECENT = 1_000;
/** The service `metrics` for the worker host. */
export const definition = defineService({
  name: "metrics",
  methods: ["url", "tell"] as const,
  services: ["store"] as const,
  permissions: ({ port }: MetricsOptions) => ({ net: [`${HOST}:${port}`] }),
  start(
    { port, about }: MetricsOptions,
    { store }: { readonly store: Reads },
  ): Promise<Metrics & { close(): Promise<void> }> {
    let told: Told = { peers: {}, latencies: {}, pipelines: {}, services: {} };
    let text: { readonly promise: Promise<string>; readonly untilMs: number } | null = null;
    const scrape = () => {
      if (text === null || text.untilMs < performance.now()) {
        const promise = figuresOf(store, about, () => told).then(metricsText);
        text = { promise, untilMs: performance.now() + FRESH_MS };
        // A failed read is not kept.
        promise.catch(() => text = null);
      }
      return text.promise;
    };
    let working = 0;
    const server = Deno.serve(
      { hostname: HOST, port, onListen: () => undefined, onError: () => refused(500) },
      async (request) => {
        if (!asksThisMachine(request.headers)) return refused(403);
        if (new URL(request.url).pathname !== "/metrics") return refused(404);
        if (request.method !== "GET" && request.method !== "HEAD") return refused(405);
        if (working >= AT_ONCE) return refused(503);
        working++;
        try {
          return new Response(request.method === "HEAD" ? null : await scrape(), {
            headers: { "content-type": TYPE, "cache-control": "no-store" },
          });
        } finally {
          working--;
        }
      },
    );
    return Promise.resolve({
      url: () => Promise.resolve(`http://${HOST}:${server.addr.port}/metrics`),
      tell(now) {
        told = now;
        return Promise.resolve();
      },
      close: () => server.shutdown(),
    });
  },
  stop: (metrics: { close(): Promise<void> }): Promise<void> => metrics.close(),
});

async function figuresOf(
  store: Reads,
  about: HomeFigures["about"],
  told: () => Told,
): Promise<HomeFigures> {
  const [totals, tip, channels, payers, recent] = await Promise.all([
    store.totals(),
    store.journalTip(),
    store.listChainChannels(),
    store.listPayerChannels(),
    store.listJobs({ limit: RECENT }),
  ]);
  const signed = new Map(payers.map((row) => [row.channelId, row.signed]));
  return {
    about,
    totals,
    journalSeq: tip?.seq ?? 0,
    channels: channels.map((row) => ({
      name: nameOf(row),
      status: row.status,
      depositUnits: row.depositUnits,
      signedUnits: signed.get(row.channelId ?? "") ?? 0n,
    })),
    recent,
    ...told(),
  };
}

function refused(status: number): Response {
  return new Response(null, { status });
}
