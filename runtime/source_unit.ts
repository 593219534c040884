/**
 * A source in its worker. It keeps every item until the item is settled, and sends it again when the links were made anew. So a pipeline
 * survives the death of its other workers.
 *
 * After a death, unsettled items go one at a time: each waits until the one before is settled, or for `carefulMs`, because a job may take
 * long, and an item that did not kill a worker in this time is not the cause. An item that was in flight at two deaths is poison: it is put
 * into quarantine, counted, and settled. New items follow after the old ones.
 *
 * @module
 */
import type { Batch, Item, Settlement, Settlements } from "../stages/stage.ts";
import type { Store } from "../store/store.ts";
import { readAcks } from "./ack.ts";
import { type Attachment, detach } from "./attachment.ts";
import { LinkError } from "./link.ts";
import { PackError } from "./pack.ts";
import { Signal } from "../base/signal.ts";
import type { Unit, UnitParts } from "./unit.ts";
import { Unsettled } from "./unsettled.ts";

const DEFAULT_CAREFUL_MS = 10_000;

/** The error that a piped next stage gets when a generation ends. */
const dropped = () => new LinkError("aborted", "Cannot go on: the links are made anew");

/** Hosts a source. */
export async function sourceUnit(parts: UnitParts): Promise<Unit> {
  const { definition, reports, observation, hosting, context } = parts;
  const { seqBase = 0, carefulMs = DEFAULT_CAREFUL_MS } = hosting;
  const quarantine = hosting.quarantine === undefined
    ? null
    : parts.services[hosting.quarantine] as Pick<Store, "commit">;
  const unsettled = new Unsettled(hosting.unsettled);
  const listeners: Parameters<Settlements["onSettled"]>[0][] = [];
  const over = new AbortController();
  /** Woken when an item was settled, the source returned a batch, or the generation changed. */
  const changed = new Signal();
  let attachment: Attachment | null = null;
  let drop = () => {};
  let settledCount = 0;
  /** Whether no worker has died since items were sent. */
  let calm = true;
  let finished = false;

  const settle = (settled: readonly Settlement[]) => {
    const own = settled.map((settlement) => ({ ...settlement, seq: settlement.seq - seqBase }));
    const fresh = unsettled.settle(own);
    settledCount += fresh.length;
    for (const { outcome } of fresh) observation.count(`settled_${outcome}`);
    if (fresh.length > 0) { for (const listener of listeners) listener(fresh, unsettled.cursor); }
    changed.wake();
  };
  const stream = await definition.create(parts.options, parts.services, {
    ...context,
    signal: over.signal,
    settlements: {
      settle() {
        throw new TypeError("Cannot settle: only a sink settles");
      },
      onSettled: (listener) => void listeners.push(listener),
    },
  });
  if (!("getReader" in stream)) {
    throw new TypeError(`Cannot host ${definition.name}: create() gave no source`);
  }
  const reader = stream.getReader();
  let reading: Promise<void> | null = null;
  let given: Batch | null = null;
  let ended = false;

  /** At most one read is in progress, also across generations. */
  const read = () => {
    reading ??= reader.read().then(({ done, value }) => {
      if (done) ended = true;
      else if (value.length === 0) throw new TypeError("Cannot take a batch: it is empty");
      else given = value;
    }).catch((error) => over.signal.aborted || reports.failed(error)).then(() => {
      reading = null;
      changed.wake();
    });
  };

  const poison = async (item: Item) => {
    context.log("error", "document quarantined", { code: "poison", seq: item.seq });
    await quarantine?.commit([
      {
        op: "quarantine",
        bytes: item.bytes,
        reason: "poison",
        atMs: context.clock(),
        source: definition.name,
        known: item.known,
      },
    ]);
    settle([{ seq: item.seq + seqBase, outcome: "poison" }]);
  };

  const run = async (links: Attachment, again: boolean) => {
    const current = () => attachment === links;
    const inHand = new Set<number>();
    let told = false;
    readAcks(links.ack!, {
      held(seqs) {
        for (const seq of seqs) inHand.add(seq - seqBase);
        told = true;
        changed.wake();
      },
      settled: settle,
      breach: (error) => current() && reports.breach("ack", error),
    });
    const writer = links.output.getWriter();
    // Ends every wait on a link whose other end may be dead.
    drop = () => void writer.abort(dropped()).catch(() => {});
    writer.closed.catch((error) => {
      if (!current()) return;
      if (!(error instanceof LinkError)) reports.failed(error);
      else if (error.cause instanceof PackError) reports.failed(error.cause);
      else if (error.code === "protocol") reports.breach("out", error);
    });
    const send = async (items: Batch) => {
      for (const { seq } of items) unsettled.sent(seq);
      observation.passed("out", items);
      const onWire = seqBase === 0
        ? items
        : items.map((item) => ({ ...item, seq: item.seq + seqBase }));
      writer.write(onWire).catch(() => {});
      await writer.ready;
    };

    if (links.sinkRests) {
      while (current() && given === null && !ended && unsettled.size === 0) {
        read();
        await changed.until(() => given !== null || ended || !current());
      }
      if (!current()) return;
      // The links of the next generation lead to a sink at work. It may have begun to rest when everything was over.
      if (given !== null || unsettled.size > 0) return reports.wanted();
      finished = true;
      return reports.done();
    }
    await changed.until(() => told || !current());
    if (again) {
      const poisoned = calm ? [] : unsettled.died(inHand);
      calm = true;
      for (const item of poisoned) {
        if (!current()) return;
        await poison(item);
      }
      for (const item of unsettled.again(inHand)) {
        if (!current()) return;
        if (!unsettled.has(item.seq)) continue;
        observation.count("sent_again");
        await send([item]);
        await changed.until(() => !unsettled.has(item.seq) || !current(), carefulMs);
      }
    }
    while (current()) {
      if (given !== null) {
        const batch: Batch = given;
        given = null;
        unsettled.add(batch);
        await send(batch);
      } else if (ended) break;
      else {
        if (!unsettled.full) read();
        await changed.until(() =>
          given !== null || ended || !current() || (reading === null && !unsettled.full)
        );
      }
    }
    if (!current()) return;
    writer.close().catch(() => {});
    await changed.until(() => unsettled.size === 0 || !current());
    if (current() && !finished) {
      finished = true;
      reports.done();
    }
  };

  return {
    attach(next) {
      const again = attachment !== null;
      detach(attachment);
      attachment = next;
      calm &&= next.calm;
      drop();
      changed.wake();
      reports.progress(settledCount);
      run(next, again).catch((error) => {
        if (attachment === next && !(error instanceof LinkError)) reports.failed(error);
      });
    },
    drain() {
      reader.cancel("drain").catch((error) => reports.failed(error));
      ended = true;
      changed.wake();
    },
    stop() {
      over.abort();
      detach(attachment);
      attachment = null;
      drop();
      changed.wake();
    },
  };
}
