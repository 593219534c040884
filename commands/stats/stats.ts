/**
 * `crosstown stats`: figures of the relay's market and of this home.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

/** `crosstown stats`. */
export const command: CommandSpec = {
  name: "stats",
  summary: "figures of the market: providers, jobs a minute, success, times, prices, own earnings",
  description:
    "Counts what the relay shows of the period: requests, results and feedback of announced kinds. Private jobs are not " +
    "counted. Times of the market are in whole seconds, because events have no smaller unit. Own figures come from this home.\n" +
    "With --live it prints again every --every seconds until Ctrl-C, with --output json one document each time.",
  options: [
    {
      flags: "--window <time>",
      summary: "the period up to now: 90s, 30m, 12h, 7d",
      default: "1h",
    },
    { flags: "--live", summary: "print again and again" },
    { flags: "--every <seconds>", summary: "how often with --live", default: "10" },
    {
      flags: "--bytes <count>",
      summary: "size of the request that prices are shown for",
      default: "2048",
    },
    { flags: "--json", summary: "the same as --output json" },
  ],
  examples: [
    { command: "crosstown stats" },
    { command: "crosstown stats --window 24h --output json" },
    { command: "crosstown stats --live --every 5" },
  ],
  effect: "reads",
  run: async (invocation) => await (await import("./stats_run.ts")).stats(invocation),
};
