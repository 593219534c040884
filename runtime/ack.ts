/**
 * The acknowledgement port, which leads directly from the sink's worker to the source's. The first message is `{ held }`: the items that a
 * living sink has in hand. Later messages are `{ done, settled }`: sequence numbers of items that are done without details, which is nearly
 * all, and all other settlements. Settlements are collected for one microtask, so that a batch is one message.
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
  /** Sends settlements in order. */
  settle(settled: readonly Settlement[]): void;
}

/** Opens the sink's end, and reports at once what the sink has in hand. */
export function ackWriter(port: MessagePort, inHand: Iterable<number>): AckWriter {
  let done: number[] = [];
  let settled: Settlement[] = [];
  port.postMessage({ held: [...inHand] });
  const flush = () => {
    port.postMessage({ done: Float64Array.from(done), settled });
    done = [];
    settled = [];
  };
  return {
    settle(list) {
      if (list.length === 0) return;
      if (done.length + settled.length === 0) queueMicrotask(flush);
      for (const { seq, outcome, detail } of list) {
        if (detail !== undefined) {
          settled.push({ seq, outcome, detail: detail.slice(0, MAX_DETAIL) });
        } else if (outcome === "done") done.push(seq);
        else settled.push({ seq, outcome });
      }
    },
  };
}

/** Listens at the source's end. A malformed message goes to `breach`. */
export function readAcks(port: MessagePort, listener: {
  readonly held: (seqs: ReadonlySet<number>) => void;
  readonly settled: (settled: readonly Settlement[]) => void;
  readonly breach: (error: LinkError) => void;
}): void {
  let first = true;
  port.onmessage = ({ data }) => {
    const told = first ? heldOf(data) : settledOf(data);
    if (told === null) {
      port.onmessage = null;
      const error = new LinkError("protocol", "Cannot use an acknowledgement: malformed");
      return listener.breach(error);
    }
    if (first) listener.held(new Set(told as number[]));
    else listener.settled(told as Settlement[]);
    first = false;
  };
}

function heldOf(data: unknown): number[] | null {
  const held = (data as { held?: unknown } | null)?.held;
  return isList(held, Number.isSafeInteger) ? held as number[] : null;
}

function settledOf(data: unknown): Settlement[] | null {
  const { done, settled } = (data ?? {}) as { done?: unknown; settled?: unknown };
  if (!(done instanceof Float64Array) || done.length > MAX_LIST) return null;
  if (!done.every(Number.isSafeInteger) || !isList(settled, isSettlement)) return null;
  return [...Array.from(done, (seq) => ({ seq, outcome: "done" as const })), ...settled];
}

function isList<T>(value: unknown, is: (each: unknown) => each is T): value is T[];
function isList(value: unknown, is: (each: unknown) => boolean): value is unknown[];
function isList(value: unknown, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= MAX_LIST && value.every((each) => is(each));
}

function isSettlement(value: unknown): value is Settlement {
  if (typeof value !== "object" || value === null) return false;
  const { seq, outcome, detail } = value as Record<string, unknown>;
  return Number.isSafeInteger(seq) && OUTCOMES.has(outcome as string) &&
    (detail === undefined || typeof detail === "string" && detail.length <= MAX_DETAIL);
}
