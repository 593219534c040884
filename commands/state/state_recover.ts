/**
 * What `crosstown state recover` does.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { auditNames } from "../../home/home_audit.ts";
import { startAuditWork } from "../../trail/audit/audit_work.ts";
import type { GitPlace } from "../../trail/audit/git_command.ts";
import { auditTip } from "../../trail/audit/read_repository.ts";
import type { ChannelView } from "../../money/claims/channel_manager.ts";
import type { Config } from "../../config/config.ts";
import {
  examineHome,
  type HomeCondition,
  type RecoverySource,
} from "../../trail/recovery/examine_home.ts";
import { rebuildStore } from "../../trail/recovery/rebuild_store.ts";
import { recoverHome, type Recovery } from "../../trail/recovery/recover_home.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { withChannelManager } from "../channel/channel_home.ts";
import type { Invocation } from "../../shell/command.ts";
import { confirm } from "../../shell/confirm.ts";
import { CommandError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { alignedText, printable } from "../../shell/output.ts";

/** The limit for rebuilding the repository, in milliseconds. */
const AUDIT_MS = 600_000;
/** The most lost rows that are listed for people. */
const MAX_SHOWN = 30;

/** Rebuilds lost records. */
export async function stateRecover(invocation: Invocation): Promise<number> {
  const { options, output, globals, io, signal } = invocation;
  const config = await configOf(invocation);
  const place: GitPlace = { folder: config.paths.stateFolder, path: io.env("PATH") ?? "" };
  await noteNetwork(output, config);
  const condition = await examineHome(place);
  const given = options.text("from") as RecoverySource | undefined;
  const source = given ?? condition.source;
  if (source === null) {
    await output.document("state-recover", {
      source,
      ...words(condition),
      dry_run: globals.dryRun,
      recovered: false,
    }, "Nothing is lost: the store and its repository are intact");
    return 0;
  }
  refuseUseless(source, condition);
  if (globals.dryRun) return await preview(invocation, place, source, condition);
  await askFirst(invocation, config, source, condition);
  const recovery = await recoverHome({ place, source, clock: io.clock, signal });
  if (source === "journal") await auditAnew(config, place);
  const channels = source === "journal" ? null : await askForChannels(invocation, config);
  await output.document("state-recover", {
    ...documentOf(source, condition, recovery),
    channels: channels?.map(channelRow) ?? null,
  }, () => textOf(source, recovery, channels));
  return channels?.some(({ status }) => status === "recovering") === true ? 1 : 0;
}

/** Refuses a source that is itself damaged. */
function refuseUseless(source: RecoverySource, { store, git }: HomeCondition): void {
  if (source === "git" && git !== "whole") {
    throw new CommandError(
      "source_damaged",
      `cannot recover from git: the repository is ${git}`,
      "try --from chain, which also uses the payment log and the files",
    );
  }
  if (source === "journal" && store !== "whole") {
    throw new CommandError(
      "source_damaged",
      `cannot recover from the journal: state.db is ${store}`,
      "try --from git, or --from chain",
    );
  }
}

async function askFirst(
  invocation: Invocation,
  { profile }: Config,
  source: RecoverySource,
  { store }: HomeCondition,
): Promise<void> {
  const { globals, output } = invocation;
  const risky = source !== "journal" && store === "whole";
  const asks = confirm.asks(invocation, profile);
  if (risky && !asks && !globals.yes) {
    throw new CommandError(
      "not_lost",
      "state.db is intact, and a rebuilt one would hold less",
      "add --yes to replace it anyway",
    );
  }
  if (!asks) return;
  if (risky) await output.warn("state.db is intact, and a rebuilt one would hold less");
  if (!await confirm.yes(invocation, `recover this home from ${source}?`)) {
    throw new CommandError("not_confirmed", "nothing was done", "answer y, or add --yes");
  }
}

