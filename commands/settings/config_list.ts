/**
 * Lists every setting that exists, whether it is set or not.
 *
 * @module
 */
import { settingRows } from "../../config/config_schema.ts";
import type { Invocation } from "../../shell/command.ts";
import { alignedText } from "../../shell/output.ts";

/** Reads the table of settings, not the file. */
export async function configList({ output }: Invocation): Promise<void> {
  const rows = settingRows().map(({ key, meaning, fallback, flag, env, file, example }) => ({
    key,
    meaning,
    default: fallback,
    flag,
    env,
    file,
    example,
  }));
  await output.document(
    "config-settings",
    { settings: rows },
    () =>
      alignedText(
        rows.map(({ key, meaning, default: value }) => [
          key,
          value === null || value === "" ? "-" : String(value),
          meaning,
        ]),
      ),
    rows.map(({ key, meaning, default: value, flag, env }) => ({
      key,
      meaning,
      default: value,
      flag,
      env: env.join(","),
    })),
  );
}
