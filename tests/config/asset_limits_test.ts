import assert from "node:assert/strict";
import { ceilingsOf } from "../../shell/home/open_home.ts";
import { formatProfile } from "../../config/profiles.ts";
import { DEV, FILE, load } from "./config_world.ts";

const ASSETS: readonly {
  readonly scale: number;
  readonly job: string;
  /** In base units; null: refused. */
  readonly units: bigint | null;
}[] = [
  { scale: 6, job: "0.5", units: 500_000n },
  { scale: 18, job: "0.5", units: 5n * 10n ** 17n },
  { scale: 2, job: "0.5", units: 50n },
  { scale: 2, job: "0.005", units: null },
];

for (const { scale, job, units } of ASSETS) {
  Deno.test(`a limit of ${job} is ${units ?? "refused"} where the asset has ${scale} decimals`, async () => {
    const toml = formatProfile({ ...DEV, asset: { code: "TOK", scale } });
    const config = await load({
      files: { [FILE]: `[limits]\njob_m2m = "${job}"`, "/u/a/.gt/dev/profile.toml": toml },
      flags: { network: "dev" },
    });
    if (units === null) {
      assert.throws(() => config.get("limits.job_m2m"), /at most 2 decimals: the asset of dev/);
      return;
    }
    assert.equal(config.get("limits.job_m2m"), units);
    const { perPacketUnits, perJobUnits, perProviderDayUnits, lowered } = ceilingsOf(config);
    const whole = 10n ** BigInt(scale);
    assert.deepEqual([perPacketUnits, perJobUnits, perProviderDayUnits], [
      units,
      10n * whole,
      100n * whole,
    ]);
    assert.equal(lowered?.perJobUnits, units);
  });
}
