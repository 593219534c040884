/**
 * A daemon's settings while it runs: it looks once a second whether `crosstown.toml` or the file of accepted connectors was changed, and
 * at once on SIGHUP. It reads a changed file as a command does, uses what may change while it runs, and says what needs a restart. A file that is not valid changes nothing. A
 * file that changes just then is read at the next look. A setting that its part refuses is tried again when the file changes, and on SIGHUP.
 *
 * Held: one look at a time. A look that is asked for meanwhile follows it.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import type { Log } from "../../base/log/log.ts";
import { oneAfterAnother } from "../../base/one_after_another.ts";
import { acceptedConnectorsFile } from "../../config/accepted_connectors.ts";
import type { Config } from "../../config/config.ts";
import type { SettingKey } from "../../config/settings.ts";
import { settingsInUse } from "../../config/settings_in_use.ts";
import type { Invocation } from "../../shell/command.ts";
import { describeFailure } from "../../shell/errors.ts";
import { type SettingsTold, textDigest } from "../../shell/home/daemon_settings.ts";
import { configWith } from "../../shell/home/load_config.ts";
import { configText } from "../../shell/home/write_config.ts";
import type { RefusedSetting } from "./apply_settings.ts";

/** What a daemon needs to follow its file. */
interface LiveSettingsOptions {
  readonly invocation: Pick<Invocation, "globals" | "io">;
  /** The configuration of the start. */
  readonly config: Config;
  readonly role: "mayor" | "node";
  /** Uses the changed settings. Resolves with those that could not be used. */
  readonly apply: (
    now: Config,
    changed: readonly SettingKey[],
  ) => Promise<readonly RefusedSetting[]>;
  /** Uses changed connectors. Resolves when they are in use. Absent or null where that needs a restart. */
  readonly useConnectors?: ((now: Config) => Promise<void>) | null;
  readonly log: Log;
  /** Waits as long as a file must be unchanged. */
  readonly settle?: () => Promise<void>;
}

/** Longer than the step of a file system's clock, so that a later change has another time. */
const SETTLE_MS = 300;

/** How they are called among the settings that need a restart. */
const CONNECTORS = "connectors";

/** The settings of a running daemon. */
interface LiveSettings {
  /** Reads the file if it was changed since the last look. Never rejects. */
  look(): Promise<void>;
  /** The same, and tries refused settings again. */
  lookAgain(): Promise<void>;
  /** What `status` says of them. */
  told(): SettingsTold;
}

/** Follows the file. The first look also finds a change that was made while the daemon started. */
export function liveSettings(
  { invocation, config, role, apply, useConnectors, log, settle = () => pause(SETTLE_MS) }:
    LiveSettingsOptions,
): LiveSettings {
  const { paths } = config;
  const inUse = settingsInUse(config, (key) => usedBy(role, key));
  let seen: string | null = null;
  let again = false;
  let moving: Promise<void> = Promise.resolve();
  let told: SettingsTold = { file_sha256: null, restart: [], refused: [], problem: null };

  const take = async (text: string) => {
    const now = await configWith(invocation, text);
    const { atOnce, connectors, used, usedConnectors, ...waits } = inUse.compare(now);
    const restart = connectors && !useConnectors ? [...waits.restart, CONNECTORS] : waits.restart;
    const refusals = atOnce.length > 0 ? await apply(now, atOnce) : [];
    const refused = refusals.map(({ key }) => key);
    used(refused);
    // What is paid or asked now is waited for, so the next look does not wait for this.
    if (connectors && useConnectors) {
      usedConnectors();
      moving = moving.then(() => useConnectors(now)).then(
        () => log("info", "changed connectors are in use"),
        (error) => {
          told = { ...told, restart: [...told.restart, CONNECTORS] };
          const { message, suggestion } = problemOf(error);
          log("error", "changed connectors need a restart", { error: message, suggestion });
        },
      );
    }
    const news = restart.some((key) => !told.restart.includes(key));
    const problem = refusals.length === 0 ? null : problemOf(refusals[0].reason);
    told = { file_sha256: textDigest(text), restart, refused, problem };
    const taken = atOnce.filter((key) => !refused.includes(key));
    if (taken.length > 0) log("info", "changed settings are in use", { keys: taken.join(" ") });
    for (const { key, reason } of refusals) {
      const { message, suggestion } = problemOf(reason);
      log("error", "a changed setting is not used", { key, error: message, suggestion });
    }
    if (news) log("warn", "changed settings need a restart", { keys: restart.join(" ") });
  };

  const accepted = acceptedConnectorsFile(paths, config.profile.name);
  const stamps = () => `${stampOf(paths.configFile)} ${stampOf(accepted)}`;

  const look = async () => {
    let text = "";
    try {
      const stamp = stamps();
      const due = again && told.refused.length > 0;
      again = false;
      if (stamp === seen && !due) return;
      // An editor may empty or remove the file before it writes it. The text at the start is what the command has read.
      if (seen !== null && !await rests(stamp)) return;
      seen = stamp;
      text = await configText(paths);
      await take(text);
    } catch (error) {
      const problem = problemOf(error);
      told = { ...told, file_sha256: textDigest(text), refused: [], problem };
      const { message, suggestion } = problem;
      log("error", "the changed configuration is not used", { error: message, suggestion });
    }
  };
  const rests = async (stamp: string) => {
    await settle();
    return stamps() === stamp;
  };
  const lookNext = oneAfterAnother(look);
  return {
    look: lookNext,
    lookAgain() {
      again = true;
      return lookNext();
    },
    told: () => told,
  };
}

function problemOf(error: unknown): NonNullable<SettingsTold["problem"]> {
  const { code, message, suggestion } = describeFailure(error);
  return { code, message, suggestion };
}

/** Whether this daemon reads a setting. A buyer's daemon runs the skills of its folders, and sells nothing. */
function usedBy(role: "mayor" | "node", key: SettingKey): boolean {
  return role === "node" || !key.startsWith("node.") || key === "node.skill_folders";
}

/** Changes with each change of the file, and of why there is none. Asked on this thread, because a question on another wakes both. */
function stampOf(path: string): string {
  try {
    const { mtime, size, ino, mode } = Deno.lstatSync(path);
    return [mtime?.getTime(), size, ino, mode].join(" ");
  } catch (error) {
    // Reading the file reports the cause.
    return String(error);
  }
}
