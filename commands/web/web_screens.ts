/**
 * The screens of browsers: each is the dashboard's model with a size and a choice of its own, fed by the same messages. Only what looks
 * is done for them.
 *
 * Held: at most 8 browsers, each with one model and the last frame that it was sent. A browser that does not read gets no frames until
 * it does, and then the newest.
 *
 * @module
 */
import { type Helpers, openedJob } from "../dashboard/effects.ts";
import type { JobChoice, Model } from "../dashboard/model.ts";
import { type Message, update } from "../dashboard/update.ts";
import { screenOf } from "../dashboard/view.ts";

/** What a browser asks for. */
export interface WebView {
  readonly columns: number;
  readonly rows: number;
  readonly choice: JobChoice;
  /** The job that is looked at closely; null for the list. */
  readonly jobId: string | null;
}

const MAX_BROWSERS = 8;
/** Frames follow each other no faster. */
const FRAME_MS = 50;
const ABILITIES = { colour: false, unicode: true };

/** See the module. */
export class WebScreens {
  #base: Model;
  readonly #helpers: Helpers;
  readonly #browsers = new Set<(message: Message) => void>();

  /** Begins with a model to which nothing has happened. */
  constructor(base: Model, helpers: Helpers) {
    this.#base = base;
    this.#helpers = helpers;
  }

  /** Something happened. */
  send(message: Message): void {
    this.#base = update(this.#base, message).model;
    for (const browser of this.#browsers) browser(message);
  }

  /** Frames for one browser, each a JSON array of lines of [text, tone]; null where there are enough. */
  open({ columns, rows, choice, jobId }: WebView): ReadableStream<string> | null {
    if (this.#browsers.size >= MAX_BROWSERS) return null;
    let model: Model = { ...this.#base, columns, rows, choice };
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = "";
    let reading = false;
    let stop = () => {};
    return new ReadableStream<string>({
      start: (controller) => {
        const show = () => {
          timer = undefined;
          const frame = JSON.stringify(screenOf(model, ABILITIES));
          if (frame === last || (controller.desiredSize ?? 0) <= 0) return;
          last = frame;
          controller.enqueue(frame);
        };
        const draw = () => {
          timer ??= setTimeout(show, FRAME_MS);
        };
        const read = async (id: string) => {
          // One at a time; what changes meanwhile is read with the next tick.
          if (reading) return;
          reading = true;
          try {
            const job = await openedJob(id, this.#helpers);
            model = update(model, { is: "opened", job }).model;
            draw();
          } catch {
            // The job is no longer kept: the screen says so.
          } finally {
            reading = false;
          }
        };
        const take = (message: Message) => {
          const { model: next, effect } = update(model, message);
          model = next;
          if (effect?.do === "open") void read(effect.jobId);
          draw();
        };
        stop = () => {
          clearTimeout(timer);
          this.#browsers.delete(take);
        };
        this.#browsers.add(take);
        if (jobId !== null) {
          model = { ...model, chosen: jobId };
          take({ is: "key", key: "return" });
        }
        draw();
      },
      cancel: () => stop(),
    }, { highWaterMark: 2 });
  }
}
