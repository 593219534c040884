/**
 * Lists every setting that exists, whether it is set or not.
 *
 * @module
 */
import { settingRows } from "../../config/config_schema.ts";
import { namedKeyRows } from "../../config/named_keys.ts";
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
  const named = namedKeyRows().map(({ key, meaning, applies, example }) => ({
    ...{ key, meaning, default: null, flag: null, env: [], file: true, applies },
    ...{ needs_restart: false, example },
  }));
  const all = [...rows, ...named];
  await output.document(
    "config-settings",
    { settings: all },
    () =>
      [
        tableOf(rows),
        "",
        "In networks, connectors and relays, words in capitals stand for names of your choice:",
        "",
        tableOf(named),
        ...daemon === null || waiting.length === 0 ? [] : ["", restartText(daemon.role, waiting)],
      ].join("\n"),
    all.map(({ key, meaning, default: value, flag, env, applies, needs_restart }) => ({
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

function tableOf(
  rows: readonly {
    readonly key: string;
    readonly default: unknown;
    readonly applies: string;
    readonly meaning: string;
  }[],
): string {
  return alignedText(rows.map(({ key, default: value, applies, meaning }) => [
    key,
    value === null || value === "" ? "-" : String(value),
    applies,
    meaning,
  ]));
}
