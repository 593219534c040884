/** Test transform: passes everything, but for documents that make it fail in the ways that workers fail. */
import { type Batch, defineStage, refuse } from "../../../stages/stage.ts";
import type { Journal } from "./journal.ts";

export type Trouble =
  | "throw"
  | "uncaught"
  | "unhandled"
  | "hang"
  | "wait"
  | "close"
  | "exit"
  | "refuse"
  | "empty"
  | "bad_item"
  | "babble"
  | "rested"
  | "start";

export interface TroubledOptions {
  /** Document number → the fault. */
  readonly at?: Readonly<Record<number, Trouble>>;
  /** How often it happens, counted in the journal; by default always. */
  readonly times?: number;
}

declare const self: { close(): void; postMessage(message: unknown): void };

export const definition = defineStage<TroubledOptions, { journal: Journal }>({
  name: "troubled",
  role: "transform",
  services: ["journal"],
  permissions: () => ({}),
  create({ at = {}, times = Infinity } = {}, { journal }) {
    if (at[-1] === "start") {
      throw Object.assign(new Error("cannot start"), { name: "StartError", code: "no_start" });
    }
    return new TransformStream<Batch, Batch>({
      async transform(batch, controller) {
        const out = [];
        for (const item of batch) {
          const trouble = at[Number(new TextDecoder().decode(item.bytes))];
          if (trouble === "refuse") {
            out.push(refuse(item, "troubled", "asked", "asked to refuse"));
            continue;
          }
          if (
            trouble !== undefined && await journal.visit(`${trouble}-${item.known.number}`) < times
          ) {
            await make(trouble);
            if (trouble === "empty") controller.enqueue([]);
            if (trouble === "bad_item") {
              out.push({ ...item, known: { "Not A Key": 1 } });
              continue;
            }
          }
          out.push(item);
        }
        controller.enqueue(out);
      },
    });
  },
});

function make(trouble: Trouble): Promise<void> | void {
  switch (trouble) {
    case "throw":
      throw new Error("troubled");
    case "uncaught":
      setTimeout(() => {
        throw new Error("uncaught trouble");
      });
      return new Promise(() => {});
    case "unhandled":
      Promise.reject(new Error("unhandled trouble"));
      return new Promise(() => {});
    case "hang":
      for (;;);
    case "wait":
      // Hangs without a processor: a hung worker stays until its process ends.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      break;
    case "close":
      self.close();
      return new Promise(() => {});
    case "exit":
      Deno.exit(0);
      break;
    case "rested":
      // As if the supervisor had asked each of its units, in any generation.
      for (let serial = 0; serial < 12; serial++) {
        for (let generation = 0; generation < 9; generation++) {
          for (const unit of ["0-told", "1-troubled", "2-effects"]) {
            self.postMessage({
              ...{ type: "rested", unit: `rests/${unit}#${serial}`, rests: true },
              ...{ generation, counters: {} },
            });
          }
        }
      }
      return;
    case "babble":
      self.postMessage({ type: "nonsense" });
      return new Promise(() => {});
  }
}
