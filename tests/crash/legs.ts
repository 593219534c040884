/** Who pays whom in a world, and through which channel. */
import type { ChannelName, Place, Role } from "./plan.ts";

/** One direction of one channel. */
export interface Leg {
  readonly from: Role;
  readonly to: Role;
  readonly channel: ChannelName;
}

/** The legs of a world. */
export function legsOf({ hops, pair }: Pick<Place, "hops" | "pair">): readonly Leg[] {
  const viaNear: readonly Leg[] = [
    { from: "buyer", to: "near", channel: "customer" },
    { from: "near", to: "hub", channel: "near" },
  ];
  const direct: Leg = { from: "buyer", to: "hub", channel: "buyer" };
  return [
    ...hops ? viaNear : [],
    ...!hops || pair ? [direct] : [],
    { from: "provider", to: "hub", channel: "provider" },
    { from: "hub", to: "provider", channel: "provider" },
  ];
}
