/**
 * The error for a job that no provider fits: what was seen, and what it lacks.
 *
 * @module
 */
import type { Announcement } from "./announcement.ts";
import { InputError } from "./packing/input_error.ts";
import { type Requirement, requirementsText, unmet } from "./requirement.ts";

/** What was sought. */
interface Sought {
  readonly kind: number;
  readonly type: string;
  readonly tags: readonly string[];
  readonly platform: string | null;
  readonly requirements?: readonly Requirement[];
  readonly privately?: boolean;
  readonly payment?: keyof typeof PAID;
  readonly provider: string | null;
  readonly freeWrites?: boolean;
}

/** The error. `others` is the number of announcements that were seen but are too old, or of the future, by this machine's clock. */
export function noProvider(
  asked: readonly Announcement[],
  others: number,
  wanted: Sought,
): InputError {
  const what = [
    wanted.type,
    ...(wanted.platform === null ? [] : [`on ${wanted.platform}`]),
    ...(wanted.tags.length === 0 ? [] : [`tagged ${wanted.tags.join(", ")}`]),
    ...(wanted.payment ? [PAID[wanted.payment]] : []),
    ...(wanted.privately === true ? ["that takes private jobs"] : []),
    ...(wanted.requirements?.length ? [`with ${requirementsText(wanted.requirements)}`] : []),
  ].join(" ");
  const seen = asked.slice(0, 5).map((each) => {
    const { pubkey, prices, unpriced, platform, tags } = each;
    const kinds = [...prices.map(({ kind }) => kind), ...unpriced].slice(0, 32);
    const missing = unmet(each, wanted.requirements ?? [], wanted.kind);
    const lacks = lackOf(each, wanted.kind) ??
      (missing.length === 0 ? null : `does not announce ${requirementsText(missing)}`);
    return `${shortKey(pubkey)} (${platform ?? "any platform"}, kinds ${kinds.join(" ") || "none"}${
      tags.length > 0 ? `, tags ${tags.slice(0, 8).join(" ")}` : ""
    }${lacks === null ? "" : `; it ${lacks}`})`;
  });
  const more = asked.length > seen.length ? ` and ${asked.length - seen.length} more` : "";
  const old = others === 0 ? "" : `, and ${others} with an announcement that is not valid now`;
  const list = (seen.length === 0 ? "nobody" : `${seen.join("; ")}${more}`) + old;
  // With a wrong clock no announcement is valid.
  const clock = asked.length === 0 && others > 0
    ? "; 'crosstown doctor' compares this machine's clock with the relay's"
    : "";
  return new InputError("no_provider", `no provider for ${what}; seen: ${list}`, {
    suggestion: wanted.freeWrites &&
        (others > 0 || asked.some((each) => lackOf(each, wanted.kind) !== null))
      ? "Name one with --provider: the request goes to it unpaid, and 'crosstown job status' shows its price"
      : wanted.provider !== null
      ? `Leave --provider out, or name another one${clock}`
      : asked.length > 0 && wanted.requirements?.length
      ? "Require less, or see with 'crosstown provider show KEY' what a provider announces"
      : `Start one with 'crosstown node up', or try again later${clock}`,
  });
}

/** How the jobs are paid, for error messages. */
const PAID = { free: "for nothing", "on-delivery": "on delivery", metered: "while they run" };

/** The beginning of a key, for people. */
export function shortKey(pubkey: string): string {
  return `${pubkey.slice(0, 8)}...`;
}

/** Why a provider that serves a kind cannot be paid for it. Null if it can be paid, or if it does not serve the kind. */
export function lackOf(
  { prices, unpriced, ilpAddress, offline }: Announcement,
  kind: number,
): string | null {
  if (offline) return "has withdrawn its announcement";
  if (unpriced.includes(kind)) return "names no price in units";
  const price = prices.find((each) => each.kind === kind);
  const priced = price !== undefined && price.flatUnits + price.unitsPerKib > 0n;
  return priced && ilpAddress === null ? "names a price and no ILP address" : null;
}
