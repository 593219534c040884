/**
 * Leaves out providers that take no payment upfront for a kind of jobs.
 *
 * @module
 */
import { NO_UPFRONT } from "../protocols/failure_codes.ts";
import type { Announcement } from "./announcement.ts";
import { shortKey } from "./no_provider.ts";
import { modesOfKind } from "./offer.ts";
import { InputError } from "./packing/input_error.ts";

/** A provider that fits, and its price. */
interface Priced {
  readonly announcement: Pick<Announcement, "pubkey" | "offer">;
  readonly priceUnits: bigint;
}

/**
 * Where the job is paid upfront, leaves out the providers whose offers name other payment modes for its kind. An offer may name none. Throws
 * InputError `no_upfront` if none is left.
 */
export function takingUpfront<Each extends Priced>(
  fit: readonly Each[],
  { payment, kind, type }: {
    readonly payment?: string;
    readonly kind: number;
    readonly type: string;
  },
): Each[] {
  if (payment !== undefined) return [...fit];
  const modes = ({ announcement: { offer } }: Priced) =>
    offer === undefined || offer.modes.length === 0 ? null : modesOfKind(offer, kind);
  const left = fit.filter((each) =>
    each.priceUnits === 0n || (modes(each)?.includes("upfront") ?? true)
  );
  if (left.length > 0 || fit.length === 0) return left;
  const [first] = fit;
  const named = modes(first)!.join(", ") || "nothing";
  const key = shortKey(first.announcement.pubkey);
  throw new InputError(
    NO_UPFRONT,
    `no provider is paid upfront for ${type}; ${key} offers ${named}`,
    { suggestion: "choose another mode, e.g. --payment on-delivery" },
  );
}
