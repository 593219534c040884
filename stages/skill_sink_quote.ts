/**
 * The part of skillSink that stores the binding quote of a provider that was asked on a relay, in the commit that accepts the answer.
 *
 * @module
 */
import type { Change, Store } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import type { SkillDocument } from "./skill_sink_services.ts";
import type { Item } from "./stage.ts";

/**
 * The change; none if the answer has no such quote, or if the buyer had decided what to pay before it asked. The first quote of a provider
 * counts.
 */
export async function quoteChange(
  { known }: Item,
  { bytes }: SkillDocument,
  { eventId, jobPaid, amountUnits }: JobRow,
  store: Pick<Store, "quoteOf">,
  atMs: number,
): Promise<Change[]> {
  const { quote_condition: condition } = known;
  if (condition === undefined || jobPaid || amountUnits > 0n) return [];
  if (await store.quoteOf(eventId) !== null) return [];
  return [{ op: "putQuote", row: { eventId, quote: bytes, condition: String(condition), atMs } }];
}
