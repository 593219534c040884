/**
 * The links of one generation as a unit sees them: streams, whether the neighbour is in another worker, behind a port, or in the
 * same one, where the two are piped without packing anything.
 *
 * @module
 */
import type { Batch } from "../stages/stage.ts";
import { linkReadable, linkWritable } from "./link.ts";
import { gather, spread } from "./pool_links.ts";
import type { ToWorker } from "./worker_messages.ts";

/** The links of one generation. */
export interface Attachment {
  /** Rises by one each time. */
  readonly generation: number;
  /** What the producers before it give; a source's never gives anything. */
  readonly input: ReadableStream<Batch>;
  /** What the consumers after it take; a sink's is never written to. */
  readonly output: WritableStream<Batch>;
  /** Between source and sink; null at others. */
  readonly ack: MessagePort | null;
  /** Its ports, closed when the generation is over. */
  readonly ports: readonly MessagePort[];
}

/** Gives the pipe of that name: the same to the two neighbours that ask for it. */
type LocalPipes = (name: string) => TransformStream<Batch, Batch>;

/** The pipes inside one worker. Held: those that one of the two has asked for; and one batch in each. */
export function localPipes(): LocalPipes {
  const asked = new Map<string, TransformStream<Batch, Batch>>();
  return (name) => {
    const made = asked.get(name);
    if (made !== undefined) {
      asked.delete(name);
      return made;
    }
    const fresh = new TransformStream<Batch, Batch>();
    asked.set(name, fresh);
    return fresh;
  };
}

/** Makes the streams of an `attach`. */
export function attachmentOf(
  message: Extract<ToWorker, { type: "attach" }>,
  pipe: LocalPipes,
): Attachment {
  const { generation, joinedIn, joinedOut, ack } = message;
  const named = (name: string) => pipe(`${generation} ${name}`);
  return {
    generation,
    input: joinedIn === null
      ? gather(message.in.map((port) => linkReadable(port)))
      : named(joinedIn).readable,
    output: joinedOut === null ? spread(message.out.map(linkWritable)) : named(joinedOut).writable,
    ack,
    ports: [...message.in, ...message.out, ...(ack === null ? [] : [ack])],
  };
}

/** Closes the ports of a generation that is over. */
export function detach(attachment: Attachment | null): void {
  for (const port of attachment?.ports ?? []) port.close();
}
