/**
 * Finds the kind of a job type that no program knows by itself, and waits for its announcement if this home expects one.
 *
 * @module
 */
import { announcedKind, kindsNamed } from "./kind_types.ts";
import type { JobFlags } from "./intake.ts";
import type { RelayReader } from "./relay_reader.ts";

/** Whether a provider of this home will soon announce the type, because its owner has approved the skill. */
export type Expects = (type: string) => Promise<boolean>;

/** A provider looks for new skills every two seconds, and then writes its announcement. */
const EXPECTED_MS = 10_000;
const PAUSE_MS = 500;

/** The announced kind of the job's type. Rejects with InputError `bad_job` if none or several kinds have the name. */
export async function awaitedKind(
  relayReader: Pick<RelayReader, "announcements">,
  { type, provider }: Pick<JobFlags, "type" | "provider">,
  expects: Expects = () => Promise.resolve(false),
): Promise<number> {
  const untilMs = Date.now() + EXPECTED_MS;
  for (;;) {
    const heard = await relayReader.announcements([], provider);
    // An announcement of before that has expired does not count.
    const seeking = { provider, nowS: Math.floor(Date.now() / 1000) };
    const isThere = kindsNamed(type, heard, seeking).size > 0;
    if (isThere || Date.now() > untilMs || !await expects(type)) {
      return announcedKind(type, heard, seeking);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
