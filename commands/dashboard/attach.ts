/**
 * `crosstown mayor attach` and `node attach`: shows the home live on a terminal. Without a terminal, prints one line for each event.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { formatUnits, wholeUnits } from "../../protocols/ilp/asset.ts";
import type { Config } from "../../config/config.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import {
  hasStore,
  makeFirstStore,
  readStore,
  refuseMissingHome,
  storeIsThere,
} from "../../shell/home/read_store.ts";
import { otherBuildAt } from "../../shell/home/same_build.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, describeFailure } from "../../shell/errors.ts";
import type { Terminal } from "../../shell/io.ts";
import { printable } from "../../shell/output.ts";
import { showsUnicode } from "../../shell/unicode.ts";
import { change, type Helpers, openedJob, TOP_UP_WHOLE } from "./effects.ts";
import { dashboardWorkers } from "./dashboard_workers.ts";
import { EARLIER, followHome, helpersOf, linesFor } from "./home_follow.ts";
import { heapBound } from "./heap_bound.ts";
import { watchHome } from "./home_watch.ts";
import { type Effect, firstModel, type Model } from "./model.ts";
import type { Abilities } from "./painting.ts";
import { paymentLines } from "./payments_list.ts";
import { askDaemon, daemonAsker } from "./read_home.ts";
import { Screen } from "./screen.ts";
import { shownOf } from "./shown.ts";
import { type Message, update } from "./update.ts";
import { view } from "./view.ts";

const TICK_MS = 1_000;
/** The shortest time between two frames, in milliseconds. */
const FRAME_MS = 16;

/** Failures of a start that leave a home to look at: nothing can be paid before the user decides about the relay's terms. */
const UNDECIDED = ["no_terms", "price_ceiling"];

/**
 * Shows the home until the user quits or the signal aborts. If no daemon is running, a screen starts one with `start`; null starts none.
 * Lines start none: a program reads them, and would leave behind a daemon that nobody asked for. If the relay's terms are not accepted, the
 * screen opens without a daemon and says what to do.
 */
export async function attach(
  invocation: Invocation,
  start: (() => Promise<unknown>) | null,
): Promise<number> {
  const { io, output, options } = invocation;
  const screen = io.screen !== undefined && output.mode === "text" && !options.on("lines");
  const config = await configOf(invocation);
  let unstarted: Model["unstarted"];
  if (screen && start !== null && await askDaemon(config.paths.controlSocket) === null) {
    try {
      await start();
    } catch (error) {
      if (!UNDECIDED.includes(codeOf(error) ?? "")) throw error;
      unstarted = describeFailure(error);
      if (!await hasStore(config)) await makeFirstStore(config);
    }
  }
  await show(invocation, config, screen ? io.screen! : null, { unstarted });
  invocation.signal.throwIfAborted();
  return 0;
}

/**
 * Shows the home of a daemon that this process holds, on its terminal, until the user leaves or the signal aborts. Calls `stop` if the user
 * stops the daemon with Ctrl-C.
 */
export async function attachHeld(invocation: Invocation, stop: () => void): Promise<void> {
  await show(invocation, await configOf(invocation), invocation.io.screen!, { stop });
}

/** What else a screen knows: how to stop the daemon that this process holds, or why no daemon could be started. */
interface Known {
  readonly stop?: () => void;
  readonly unstarted?: Model["unstarted"];
}

/** Shows the home on a screen, or as lines where there is none. */
async function show(
  invocation: Invocation,
  config: Config,
  screen: Terminal | null,
  known: Known = {},
): Promise<void> {
  if (!await storeIsThere(config)) {
    await refuseMissingHome(config);
    throw new CommandError(
      "no_state",
      "there is nothing to show in this home yet",
      "start its daemon with 'crosstown mayor up --detach', or post a job with 'crosstown job submit'",
    );
  }
  const other = await otherBuildAt(config.paths.controlSocket);
  if (other !== null) throw other;
  await using store = await readStore(config);
  await using workers = dashboardWorkers(config);
  const helpers = helpersOf(invocation, config, store, workers);
  if (screen === null) await asLines(helpers);
  else await onScreen(helpers, screen, known);
}

