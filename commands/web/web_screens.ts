/**
 * The screens of browsers. Each has its own model with its own size and selection. All get the same messages. They run only actions that
 * read.
 *
 * Held: at most 8 browsers, each with one model and its last frame. A browser that does not read gets no frames until it reads again, and
 * then the newest.
 *
 * @module
 */
import { type Helpers, openedJob } from "../dashboard/effects.ts";
import type { JobChoice, Model } from "../dashboard/model.ts";
import { type Message, update } from "../dashboard/update.ts";
import type { Line } from "../dashboard/painting.ts";
import { screenOf } from "../dashboard/view.ts";
import { printable } from "../../shell/output.ts";

/** The view that a browser requests. */
export interface WebView {
  readonly columns: number;
  readonly rows: number;
  readonly choice: JobChoice;
  /** The job whose details are shown; null for the list. */
  readonly jobId: string | null;
}

const MAX_BROWSERS = 8;
/** The shortest time between two frames, in milliseconds. */
const FRAME_MS = 50;
const ABILITIES = { colour: false, unicode: true, folds: true };

/** All browsers' screens. See the module. */
export class WebScreens {
  #base: Model;
  readonly #helpers: Helpers;
  readonly #browsers = new Set<(message: Message) => void>();

  /** Starts with a model without events. */
  constructor(base: Model, helpers: Helpers) {
    this.#base = base;
    this.#helpers = helpers;
  }

  /** Sends a message to every screen. */
  send(message: Message): void {
    this.#base = update(this.#base, message).model;
    for (const browser of this.#browsers) browser(message);
  }

  /** Opens the frames of one browser, each a JSON array of lines of [text, tone]; null if there are enough browsers. */
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
          const frame = JSON.stringify(screenOf(model, ABILITIES).map(escaped));
          if (frame === last || (controller.desiredSize ?? 0) <= 0) return;
          last = frame;
          controller.enqueue(frame);
        };
        const draw = () => {
          timer ??= setTimeout(show, FRAME_MS);
        };
        const read = async (id: string) => {
          // Only one read at a time. Changes during a read are read at the next tick.
          if (reading) return;
          reading = true;
          try {
            const job = await openedJob(id, this.#helpers);
            model = update(model, { is: "opened", job }).model;
            draw();
          } catch {
            // A job that was removed is shown as such.
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

/** Control characters and changes of direction as escapes, as on a terminal: a text of others stays in its line, in its order. */
function escaped(line: Line): Line {
  return line.map(([text, tone]) => [printable(text).replaceAll("\n", " "), tone]);
}
