/**
 * How prepareSink publishes where events go free over WebSocket: a relay that is away, or that says "not now", is asked again.
 * That is safe, because a relay knows an event by its id.
 *
 * @module
 */
import { codeOf, messageOf } from "../base/thrown.ts";
import type { PrepareSinkServices, SinkOutcome } from "./prepare_sink_services.ts";
import { shortened } from "./prepare_sink_shorter.ts";
import type { Item, StageContext } from "./stage.ts";

/** The relay is away: it is waited for. */
const AWAY: readonly string[] = ["timeout", "unreachable", "session_closed", "offline"];
/** It said `rate-limited` or `error`, or a NOTICE that may be about this event: so many times it is asked in all. */
const MAX_ASKED: Readonly<Record<string, number>> = { not_now: 5, noticed: 2 };
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

/** When to give up. */
interface FreeWrite {
  /** How long the document is worth publishing. */
  readonly waitMs: number;
  /** Asked before each attempt: an outcome when nothing is to be sent any more. */
  readonly over: () => Promise<SinkOutcome | null>;
  /** The first pause, doubled each time; 500 ms unless told. */
  readonly firstPauseMs?: number;
}

/** Publishes one document. Rejects only with what `over` throws; aborted, it comes back as `unknown` and may be anywhere. */
export async function publishFree(
  item: Item,
  relay: Pick<PrepareSinkServices["relayReader"], "publish">,
  { waitMs, over, firstPauseMs = FIRST_PAUSE_MS }: FreeWrite,
  context: Pick<StageContext, "clock" | "log" | "signal">,
): Promise<SinkOutcome> {
  const untilMs = context.clock() + waitMs;
  let refusals = 0;
  for (let pauseMs = firstPauseMs;; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const ended = await over();
    if (ended !== null) return ended;
    let failure: { readonly code: string; readonly message: string };
    try {
      await relay.publish(item.bytes);
      return { state: "done", units: 0n, detail: "published" };
    } catch (error) {
      failure = { code: codeOf(error) ?? "relay_failed", message: messageOf(error) };
    }
    const { code, message } = failure;
    // A notice may be of the request that a result repeats: without it, it is another event.
    const most = code === "noticed" && shortened(item) !== null ? 1 : MAX_ASKED[code];
    if (most === undefined ? !AWAY.includes(code) : ++refusals >= most) {
      return { state: "refused", code, message };
    }
    if (context.signal.aborted) return { state: "unknown", code, message };
    const leftMs = untilMs - context.clock();
    if (leftMs <= 0) {
      return { state: "refused", code: "expired", message: `it expired unpublished: ${message}` };
    }
    if (pauseMs === firstPauseMs) {
      context.log("warn", "the relay does not take an event now; it is tried again", {
        event_id: String(item.known.id),
        code,
        reason: message,
      });
    }
    await pause(Math.min(pauseMs, leftMs), context.signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
