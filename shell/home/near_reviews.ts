/**
 * The reviews of providers that count for a home, by the follows of the key that its owner named.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { relaysToRead } from "../../config/more_relays.ts";
import type { FoundReview } from "../../market/found_review.ts";
import type { JobRow } from "../../store/job_row.ts";

/** What reviews say, or why they could not be read. */
interface NearReviews {
  readonly reviews: readonly FoundReview[];
  /** Null if they were read, or if no root is configured. */
  readonly missing: string | null;
}

/**
 * Asks the home's relays, without a wallet. `own`: this home's jobs, whose reviews would count twice. Empty if no root is configured. Without
 * an answer the home's own history still counts, so nothing is thrown.
 */
export async function nearReviews(
  config: Pick<Config, "get" | "profile">,
  provider: string | null,
  own: readonly Pick<JobRow, "eventId">[],
  nowMs: number,
): Promise<NearReviews> {
  const root = config.get("trust.root");
  if (root === null) return { reviews: [], missing: null };
  const { createSupervisor } = await import("../../home/workers/supervisor.ts");
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const reader = await supervisor.service(
      "relay-reader-anonymous",
      relaysToRead(config.profile),
    );
    const { asset: { code, scale }, chain: { chainId, tokenNetworkAddress } } = config.profile;
    const money = { asset: { code, scale }, chain: { chainId, tokenNetworkAddress } };
    const found = await reader.client().reviews(root, provider, nowMs, money);
    const known = new Set(own.map(({ eventId }) => eventId));
    return { reviews: found.filter(({ requestId }) => !known.has(requestId)), missing: null };
  } catch (error) {
    return { reviews: [], missing: messageOf(error) };
  } finally {
    await supervisor.stop(0);
  }
}
