/**
 * `crosstown channel watch`: runs the channel watch in the foreground, unless another process of the home already watches, and prints each
 * change.
 *
 * @module
 */
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { channelRow, channelsText } from "./channel_print.ts";
import { opening } from "./channel_run.ts";
import { withChannelManager } from "./channel_home.ts";
import type { Invocation } from "../../shell/command.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { jsonText } from "../../shell/output.ts";

const LOOK_MS = 2_000;

/** Watches channels until the command is stopped. */
export async function channelWatch(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation;
  const config = await configOf(invocation);
  const { profile } = config;
  await noteNetwork(output, config);
  await withChannelManager(invocation, config, async (home) => {
    const watching = home.watchChannels();
    watching.catch(() => undefined);
    let before = "";
    while (!signal.aborted) {
      const views = await home.channel({ op: "list" });
      const rows = views.map((view) => channelRow(view, profile));
      const now = jsonText(rows);
      if (now !== before) {
        before = now;
        if (output.mode === "json") await output.documentLine("channel-list", { channels: rows });
        else {await output.document("channel-list", {}, () =>
            channelsText(views, profile, { ...opening(config), width: output.width }), rows);}
      }
      await Promise.race([
        new Promise((resolve) => setTimeout(resolve, LOOK_MS)),
        new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true })
        ),
        watching.then(() => new Promise(() => {})),
      ]);
    }
  });
  return 0;
}
