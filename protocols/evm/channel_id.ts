/**
 * Channel ids of a TokenNetwork: keccak256(abi.encodePacked(lower address, higher address, counter)).
 *
 * @module
 */
import { asAddress } from "./address.ts";
import { fromHex, keccak256, toHex, uint256 } from "./keccak.ts";

/** `0x` and 64 lowercase hex digits; made only by a function that checked or computed it. */
export type ChannelId = string & { readonly __channelId: unique symbol };

/** The channel id in lower case; throws HexError when it is none. */
export function asChannelId(text: string, field = "channelId"): ChannelId {
  fromHex(text, 32, field);
  return text.toLowerCase() as ChannelId;
}

/**
 * The id of the channel between `a` and `b`, in either order, that was opened when the contract's counter stood at `counter`.
 * Throws AddressError or HexError on what is no address or no counter.
 */
export function channelIdOf(a: string, b: string, counter: number | bigint): ChannelId {
  const [low, high] = [asAddress(a, "a"), asAddress(b, "b")].sort();
  return toHex(
    keccak256(fromHex(low, 20, "a"), fromHex(high, 20, "b"), uint256(counter)),
  ) as ChannelId;
}
