/**
 * `crosstown web`: follows the home once for all browsers, and draws a screen for each.
 *
 * @module
 */
import { untilAborted } from "../../base/until_aborted.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { tokenOf } from "../../shell/http_token.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { readStore, refuseMissingHome, storeIsThere } from "../../shell/home/read_store.ts";
import { otherBuildAt } from "../../shell/home/same_build.ts";
import { dashboardWorkers } from "../dashboard/dashboard_workers.ts";
import { followHome, helpersOf } from "../dashboard/home_follow.ts";
import { firstModel } from "../dashboard/model.ts";
import { daemonAsker } from "../dashboard/read_home.ts";
import { WebScreens } from "./web_screens.ts";
import { serveWeb } from "./web_server.ts";

const TICK_MS = 1_000;

/** Serves the page until the command is interrupted. */
export async function web(invocation: Invocation): Promise<number> {
  const { io, options, output } = invocation;
  const port = options.integer("port", { min: 0, max: 65_535 })!;
  const config = await configOf(invocation);
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
  const token = await tokenOf(options.text("tokenFile"));
  const { profile, mayor } = config;
  await using store = await readStore(config);
  await using workers = dashboardWorkers(config);
  const ended = new AbortController();
  const signal = AbortSignal.any([invocation.signal, ended.signal]);
  try {
    const helpers = helpersOf(invocation, config, store, workers);
    const screens = new WebScreens(
      firstModel({
        network: profile.name,
        testnet: profile.testnet,
        asset: profile.asset,
        mayor,
        topUp: null,
        holds: false,
        columns: 80,
        rows: 24,
        nowMs: io.clock(),
      }),
      helpers,
    );
    await using server = serveWeb(port, token, screens);
    await noteNetwork(output, config);
    await output.document(
      "web",
      { url: server.url },
      () => `Dashboard at ${server.url}\nWhoever knows this address can look. Ctrl-C ends it.`,
    );
    using daemon = daemonAsker(config.paths.controlSocket);
    const tick = async () => {
      screens.send({ is: "daemon", daemon: await daemon.ask() });
      screens.send({ is: "tick", nowMs: io.clock() });
    };
    const failed = (error: unknown) => ended.abort(error);
    const timer = setInterval(() => void tick().catch(failed), TICK_MS);
    try {
      await tick();
      await Promise.race([
        followHome(helpers, (message) => screens.send(message), signal),
        untilAborted(signal),
      ]);
    } finally {
      clearInterval(timer);
    }
    if (ended.signal.aborted) throw ended.signal.reason;
    return 0;
  } finally {
    ended.abort();
  }
}
