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
    "Flags win over the environment, that over crosstown.toml, that over defaults. Secrets are hidden. " +
    "A limit above the built-in one is not in force before it is raised with the passphrase: then both are shown.",
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
            `\n${key} is set higher than it holds: in force is ${inForce}; '${raise}' raises it`
          ),
        ].join("\n"),
      entries,
    );
  },
};
