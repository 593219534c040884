/**
 * `crosstown relay watch --events`: the events that come to the relay, by kind, as they come. A worker whose only permission is that
 * relay reads and verifies them, so the main thread reads no foreign bytes.
 *
 * Held: one event. The worker reads the next one when this one is printed.
 *
 * @module
 */
import { hostOfUrl } from "../../base/urls.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { csvLine } from "../../shell/output.ts";
import type { EventsRequest, ShownEvent, Told } from "./relay_events_question.ts";

/** Prints them until the count is reached or the signal aborts. */
export async function relayEvents(invocation: Invocation): Promise<number> {
  const { options, output, signal, io } = invocation;
  const kinds = options.list("kind").map(kindOf);
  const most = options.integer("count", { min: 1, max: 1_000_000_000 }) ?? Infinity;
  const recentS = options.integer("recent", { min: 0, max: 2_592_000 })!;
  const config = await configOf(invocation);
  const { relayUrl: url } = config.profile;
  await noteNetwork(output, config);
  const sinceS = Math.floor(io.clock() / 1_000) - recentS;
  let [shown, dropped] = [0, 0];
  if (output.mode === "csv") {
    await output.bytes(new TextEncoder().encode(csvLine(["at", ...COLUMNS])));
  }
  try {
    for await (const told of toldBy({ url, kinds, sinceS }, signal)) {
      if ("failed" in told) {
        throw new CommandError("unreachable", `${url}: ${told.failed}`, "run 'crosstown doctor'");
      }
      if ("dropped" in told) dropped++;
      else {
        await print(invocation, url, told.event);
        if (++shown >= most) break;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (dropped > 0) await output.warn(`${dropped} documents were no valid events`);
  return 0;
}

const COLUMNS = ["event_id", "kind", "pubkey", "created_at", "bytes", "encoding"] as const;

async function print(
  { output, io }: Invocation,
  relay_url: string,
  { created_at_s, ...event }: ShownEvent,
): Promise<void> {
  const at = new Date(io.clock()).toISOString();
  const created_at = timeOf(created_at_s);
  const row = { at, relay_url, ...event, created_at };
  if (output.mode === "json") return await output.documentLine("relay-event", row);
  if (output.mode === "csv") {
    const cells = [at, ...COLUMNS.map((name) => row[name])];
    return await output.bytes(new TextEncoder().encode(csvLine(cells)));
  }
  const about = event.events.length === 0 ? "" : `  about ${event.events[0].slice(0, 12)}...`;
  await output.line(
    `${at}  ${String(event.kind).padEnd(5)}  ${event.event_id.slice(0, 12)}...  by ${
      event.pubkey.slice(0, 12)
    }...  ${event.bytes} bytes ${event.encoding}${about}`,
  );
}

/** A date has a last second; an event may claim a later one. */
function timeOf(atS: number): string | null {
  return atS > 8.64e12 ? null : new Date(atS * 1_000).toISOString();
}

function kindOf(text: string): number {
  const kind = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (kind <= 65_535) return kind;
  throw new UsageError(
    `--kind takes a kind from 0 to 65535 (got ${text.slice(0, 40)})`,
    "e.g. --kind 5600",
  );
}

async function* toldBy(request: EventsRequest, signal: AbortSignal): AsyncGenerator<Told> {
  signal.throwIfAborted();
  const worker = new Worker(new URL("./relay_events_worker.ts", import.meta.url), {
    type: "module",
    name: "relay-events",
    deno: { permissions: { net: [hostOfUrl(request.url)] } },
  });
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  const abort = () => gone.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  worker.onerror = (event) => {
    event.preventDefault();
    gone.reject(new CommandError("unreachable", event.message, "run 'crosstown doctor'"));
  };
  try {
    for (let message: EventsRequest | "next" = request;; message = "next") {
      const next = new Promise<Told>((resolve) => worker.onmessage = ({ data }) => resolve(data));
      worker.postMessage(message);
      yield await Promise.race([next, gone.promise]);
    }
  } finally {
    signal.removeEventListener("abort", abort);
    worker.terminate();
  }
}
