/**
 * Channel ids of a TokenNetwork: keccak256(abi.encodePacked(lower address, higher address, counter)).
 *
 * @module
 */
import { asAddress } from "./address.ts";
import { fromHex, keccak256, toHex, uint256 } from "./keccak.ts";

/**
 * `0x` and 64 lowercase hex digits. Only a function that checked or computed the id makes this type.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asChannelId, type ChannelId } from "./channel_id.ts";
 *
 * const channelId: ChannelId = asChannelId(`0x${"AB".repeat(32)}`);
 * assert.equal(channelId, `0x${"ab".repeat(32)}`);
 * ```
 */
export type ChannelId = string & { readonly __channelId: unique symbol };

/**
 * The channel id in lower case. Throws HexError if the text is not a channel id.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asChannelId } from "./channel_id.ts";
 *
 * assert.equal(asChannelId(`0x${"22".repeat(32)}`).length, 66);
 * assert.throws(() => asChannelId("0x22"));
 * ```
 */
export function asChannelId(text: string, field = "channelId"): ChannelId {
  fromHex(text, 32, field);
  return text.toLowerCase() as ChannelId;
}

/**
 * The id of the channel between `a` and `b`, in either order, that was opened when the contract's counter had the value `counter`. Throws
 * AddressError or HexError if an address or the counter is invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { channelIdOf } from "./channel_id.ts";
 *
 * const [a, b] = [`0x${"11".repeat(20)}`, `0x${"22".repeat(20)}`];
 * assert.equal(channelIdOf(a, b, 0), channelIdOf(b, a, 0));
 * assert.notEqual(channelIdOf(a, b, 0), channelIdOf(a, b, 1));
 * ```
 */
export function channelIdOf(a: string, b: string, counter: number | bigint): ChannelId {
  const [low, high] = [asAddress(a, "a"), asAddress(b, "b")].sort();
  return toHex(
    keccak256(fromHex(low, 20, "a"), fromHex(high, 20, "b"), uint256(counter)),
  ) as ChannelId;
}
