/**
 * The acknowledgement port, from the sink's worker straight to the source's. First message `{ held }`: what a living sink has
 * in hand; then `{ settled }`. Settlements are gathered for one microtask, so that a batch is one message.
 *
 * @module
 */
import type { Settlement } from "../stages/stage.ts";
import { LinkError } from "./link.ts";

const OUTCOMES = new Set(["done", "refused", "failed", "poison", "dropped"]);
const MAX_LIST = 1_000_000;
const MAX_DETAIL = 1024;

/** The sink's end. */
export interface AckWriter {
  /** Tells settlements; they leave in order. */
  settle(settled: readonly Settlement[]): void;
}

/** Opens the sink's end: says at once what the sink has in hand. */
export function ackWriter(port: MessagePort, inHand: Iterable<number>): AckWriter {
  let waiting: Settlement[] = [];
  port.postMessage({ held: [...inHand] });
  const flush = () => {
    port.postMessage({ settled: waiting });
    waiting = [];
  };
  return {
    settle(settled) {
      if (settled.length === 0) return;
      if (waiting.length === 0) queueMicrotask(flush);
      for (const { seq, outcome, detail } of settled) {
        waiting.push(
          detail === undefined
            ? { seq, outcome }
            : { seq, outcome, detail: detail.slice(0, MAX_DETAIL) },
        );
      }
    },
  };
}

/** Listens at the source's end. Anything that no sink says goes to `breach`. */
export function readAcks(port: MessagePort, listener: {
  readonly held: (seqs: ReadonlySet<number>) => void;
  readonly settled: (settled: readonly Settlement[]) => void;
  readonly breach: (error: LinkError) => void;
}): void {
  let first = true;
  port.onmessage = ({ data }) => {
    const list: unknown = first ? data?.held : data?.settled;
    const valid = Array.isArray(list) && list.length <= MAX_LIST &&
      list.every(first ? Number.isSafeInteger : isSettlement);
    if (!valid) {
      port.onmessage = null;
      const error = new LinkError("protocol", "Cannot use an acknowledgement: malformed");
      return listener.breach(error);
    }
    if (first) listener.held(new Set(list as number[]));
    else listener.settled(list as Settlement[]);
    first = false;
  };
}

function isSettlement(value: unknown): value is Settlement {
  if (typeof value !== "object" || value === null) return false;
  const { seq, outcome, detail } = value as Record<string, unknown>;
  return Number.isSafeInteger(seq) && OUTCOMES.has(outcome as string) &&
    (detail === undefined || typeof detail === "string" && detail.length <= MAX_DETAIL);
}
