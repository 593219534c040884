/**
 * Sends a connector's spans, one for each packet of a job, in a worker that reaches the operator's collector alone.
 *
 * Queue: 2,048 spans, sent once a second. When it is full, or the collector is away, new spans are dropped and counted, so that the
 * connector never waits.
 *
 * @module
 */
import { hostOfUrl } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";
import { postSpans } from "../../peers/otlp/collector.ts";
import { encodeSpans, type Span } from "../../protocols/otlp/span.ts";

/** Where spans go. */
interface PacketTracingOptions {
  /** The collector's address for traces. */
  readonly endpoint: string;
  readonly version: string;
  readonly network: string;
  readonly pid: number;
}

/** The service, as the connector calls it. */
export interface PacketTracing {
  /** Sends a span soon. */
  add(span: Span): Promise<void>;
}

const MAX_HELD = 2_048;
const EVERY_MS = 1_000;

/** The service `packet-tracing` for the worker host. */
export const definition = defineService({
  name: "packet-tracing",
  methods: ["add"] as const,
  permissions: ({ endpoint }: PacketTracingOptions) => ({ net: [hostOfUrl(endpoint)] }),
  mayRest: () => false,
  start(
    { endpoint, version, network, pid }: PacketTracingOptions,
    _services: unknown,
    { count },
  ): Promise<PacketTracing & { close(): Promise<void> }> {
    const resource = {
      "service.name": "crosstown",
      "service.version": version,
      "service.instance.id": `connector-${pid}`,
      "crosstown.network": network,
    };
    let held: Span[] = [];
    let sending: Promise<void> | null = null;
    const send = async () => {
      const spans = held;
      held = [];
      const posted = await postSpans(endpoint, encodeSpans(resource, version, spans));
      count(posted === "taken" ? "spans_taken" : "spans_dropped", spans.length);
    };
    const flush = () => {
      if (held.length === 0 || sending !== null) return;
      sending = send().finally(() => sending = null);
    };
    const timer = setInterval(flush, EVERY_MS);
    return Promise.resolve({
      add(span) {
        if (held.length < MAX_HELD) held.push(span);
        else count("spans_dropped");
        return Promise.resolve();
      },
      async close() {
        clearInterval(timer);
        await sending;
        flush();
        await sending;
      },
    });
  },
  stop: (service) => service.close(),
});
