/**
 * The document of `crosstown stats` as text and as a row.
 *
 * @module
 */
import type { JobFigures } from "../../market/market_figures.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { networkBanner } from "../../shell/amount.ts";
import { alignedText, printableLine, type Row } from "../../shell/output.ts";
import type { StatsDocument } from "./stats_document.ts";

/** For people. */
export function statsText(document: StatsDocument, asset: Asset): string {
  const { network, testnet, at, window_s, market, market_error, own } = document;
  const units = (amount: bigint) => formatUnits(amount, asset);
  const head = `${networkBanner({ name: network, testnet })}   ${at.slice(0, 19)}Z, ${
    spanText(window_s)
  }`;
  const ours = alignedText([
    ["bought", jobsText(own.bought, "succeeded")],
    ["sold", jobsText(own.sold, "succeeded")],
    ["paid", units(own.paid_units)],
    ["earned", units(own.earned_units)],
  ]);
  if (market === null) {
    return [head, "", `MARKET  ${printableLine(market_error ?? "")}`, "", "THIS HOME", ours].join(
      "\n",
    );
  }
  const lines = [
    ["providers online", String(market.online_providers)],
    [
      "jobs",
      `${jobsText(market, "with a result")}${market.partial ? " (the newest that were read)" : ""}`,
    ],
    [
      "events",
      market.events === 0
        ? "none"
        : `${market.events}, ${percent(market.toon_share)} sent as TOON by the relay`,
    ],
  ];
  const prices = market.prices.length === 0 ? [] : [
    "",
    alignedText([
      ["KIND", "TYPE", "PROVIDERS", "LEAST", "MEDIAN", "MOST"],
      ...market.prices.map((each) => [
        String(each.kind),
        each.type ?? "-",
        String(each.providers),
        units(each.min_units),
        units(each.median_units),
        units(each.max_units),
      ]),
    ]),
  ];
  const top = market.top_providers.length === 0 ? [] : [
    "",
    alignedText([
      ["PROVIDER", "NAME", "RESULTS"],
      ...market.top_providers.map(({ pubkey, name, results }) => [
        pubkey.slice(0, 12),
        printableLine(name).slice(0, 24),
        String(results),
      ]),
    ]),
  ];
  return [head, "", "MARKET", alignedText(lines), ...prices, ...top, "", "THIS HOME", ours]
    .join("\n");
}

/** One row for a table: the figures without their lists. */
export function statsRow(document: StatsDocument): Row {
  const { at, window_s, market, own } = document;
  return {
    at,
    window_s,
    online_providers: market?.online_providers ?? null,
    jobs: market?.jobs ?? null,
    jobs_per_minute: market?.jobs_per_minute ?? null,
    success_share: market?.success_share ?? null,
    p50_ms: market?.p50_ms ?? null,
    p95_ms: market?.p95_ms ?? null,
    events: market?.events ?? null,
    toon_share: market?.toon_share ?? null,
    own_bought: own.bought.jobs,
    own_sold: own.sold.jobs,
    paid_units: own.paid_units,
    earned_units: own.earned_units,
  };
}

/** `success`: what the share of successes counts. */
function jobsText(
  { jobs, jobs_per_minute, success_share, p50_ms, p95_ms }: JobFigures,
  success: string,
): string {
  if (jobs === 0) return "none";
  const times = p50_ms === null || p95_ms === null
    ? ""
    : `, p50 ${timeText(p50_ms)}, p95 ${timeText(p95_ms)}`;
  return `${jobs}, ${jobs_per_minute} a minute, ${percent(success_share)} ${success}${times}`;
}

function percent(share: number | null): string {
  return share === null ? "-" : `${Math.round(share * 1_000) / 10} %`;
}

function timeText(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function spanText(seconds: number): string {
  if (seconds % 86_400 === 0) return `last ${seconds / 86_400} d`;
  if (seconds % 3_600 === 0) return `last ${seconds / 3_600} h`;
  return seconds % 60 === 0 ? `last ${seconds / 60} min` : `last ${seconds} s`;
}
