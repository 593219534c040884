/**
 * A sink in its worker. The stage's stream lives as long as the worker, because effects are in progress in it. Items that are sent again
 * after a neighbour was replaced are recognised by their sequence numbers.
 *
 * Held: what the stage has in hand (limited by the source), and one batch for each link.
 *
 * @module
 */
import type { Settlement, Settlements } from "../stages/stage.ts";
import { type AckWriter, ackWriter } from "./ack.ts";
import { type Attachment, detach } from "./attachment.ts";
import { LinkError } from "./link.ts";
import { SinkLedger } from "./sink_ledger.ts";
import type { Unit, UnitParts } from "./unit.ts";

/** A sink that got an item or new links within this time does not rest: there may be something under way to the source, or from it. */
const QUIET_MS = 1000;

/** Hosts a sink. */
export async function sinkUnit(parts: UnitParts): Promise<Unit> {
  const { definition, reports, observation } = parts;
  const ledger = new SinkLedger();
  const over = new AbortController();
  let attachment: Attachment | null = null;
  let ack: AckWriter | null = null;
  let closing = false;
  let busyAtMs = -Infinity;

  const settle = (settled: readonly Settlement[]) => {
    const fresh = ledger.settle(settled);
    busyAtMs = performance.now();
    if (fresh.length < settled.length) observation.count("settled_twice");
    for (const { outcome } of fresh) observation.count(`settled_${outcome}`);
    ack?.settle(fresh);
  };
  const settlements: Settlements = {
    settle,
    onSettled() {
      throw new TypeError("Cannot listen: only a source hears what was settled");
    },
  };
  const context = { ...parts.context, signal: over.signal, settlements };
  const stream = await definition.create(parts.options, parts.services, context);
  if ("readable" in stream || !("getWriter" in stream)) {
    throw new TypeError(`Cannot host ${definition.name}: create() gave no sink`);
  }
  const writer = stream.getWriter();
  writer.closed.catch((error) => over.signal.aborted || reports.failed(error));

  const close = async () => {
    if (closing) return;
    closing = true;
    await writer.close();
    const left = [...ledger.inHand].map((seq): Settlement => ({
      seq,
      outcome: "dropped",
      detail: "sink_closed",
    }));
    settle(left);
    reports.done();
  };

  const run = async (links: Attachment) => {
    const reader = links.input.getReader();
    const current = () => attachment === links;
    for (;;) {
      const { done, value } = await reader.read();
      if (!current()) return;
      if (done) return await close();
      observation.passed("in", value);
      busyAtMs = performance.now();
      const { fresh, again } = ledger.take(value);
      ack?.settle(again);
      if (fresh.length === 0) continue;
      if (fresh.length < value.length) observation.count("sent_again", value.length - fresh.length);
      // Not awaited: if the generation ends while the sink is busy, items in hand must not be lost.
      writer.write(fresh).catch(() => {});
      await writer.ready;
    }
  };

  return {
    attach(next) {
      detach(attachment);
      attachment = next;
      busyAtMs = performance.now();
      ack = ackWriter(next.ack!, ledger.inHand);
      run(next).catch((error) => {
        if (attachment !== next || over.signal.aborted) return;
        if (!(error instanceof LinkError)) reports.failed(error);
        else if (error.code === "protocol") reports.breach("in", error);
      });
    },
    drain() {},
    stop() {
      over.abort();
      detach(attachment);
      attachment = null;
    },
    rest(generation) {
      const quiet = performance.now() - busyAtMs >= QUIET_MS && ledger.inHand.size === 0;
      if (attachment?.generation !== generation || closing || !quiet) return false;
      detach(attachment);
      attachment = null;
      return true;
    },
  };
}
