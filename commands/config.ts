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
  summary: "show each setting and its source",
  description:
    "Flags take precedence over the environment, the environment over crosstown.toml, and the file over defaults. Secrets are hidden. " +
    "A limit above the built-in one takes effect only after you raise it with the passphrase; until then both are shown.",
  examples: [
    { command: "crosstown config", note: "what holds here" },
    {
      command: "crosstown config --network base-sepolia --output json",
      note: "with another network",
    },
    { command: "crosstown config --output csv", note: "one row a value" },
  ],
  effect: "reads",
  async run(invocation) {
    const { configOf } = await import("./home/load_config.ts");
    const { bannerOf } = await import("./home/money_banner.ts");
    const { limitsAboveForce } = await import("./home/limits_in_force.ts");
    const config = await configOf(invocation);
    const above = await limitsAboveForce(config);
    const entries = config.explain().map(({ key, value, source }) => ({
      key,
      value,
      source,
      in_force: above.get(key)?.inForce ?? value,
    }));
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
          bannerOf(config),
          "",
          alignedText(
            entries.map(({ key, value, source }) => [key, printable(value) || "-", `(${source})`]),
          ),
          ...[...above].map(([key, { inForce, raise }]) =>
            `\n${key} is set, but ${inForce} is in force; '${raise}' raises it`
          ),
        ].join("\n"),
      entries,
    );
  },
};
