/**
 * Lists every setting that exists, whether it is set or not.
 *
 * @module
 */
import { settingRows } from "../../config/config_schema.ts";
import type { Invocation } from "../../shell/command.ts";
import { restartText, settingsOfDaemon } from "../../shell/home/daemon_settings.ts";
import { pathsOf } from "../../shell/home/load_config.ts";
import { alignedText } from "../../shell/output.ts";

/** Reads the table of settings, not the file. A running daemon says which changed settings wait for its restart. */
export async function configList(invocation: Invocation): Promise<void> {
  const { output } = invocation;
  // Also lists them where no home can be used; then no daemon runs for it.
  const paths = await pathsOf(invocation).catch(() => null);
  const daemon = paths === null ? null : await settingsOfDaemon(paths);
  const waiting = daemon?.settings.restart ?? [];
  const rows = settingRows().map((
    { key, meaning, fallback, flag, env, file, applies, example },
  ) => ({
    key,
    meaning,
    default: fallback,
    flag,
    env,
    file,
    applies,
    needs_restart: waiting.includes(key),
    example,
  }));
  await output.document(
    "config-settings",
    { settings: rows },
    () =>
      [
        alignedText(
          rows.map(({ key, meaning, applies, default: value }) => [
            key,
            value === null || value === "" ? "-" : String(value),
            applies,
            meaning,
          ]),
        ),
        ...daemon === null || waiting.length === 0 ? [] : ["", restartText(daemon.role, waiting)],
      ].join("\n"),
    rows.map(({ key, meaning, default: value, flag, env, applies, needs_restart }) => ({
      key,
      meaning,
      default: value,
      flag,
      env: env.join(","),
      applies,
      needs_restart,
    })),
  );
}
