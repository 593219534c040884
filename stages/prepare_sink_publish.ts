/**
 * How prepareSink publishes events that go free over WebSocket. If the relay is away, or says "not now", the event is sent again. That is
 * safe, because a relay knows an event by its id.
 *
 * @module
 */
import { pause } from "../base/pause.ts";
import { codeOf, messageOf } from "../base/thrown.ts";
import type { PrepareSinkServices, SinkOutcome } from "./prepare_sink_services.ts";
import { shortened } from "./prepare_sink_shorter.ts";
import type { Item, StageContext } from "./stage.ts";

/** Codes of a relay that is away; the sink waits for it. */
const AWAY: readonly string[] = ["timeout", "unreachable", "session_closed", "offline"];
/**
 * The relay said `rate-limited` or `error`, or sent a NOTICE that may be about this event: the event is sent this number of times in total.
 */
const MAX_ASKED: Readonly<Record<string, number>> = { not_now: 5, noticed: 2 };
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

/** When to stop trying. */
interface FreeWrite {
  /** How long publishing the document is useful, in milliseconds. */
  readonly waitMs: number;
  /** Called before each attempt; returns an outcome if nothing should be sent any more. */
  readonly over: () => Promise<SinkOutcome | null>;
  /** The first pause, doubled each time; default 500 ms. */
  readonly firstPauseMs?: number;
}

/**
 * Publishes one document. Rejects only if `over` throws. If it is aborted, the outcome is `unknown`, because the event may have been
 * published.
 */
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
    // A notice may be about the request that a result repeats; then the result is tried without it, as another event.
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