async function asLines(helpers: Helpers): Promise<void> {
  const { invocation: { output, signal }, store, config } = helpers;
  const lines = linesFor(helpers);
  await noteNetwork(output, config);
  await watchHome(store, async (fresh) => {
    for (const entry of fresh) {
      for (const { atMs, text } of await lines.linesOf(entry)) {
        const at = new Date(atMs).toISOString();
        if (output.mode === "json") {
          await output.documentLine("home-line", { at, text, seq: entry.seq });
        } else await output.line(`${at.slice(0, 19)}Z ${printable(text)}`);
      }
    }
  }, { signal, earlier: EARLIER });
}

async function onScreen(
  helpers: Helpers,
  terminal: Terminal,
  { stop, unstarted }: Known,
): Promise<void> {
  const { invocation, config } = helpers;
  const { io, output } = invocation;
  const leaving = new AbortController();
  const signal = AbortSignal.any([invocation.signal, leaving.signal]);
  const { profile, mayor } = config;
  let model = firstModel({
    network: profile.name,
    testnet: profile.testnet,
    asset: profile.asset,
    mayor,
    topUp: formatUnits(TOP_UP_WHOLE * wholeUnits(profile.asset), profile.asset),
    holds: stop !== undefined,
    ...unstarted !== undefined && { unstarted },
    ...terminal.size(),
    nowMs: io.clock(),
  });
  const abilities: Abilities = {
    colour: output.style("bold", "x") !== "x",
    unicode: showsUnicode(io.env),
  };
  await using screen = new Screen(terminal, io);
  let drawing = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown = Promise.resolve();
  let drawnMs = -Infinity;
  const frame = () => {
    shown = shown.then(async () => {
      drawing = false;
      drawnMs = performance.now();
      await screen.show(view(model, abilities));
    });
  };
  const draw = () => {
    if (drawing) return;
    drawing = true;
    const leftMs = drawnMs + FRAME_MS - performance.now();
    // A frame that may be drawn at once needs no timer; what comes in the same turn is in it.
    if (leftMs <= 0) frame();
    else timer = setTimeout(frame, leftMs);
  };
  const run = async (effect: Effect): Promise<void> => {
    if (effect.do === "leave") {
      if (effect.stop) stop?.();
      return leaving.abort();
    }
    if (effect.do === "open") {
      return send({ is: "opened", job: await openedJob(effect.jobId, helpers) });
    }
    if (effect.do === "payments") {
      return send({ is: "payments", lines: await paymentLines(helpers.store, profile.asset) });
    }
    if (effect.do === "price") {
      const { rerunPrice } = await import("./rerun_price.ts");
      const told = await rerunPrice(effect.jobId, helpers);
      return send("asked" in told ? { is: "asks", ...told } : { is: "told", ...told });
    }
    send({ is: "told", note: await change(effect, helpers) });
  };
  const failed = (error: unknown) => {
    if (!signal.aborted) leaving.abort(error);
  };
  const send = (message: Message) => {
    const next = update(model, message);
    model = next.model;
    draw();
    if (next.effect !== null) void run(next.effect).catch(failed);
  };
  await screen.enter((key) => send({ is: "key", key }), () => leaving.abort());
  terminal.onResize(() => {
    screen.forget();
    send({ is: "size", ...terminal.size() });
  }, signal);
  using daemon = daemonAsker(config.paths.controlSocket);
  const boundHeap = heapBound();
  const tick = async () => {
    boundHeap();
    send({ is: "daemon", daemon: await daemon.ask() });
    send({ is: "tick", nowMs: io.clock() });
  };
  const ticks = setInterval(() => void tick().catch(failed), TICK_MS);
  try {
    await tick();
    await followHome(helpers, send, signal, () => shownOf(model));
  } finally {
    clearInterval(ticks);
    clearTimeout(timer);
    await shown;
  }
  if (leaving.signal.reason instanceof Error && leaving.signal.reason.name !== "AbortError") {
    throw leaving.signal.reason;
  }
}
