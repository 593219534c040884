/**
 * `crosstown doctor --packet`: pays for one small event at the relay.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { describeFailure } from "../../shell/errors.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { type Check, fail, good, peerSuggestion, warn } from "./check.ts";

/** The size of the event that is paid for, about. */
const EVENT_BYTES = 400n;

/** Opens the wallet and pays. Opens no channel. A dry run says the price. */
export async function packetCheck(
  invocation: Invocation,
  config: Config,
  timeoutMs: number,
): Promise<Check> {
  const { profile } = config;
  const { relay } = profile;
  if (profile.write !== "ilp" || relay === null || profile.connectorBtp === null) {
    return good("packet", "nothing is paid for writes on this network");
  }
  if (invocation.globals.dryRun) {
    const price = formatUnits(relay.priceUnitsPerByte * EVENT_BYTES, profile.asset);
    return good("packet", `would pay about ${price} for an event of ${EVENT_BYTES} bytes`);
  }
  try {
    await using home = await openHomeClient(invocation, config, {
      sends: true,
      sameNetwork: true,
      sameRelay: true,
    });
    const channels = await home.read((store) => store.listChainChannels());
    if (!channels.some(({ status }) => status === "open")) {
      return warn(
        "packet",
        "no channel is open, so nothing was paid",
        "the first payment opens one",
      );
    }
    const { pubkey } = home.about;
    const startedMs = performance.now();
    const { state, detail } = await home.probe({
      pubkey,
      destination: relay.ilpAddress,
      terminalPubkey: relay.pubkey,
      waitMs: timeoutMs,
    });
    const tookMs = Math.round(performance.now() - startedMs);
    if (state === "done") {
      return good("packet", `a small event was paid and is at the relay, ${tookMs} ms`);
    }
    return fail(
      "packet",
      state === "late"
        ? `no answer to a paid packet within ${timeoutMs / 1_000} s; it is not sent again`
        : `a paid packet was refused: ${detail ?? "no reason"}`,
      state === "late"
        ? peerSuggestion(config)
        : "see 'crosstown channel list' and 'crosstown relay status'",
    );
  } catch (error) {
    const { message, suggestion } = describeFailure(error);
    return fail("packet", message, suggestion);
  }
}
