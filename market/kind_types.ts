/**
 * The names of job types in an announcement, so that a buyer can order a skill by its name: `["type","5650","word-count"]`. A kind whose
 * name every program knows (protocols/nostr/kinds.ts) needs no such tag.
 *
 * @module
 */
import { nearestWord } from "../base/config_error.ts";
import { JOB_TYPES } from "../protocols/nostr/kinds.ts";
import { type Announcement, isFresh } from "./announcement.ts";
import { InputError } from "./packing/input_error.ts";

/** Of whom, and when, a name is sought. */
interface Seeking {
  /** The provider that the buyer named, or null. */
  readonly provider: string | null;
  readonly nowS: number;
}

/** The kinds under which providers announce a type now. */
export function kindsNamed(
  type: string,
  announcements: readonly Announcement[],
  { provider, nowS }: Seeking,
): ReadonlySet<number> {
  const fitting = announcements.filter((each) =>
    isFresh(each, nowS) && !each.offline && (provider === null || each.pubkey === provider)
  );
  return new Set(
    fitting.flatMap(({ types = [] }) => types.filter((each) => each.type === type))
      .map(({ kind }) => kind),
  );
}

/** Finds the kind of a type by what providers announce. Throws InputError `bad_job` if none or several kinds have the name. */
export function announcedKind(
  type: string,
  announcements: readonly Announcement[],
  seeking: Seeking,
): number {
  const kinds = kindsNamed(type, announcements, seeking);
  const [kind] = kinds;
  if (kinds.size === 1) return kind;
  const told = kind === undefined
    ? "no provider announces it"
    : `providers announce it as kinds ${[...kinds].sort().join(", ")}`;
  const guess = kind === undefined ? nearestWord(type, knownTypes(announcements)) : null;
  throw new InputError("bad_job", `unknown job type ${JSON.stringify(type)}: ${told}`, {
    suggestion: guess !== null
      ? `Did you mean '${guess}'? 'crosstown provider list' shows what is sold`
      : kind === undefined
      ? "Known types: echo, ci-run, image-build, text-generation; 'crosstown provider list' shows what others sell, and --kind N orders by the kind"
      : "Say which with --kind N, or name the provider with --provider KEY",
  });
}

/** The types that have a kind of their own, and those that providers announce. */
function knownTypes(announcements: readonly Announcement[]): string[] {
  const announced = announcements.flatMap(({ types = [] }) => types.map(({ type }) => type));
  return [...JOB_TYPES, ...announced];
}
