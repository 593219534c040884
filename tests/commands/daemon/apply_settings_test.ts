/** Which part of a daemon gets a changed setting, in which order, and what becomes of a setting that its part refuses. */
import assert from "node:assert/strict";
import { applySettings } from "../../../commands/daemon/apply_settings.ts";
import type { Config } from "../../../config/config.ts";
import type { SettingKey } from "../../../config/settings.ts";
import { CommandError } from "../../../shell/errors.ts";
import { configOf } from "../../../shell/home/load_config.ts";
import { MemoryIo } from "../memory_io.ts";
import { temporaryFolder } from "../../skills/machine.ts";

/** A home's configuration with this text. */
async function configured(home: string, text: string): Promise<Config> {
  await Deno.writeTextFile(`${home}/crosstown.toml`, text, { mode: 0o600 });
  const globals = {
    home,
    output: "text",
    nonInteractive: true,
    yes: false,
    dryRun: false,
    quiet: false,
    verbose: false,
  } as const;
  return await configOf({ globals, io: new MemoryIo() });
}

/** Parts that note what they are given; those that `refuses` names throw its error. */
function parts(refuses: Readonly<Record<string, Error>> = {}) {
  const used: string[] = [];
  const use = (name: string) => (): Promise<void> => {
    used.push(name);
    return refuses[name] === undefined ? Promise.resolve() : Promise.reject(refuses[name]);
  };
  const ceilings: unknown[] = [];
  const home = {
    lowerCeilings(lowered: unknown) {
      ceilings.push(lowered);
      return use("ceilings")();
    },
    manager: { configure: use("channels") },
  };
  return {
    used,
    ceilings,
    parts: {
      home: home as unknown as Parameters<typeof applySettings>[0]["home"],
      alerts: use("alerts"),
      work: use("work"),
      metrics: use("metrics"),
      tracing: use("tracing"),
    },
  };
}

for (
  const { changed, expected } of [
    { changed: [], expected: [] },
    { changed: ["jobs.timeout_s"], expected: [] },
    { changed: ["limits.hour_m2m"], expected: ["ceilings"] },
    { changed: ["limits.channel_m2m"], expected: ["ceilings", "channels"] },
    { changed: ["channel.auto_deposit"], expected: ["channels"] },
    { changed: ["limits.low_balance_percent"], expected: ["channels", "alerts"] },
    { changed: ["alerts.webhook"], expected: ["alerts"] },
    { changed: ["node.allow_buyers"], expected: ["work"] },
    {
      changed: [
        "tracing.endpoint",
        "metrics.port",
        "node.jobs",
        "alerts.desktop",
        "limits.job_m2m",
      ],
      expected: ["ceilings", "alerts", "work", "metrics", "tracing"],
    },
  ] as readonly { readonly changed: readonly SettingKey[]; readonly expected: readonly string[] }[]
) {
  Deno.test(`applySettings() gives ${changed.join(", ") || "nothing"} to: ${expected.join(", ") || "no part"}`, async () => {
    await using home = await temporaryFolder();
    const now = await configured(home.path, "[limits]\nhour_m2m = 3\n");
    const at = parts();
    assert.deepEqual(await applySettings(at.parts, now, changed), []);
    assert.deepEqual(at.used, expected);
  });
}

Deno.test("applySettings() gives the signer the ceilings of the changed configuration", async () => {
  await using home = await temporaryFolder();
  const now = await configured(home.path, "[limits]\nhour_m2m = 3\n");
  const at = parts();
  await applySettings(at.parts, now, ["limits.hour_m2m"]);
  const [lowered] = at.ceilings as readonly Readonly<Record<string, bigint>>[];
  assert.ok(Object.values(lowered).includes(3_000_000n), Deno.inspect(lowered));
});

Deno.test("applySettings() says which settings were refused, and tries the next one; another error ends it", async () => {
  await using home = await temporaryFolder();
  const now = await configured(home.path, "");
  const inUse = new CommandError("no_metrics", "the port is in use", "name another port");
  const denied = new CommandError("no_tracing", "no permission", "allow it");
  const at = parts({ metrics: inUse, tracing: denied });
  assert.deepEqual(await applySettings(at.parts, now, ["tracing.endpoint", "metrics.port"]), [
    { key: "metrics.port", reason: inUse },
    { key: "tracing.endpoint", reason: denied },
  ]);
  const broken = parts({ metrics: new Error("the worker is away") });
  await assert.rejects(
    applySettings(broken.parts, now, ["metrics.port", "tracing.endpoint"]),
    /the worker is away/,
  );
  assert.deepEqual(broken.used, ["metrics"]);
});