/** Runs the recovery in a temporary folder. */
async function preview(
  { output, io }: Invocation,
  place: GitPlace,
  source: RecoverySource,
  condition: HomeCondition,
): Promise<number> {
  let recovery: Recovery = { rebuilt: null, setAside: null, lost: [] };
  if (source !== "journal") {
    const folder = await Deno.makeTempDir({ prefix: "crosstown-" });
    try {
      const tip = source === "git" ? await auditTip(place) : null;
      const rebuilt = await rebuildStore(place, tip, folder, io.clock);
      recovery = { rebuilt, setAside: null, lost: rebuilt.lost };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  await output.document("state-recover", {
    ...documentOf(source, condition, recovery),
    dry_run: true,
    recovered: false,
    channels: null,
  }, () => `Would recover from ${source}:\n${textOf(source, recovery, null)}`);
  return 0;
}

/** Rebuilds a repository from the whole journal. The next process with the key adds the checkpoints. */
async function auditAnew({ paths, profile }: Config, place: GitPlace): Promise<void> {
  const store = await openSqliteStore({
    folder: paths.stateFolder,
    clock: Date.now,
    journal: true,
  });
  try {
    const options = { ...place, names: auditNames(profile) };
    const audit = startAuditWork(options, { store }, { clock: Date.now, log: () => {} });
    const { gitTrouble } = await audit.drain(AUDIT_MS);
    await audit.close();
    if (gitTrouble === null) return;
    throw new CommandError(
      `git_${gitTrouble.code}`,
      `the repository cannot be made: ${gitTrouble.message}`,
      "see 'crosstown doctor'; payments continue without it, and crosstown tries again",
    );
  } finally {
    await store.close();
  }
}

/** Asks the chain and the counterparty if they can be reached now. Otherwise the next payment asks them. */
async function askForChannels(
  invocation: Invocation,
  config: Config,
): Promise<readonly ChannelView[] | null> {
  if (config.profile.chain.rpcUrls.length === 0) return null;
  try {
    return await withChannelManager(
      invocation,
      config,
      (home) => home.channel({ op: "recover", consent: false }),
    );
  } catch (error) {
    if (invocation.signal.aborted || typeof codeOf(error) !== "string") {
      throw error;
    }
    await invocation.output.warn(
      `chain and counterparty were not asked: ${
        printable(messageOf(error))
      }; run 'crosstown channel recover'`,
    );
    return null;
  }
}

function words({ store, git }: HomeCondition) {
  return { store, git };
}

function documentOf(source: RecoverySource, condition: HomeCondition, recovery: Recovery) {
  const { rebuilt, setAside, lost } = recovery;
  return {
    source,
    ...words(condition),
    dry_run: false,
    recovered: true,
    rebuilt: rebuilt === null
      ? null
      : { channels: rebuilt.channels, jobs: rebuilt.jobs, entries: rebuilt.entries },
    set_aside: setAside,
    lost,
  };
}

function channelRow({ name, status, payer }: ChannelView) {
  return {
    channel_id: name,
    status,
    nonce: payer.nonce,
    signed_units: payer.signedUnits,
    spent_units: payer.spentUnits,
    deposit_units: payer.depositUnits,
  };
}

function textOf(
  source: RecoverySource,
  { rebuilt, setAside, lost }: Recovery,
  channels: readonly ChannelView[] | null,
): string {
  const shown = lost.slice(0, MAX_SHOWN).map((each) => `  - ${printable(each)}`);
  const more = lost.length - shown.length;
  return [
    alignedText([
      ["from", source],
      ...(rebuilt === null ? [["repository", "made again from the journal"]] : [
        ["channels", String(rebuilt.channels)],
        ["jobs", String(rebuilt.jobs)],
        ["journal", `${rebuilt.entries} entries`],
      ]),
      ...(setAside === null ? [] : [["set aside", setAside]]),
      ...(channels ?? []).map(({ name, status, note }) => [
        name,
        note === null ? status : `${status}: ${printable(note)}`,
      ]),
    ]),
    ...(lost.length === 0 ? [] : ["Not had back:", ...shown]),
    ...(more > 0 ? [`  and ${more} more: see --output json`] : []),
  ].join("\n");
}
