/** A job that is paid by a signed quote of its provider. */
import { type QuotedMode, quoteEvent } from "../../../protocols/nostr/job_quote.ts";
import type { JobRow } from "../../../store/job_row.ts";
import type { Change } from "../../../store/store.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, signed } from "../../market/market.ts";

export const NOW_MS = NOW_S * 1_000;
const ASKED = request(5600, [["i", "hi", "text"]]);
/** Its condition. */
export const CONDITION = "c".repeat(64);
/** The buyer's row: it runs, and its first part is paid. */
export const JOB: JobRow = buyerRow(ASKED, {
  type: "echo",
  status: "processing",
  amountUnits: 5_000n,
});

/** The job and its quote in this mode, as changes of the buyer's store. */
export function boughtBy(mode: QuotedMode, job: Partial<JobRow> = {}): Change[] {
  const quote = quoteEvent({
    requestId: ASKED.id,
    buyer: BUYER,
    provider: PROVIDER,
    content: "0".repeat(64),
    priceUnits: 20_000n,
    depositUnits: 5_000n,
    ...mode === "metered" && { increment: { unit: "second", size: 15 } as const },
    asset: { code: "M2M", scale: 6 },
    chain: { chainId: 1, tokenNetworkAddress: "" },
    mode,
    ilpAddress: "g.quoted.provider",
    condition: CONDITION,
    validUntilS: NOW_S + 60,
    deadlineS: NOW_S + 300,
  }, NOW_S);
  const bytes = new TextEncoder().encode(JSON.stringify(signed(quote, PROVIDER)));
  return [
    { op: "putJob", row: { ...JOB, ...job } },
    {
      op: "putQuote",
      row: { eventId: ASKED.id, quote: bytes, condition: CONDITION, atMs: NOW_MS },
    },
  ];
}
