/**
 * A transform in its worker. Each generation gets a new stream of the stage, so that nothing of an old generation appears in a new one. The
 * source sends again what was in the old one.
 *
 * @module
 */
import type { Batch, Settlements, StageStream } from "../stages/stage.ts";
import { type Attachment, detach } from "./attachment.ts";
import { LinkError } from "./link.ts";
import { PackError } from "./pack.ts";
import type { Unit, UnitParts } from "./unit.ts";

const NO_SETTLEMENTS: Settlements = {
  settle() {
    throw new TypeError("Cannot settle: only a sink settles");
  },
  onSettled() {},
};

/** Hosts a transform. It makes the first stream before the unit, so that a bad option is reported at once. */
export async function transformUnit(parts: UnitParts): Promise<Unit> {
  const { reports, observation } = parts;
  let attachment: Attachment | null = null;
  let over = new AbortController();
  let spare: { stream: TransformStream<Batch, Batch>; over: AbortController } | null = {
    stream: await make(parts, over.signal),
    over,
  };

  const run = async (links: Attachment) => {
    const life = spare ?? await (async () => {
      const over = new AbortController();
      return { stream: await make(parts, over.signal), over };
    })();
    spare = null;
    if (attachment !== links) return life.over.abort();
    over = life.over;
    const { signal } = over;
    const { input, output } = links;

    /** Reports an error, unless the generation has ended or the neighbour failed; then the supervisor learns of it elsewhere. */
    const fault = (side: "in" | "out") => (error: unknown) => {
      if (signal.aborted) return;
      if (!(error instanceof LinkError)) return reports.failed(error);
      if (error.cause instanceof PackError && side === "out") return reports.failed(error.cause);
      if (error.code === "protocol") reports.breach(side, error);
    };
    const took = (batch: Batch) => observation.passed("in", batch);
    const gave = (batch: Batch) => observation.passed("out", batch);
    feed(input, life.stream.writable, took, fault("in")).catch(fault("in"));
    feed(life.stream.readable, output, gave, fault("out"))
      .then(() => signal.aborted || reports.done(), fault("out"));
  };

  return {
    attach(next) {
      if (attachment !== null) over.abort();
      detach(attachment);
      attachment = next;
      run(next).catch((error) => attachment === next && reports.failed(error));
    },
    drain() {},
    stop() {
      over.abort();
      detach(attachment);
      attachment = null;
    },
  };
}

async function make(parts: UnitParts, signal: AbortSignal): Promise<TransformStream<Batch, Batch>> {
  const context = { ...parts.context, signal, settlements: NO_SETTLEMENTS };
  const stream: StageStream = await parts.definition.create(parts.options, parts.services, context);
  if (!("readable" in stream && "writable" in stream)) {
    throw new TypeError(`Cannot host ${parts.definition.name}: create() gave no transform`);
  }
  return stream;
}

/**
 * Pipes without aborting either end, because an old generation is dropped without waiting. If the writer breaks, `broken` is called at
 * once, because there may be no further read.
 */
async function feed(
  from: ReadableStream<Batch>,
  to: WritableStream<Batch>,
  passed: (batch: Batch) => void,
  broken: (error: unknown) => void,
): Promise<void> {
  const reader = from.getReader();
  const writer = to.getWriter();
  writer.closed.catch(broken);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return await writer.close();
    if (value.length === 0) throw new TypeError("Cannot pass a batch on: it is empty");
    passed(value);
    await writer.ready;
    writer.write(value).catch(() => {});
  }
}
