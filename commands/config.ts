/**
 * `crosstown config`: each value and where it came from (FR34).
 *
 * @module
 */
import type { CommandSpec } from "./shell/command.ts";
import { alignedText, printable } from "./shell/output.ts";

/** `crosstown config`. */
export const command: CommandSpec = {
  name: "config",
  summary: "show each value and where it came from",
  description:
    "Flags win over the environment, that over crosstown.toml, that over defaults. Secrets are hidden.",
  examples: [
    { command: "crosstown config", note: "what holds here" },
    {
      command: "crosstown config --network base-sepolia --output json",
      note: "with another network",
    },
    { command: "crosstown config --output csv", note: "one row a value" },
  ],
  async run(invocation) {
    const { configOf } = await import("./home/load_config.ts");
    const { networkBanner } = await import("./shell/amount.ts");
    const config = await configOf(invocation);
    const entries = config.explain().map(({ key, value, source }) => ({ key, value, source }));
    const { profile } = config;
    await invocation.output.document(
      {
        network: profile.name,
        testnet: profile.testnet,
        file: config.paths.configFile,
        values: entries,
      },
      () =>
        [
          networkBanner(profile),
          "",
          alignedText(
            entries.map(({ key, value, source }) => [key, printable(value) || "-", `(${source})`]),
          ),
        ].join("\n"),
      entries,
    );
  },
};
