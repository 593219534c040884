/** Runs stages one after another in one thread, as a supervisor does with workers. A stage that fails ends the process. */
import type { Batch, Settlement, StageContext } from "../../stages/stage.ts";
import type { Party } from "./process.ts";

type Transform = TransformStream<Batch, Batch>;

/** The parts of a pipeline; each makes its stream in the same context. */
export interface Row {
  readonly source: (
    context: StageContext,
  ) => Promise<ReadableStream<Batch>> | ReadableStream<Batch>;
  readonly transforms: readonly ((context: StageContext) => Promise<Transform> | Transform)[];
  readonly sink: (context: StageContext) => WritableStream<Batch>;
}

/** Starts it; it runs as long as the process does. */
export async function runStages(party: Pick<Party, "clock" | "log">, row: Row): Promise<void> {
  const listeners: ((settled: readonly Settlement[]) => void)[] = [];
  const context: StageContext = {
    clock: party.clock,
    log: party.log,
    count: () => {},
    signal: new AbortController().signal,
    settlements: {
      settle: (settled) => listeners.forEach((listener) => listener(settled)),
      onSettled: (listener) => void listeners.push(listener),
    },
  };
  let stream = await row.source(context);
  for (const make of row.transforms) stream = stream.pipeThrough(await make(context));
  stream.pipeTo(row.sink(context)).catch((error) => {
    console.error("a stage broke", error);
    Deno.exit(70);
  });
}
