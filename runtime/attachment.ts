/**
 * The links of one generation as a unit uses them: streams. A neighbour in another worker is behind a port; a neighbour in the same worker
 * is piped directly, without packing.
 *
 * @module
 */
import type { Batch } from "../stages/stage.ts";
import { linkReadable, linkWritable } from "./link.ts";
import { gather, spread } from "./pool_links.ts";
import type { ToWorker } from "./worker_messages.ts";

/** The links of one generation. */
export interface Attachment {
  /** Rises by one with each new set of links. */
  readonly generation: number;
  /** Batches from the producers before it; a source's input never has any. */
  readonly input: ReadableStream<Batch>;
  /** Takes batches for the consumers after it; a sink never writes to it. */
  readonly output: WritableStream<Batch>;
  /** The acknowledgement port of a source or sink; null for transforms. */
  readonly ack: MessagePort | null;
  /** Whether the sink has no worker; see `attach`. */
  readonly sinkRests: boolean;
  /** Whether no worker has died since the links before. */
  readonly calm: boolean;
  /** Its ports, which are closed at the end of the generation. */
  readonly ports: readonly MessagePort[];
}

/** Returns the pipe of this name. The two neighbours that ask for it get the same pipe. */
type LocalPipes = (name: string) => TransformStream<Batch, Batch>;

/** Makes the pipes inside one worker. Held: pipes for which only one of the two neighbours has asked, and one batch in each. */
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
  const { generation, joinedIn, joinedOut, ack, sinkRests, calm } = message;
  const named = (name: string) => pipe(`${generation} ${name}`);
  return {
    generation,
    input: joinedIn === null
      ? gather(message.in.map((port) => linkReadable(port)))
      : named(joinedIn).readable,
    output: joinedOut === null ? spread(message.out.map(linkWritable)) : named(joinedOut).writable,
    ack,
    sinkRests,
    calm,
    ports: [...message.in, ...message.out, ...(ack === null ? [] : [ack])],
  };
}

/** Closes the ports of a generation that has ended. */
export function detach(attachment: Attachment | null): void {
  for (const port of attachment?.ports ?? []) port.close();
}
