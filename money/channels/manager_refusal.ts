/**
 * Turns errors of lower parts into ChannelErrors.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { aboveCeilingText } from "../signer/above_ceiling.ts";
import { SignerError } from "../signer/signer_error.ts";
import { AddressError, asAddress } from "../../protocols/evm/address.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import { ChannelError, type PinnedPeer } from "../claims/channel_manager.ts";
import { AttemptFailure } from "./transaction_attempt.ts";

/** Throws the error as a ChannelError. Amounts are shown in the asset. */
export function refusal(error: unknown, asset?: Asset): never {
  if (error instanceof ChannelError) throw error;
  const message = error instanceof SignerError && error.above !== null
    ? aboveCeilingText(error.above, asset)
    : messageOf(error);
  const code = codeOf(error);
  if (code === "ceiling") throw new ChannelError("ceiling", message, { cause: error });
  if (error instanceof AttemptFailure || error instanceof SignerError || code === "reverted") {
    throw new ChannelError("failed", message, { cause: error });
  }
  if (code === "funds") throw new ChannelError("funds", message, { cause: error });
  throw new ChannelError("chain", message, { cause: error });
}

/** A peer with its address in lower case. Throws ChannelError `terms` if it has no address. */
export function pinnedPeer({ name, address }: PinnedPeer): PinnedPeer {
  try {
    return { name: name.slice(0, 200), address: asAddress(address, "peer address") };
  } catch (cause) {
    if (!(cause instanceof AddressError)) throw cause;
    throw new ChannelError("terms", `Cannot open a channel: ${cause.message}`, { cause });
  }
}
