/**
 * The channels with a connector that is to be removed from a home, or whose settlement address is to be replaced.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { CommandError } from "../errors.ts";

/** Throws CommandError `channel_open` if this home has a channel with the address that is not closed. */
export async function refuseOpenChannels(
  config: Config,
  connector: string,
  peerAddress: string,
): Promise<void> {
  const [{ hasStore, readStore }, { isUsable }, { nameOf }] = await Promise.all([
    import("./read_store.ts"),
    import("../../store/channel_status.ts"),
    import("../../money/channels/views.ts"),
  ]);
  if (!await hasStore(config)) return;
  await using store = await readStore(config);
  const open = (await store.listChainChannels()).filter((row) =>
    row.peerAddress === peerAddress && row.chainId === config.profile.chain.chainId &&
    isUsable(row.status)
  );
  if (open.length === 0) return;
  const names = open.map(nameOf).join(", ");
  throw new CommandError(
    "channel_open",
    `${connector} still has a channel that may hold money: ${names}`,
    "close it first with 'crosstown channel close'; --force removes the connector, and its channel can be closed later",
  );
}
