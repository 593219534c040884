/**
 * `crosstown wallet limits`: shows the signer's ceilings, and changes them with the passphrase.
 *
 * @module
 */
import { nearestWord } from "../../base/config_error.ts";
import { smaller } from "../../base/amount.ts";
import { KeyFileError } from "../../money/wallet/key_file_error.ts";
import { codeOf } from "../../base/thrown.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { CeilingName, CeilingsView } from "../../money/signer/ceilings.ts";
import { snapshotName } from "../../money/signer/signer.ts";
import { type Asset, decimalUnits, formatUnits, typedUnits } from "../../protocols/ilp/asset.ts";
import { tokenUnits } from "../../shell/amount.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { decimalWei, weiOf } from "../../shell/gas_amount.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import {
  keysOf,
  passphraseAgain,
  unattendedPassphrase,
  walletPlace,
} from "../../shell/home/home_keys.ts";
import { ceilingsOf } from "../../shell/home/open_home.ts";
import { keepRaised } from "../../shell/home/raised_ceilings.ts";
import { storeIsThere } from "../../shell/home/read_store.ts";
import { alignedText } from "../../shell/output.ts";

/** The names that people type. */
const NAMES: readonly (readonly [string, CeilingName, string])[] = [
  ["packet", "perPacketUnits", "most of one packet"],
  ["channel", "perChannelUnits", "most signed on one channel"],
  ["hour", "perHourUnits", "most paid in an hour"],
  ["day", "perDayUnits", "most paid in a day"],
  ["job", "perJobUnits", "most for one job in total"],
  ["provider-day", "perProviderDayUnits", "most paid to one provider in a day"],
  ["strangers-day", "perStrangersDayUnits", "most paid upfront to all strangers in a day"],
  ["window", "windowUnits", "most at risk at once, so also the most of one payment"],
  ["deposit", "depositUnits", "most deposited in one channel"],
  ["locked", "lockedUnits", "most deposited in all channels"],
  ["deposited-day", "depositedPerDayUnits", "most deposited in a day"],
  ["gas-transaction", "gasPerTransactionWei", "most gas for one transaction"],
  ["gas-day", "gasPerDayWei", "most gas in a day"],
  ["sent-day", "sentPerDayWei", "most of the chain's currency sent in a day"],
];

/** Prints the ceilings, or changes some with the passphrase. */
export async function walletLimits(invocation: Invocation): Promise<number> {
  const { options, globals, output } = invocation;
  const config = await configOf(invocation);
  const change = changeOf(options.list("set"), config.profile.asset);
  const place = await walletPlace(config);
  await noteNetwork(output, config);
  // Asks for the passphrase again: the configured one lets a program pay, but not change its limits.
  const asked = Object.keys(change).length === 0 || globals.dryRun
    ? null
    : await passphraseAgain(config, invocation);
  const opens = await unattendedPassphrase(config, invocation) ?? asked;
  const keys = opens === null ? await keysOf(config, invocation) : { ...place, passphrase: opens };
  await using state = await dryRunState(config, globals);
  const { paths, profile } = state.config;
  await Deno.mkdir(paths.stateFolder, { recursive: true, mode: 0o700 });
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const store = await supervisor.service("store", {
      folder: paths.stateFolder,
      lockWaitMs: 2_000,
      journal: true,
      network: profile.name,
      // A daemon may be writing. Only a change needs the store for itself.
      readOnly: asked === null && await storeIsThere(state.config),
    });
    const { chainId, tokenNetworkAddress, tokenAddress } = profile.chain;
    const handle = await supervisor.service("signer", {
      wallet: keys,
      ceilings: ceilingsOf(config),
      allow: chainId === 0 ? [] : [{ chainId, tokenNetworkAddress, tokenAddress }],
      snapshot: "stored",
    }, { store });
    const signer = handle.client();
    if (asked !== null) {
      const passphrase = "text" in asked ? asked.text : await readBy(async () => {
        const reader = await supervisor.service("key-reader", { ...place, passphrase: asked });
        return (await reader.client().read()).passphrase;
      });
      const { paymentAddress } = await signer.identity();
      const snapshot = await signer.changeCeilings({ passphrase, ceilings: change })
        .catch((error: unknown) => {
          throw codeOf(error) === "locked" ? wrongPassphrase() : error;
        });
      await store.client().commit([
        { op: "putSnapshot", name: snapshotName(paymentAddress), ...snapshot },
        { op: "journal", entry: { type: "limits", outcome: "set", data: journaled(change) } },
        keepRaised(profile, await signer.ceilings()),
      ]);
    }
    const view = await signer.ceilings();
    await show(invocation, view, config.profile.asset);
    if (!globals.dryRun) await noteNarrower(output, change, view, config.profile.asset);
    if (globals.dryRun && Object.keys(change).length > 0) await output.note("Nothing was changed.");
    return 0;
  } catch (error) {
    const code = codeOf(error);
    throw asked !== null && code === "wrong_passphrase" ? wrongPassphrase() : error;
  } finally {
    await supervisor.stop(0);
  }
}

/** The ceilings on sums to which a job's payments also count. */
const HOLD_A_JOB: readonly CeilingName[] = [
  "perProviderDayUnits",
  "perHourUnits",
  "perChannelUnits",
  "perDayUnits",
];

/** Tells the user that a raised ceiling of a job has less effect than it says, because other ceilings also count its payments. */
async function noteNarrower(
  output: Invocation["output"],
  change: Partial<Record<CeilingName, bigint>>,
  { effective }: CeilingsView,
  asset: Asset,
): Promise<void> {
  if (change.perJobUnits === undefined) return;
  const wanted = effective.perJobUnits;
  const text = (units: bigint) => formatUnits(units, asset);
  const once = smaller(effective.perPacketUnits, effective.windowUnits);
  if (once < wanted) {
    const bounds = (["packet", "window"] as const).filter((name) =>
      (name === "packet" ? effective.perPacketUnits : effective.windowUnits) < wanted
    );
    const raise = bounds.map((name) => `--set ${name}=...`).join(" ");
    await output.note(
      `${text(wanted)} is for all payments of a job; one payment is at most ${
        text(once)
      }: ${raise} raises it.`,
    );
  }
  const narrower = NAMES.filter(([, key]) => HOLD_A_JOB.includes(key) && effective[key] < wanted);
  if (narrower.length === 0) return;
  const held = narrower.map(([name, key]) => `${name} (${text(effective[key])})`);
  const raise = narrower.map(([name]) => `--set ${name}=${typedUnits(wanted, asset)}`);
  await output.note(
    `Below it are ${held.join(", ")}: 'crosstown wallet limits ${raise.join(" ")}' raises them.`,
  );
}

function wrongPassphrase(): CommandError {
  return new CommandError(
    "wrong_passphrase",
    "the ceilings stay as they are: the passphrase is wrong",
    "give the wallet's passphrase",
  );
}

/** Turns the key reader's refusal into a usage error, because it concerns the file that the user named. */
async function readBy(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new UsageError(
      error.message,
      "name a file that only you can read",
      `passphrase_${error.code}`,
    );
  }
}

async function show(
  { output }: Invocation,
  { effective, hard, changes }: CeilingsView,
  asset: Asset,
) {
  const rows = NAMES.map(([name, key, what]) => ({
    name,
    limit: amountText(key, effective[key], asset),
    without_lowering: amountText(key, hard[key], asset),
    unit: isGas(key) ? "ETH" : asset.code,
    what,
  }));
  await output.document("wallet-limits", {
    limits: Object.fromEntries(NAMES.map(([name, key]) => [name, effective[key]])),
    hard: Object.fromEntries(NAMES.map(([name, key]) => [name, hard[key]])),
    changes: changes.map(({ atMs, ceilings }) => ({
      at: new Date(atMs).toISOString(),
      ...Object.fromEntries(
        NAMES.filter(([, key]) => ceilings[key] !== undefined)
          .map(([name, key]) => [name, ceilings[key]]),
      ),
    })),
  }, () => {
    const lines = rows.map(({ name, limit, unit, what }) => [name, `${limit} ${unit}`, what]);
    const history = changes.map(({ atMs, ceilings }) =>
      `${new Date(atMs).toISOString()}  ${
        NAMES.filter(([, key]) => ceilings[key] !== undefined)
          .map(([name, key]) => `${name}=${amountText(key, ceilings[key]!, asset)}`).join(" ")
      }`
    );
    return [alignedText(lines), ...(history.length === 0 ? [] : ["", "Set:", ...history])]
      .join("\n");
  }, rows);
}

function changeOf(
  settings: readonly string[],
  asset: Asset,
): Partial<Record<CeilingName, bigint>> {
  const change: Partial<Record<CeilingName, bigint>> = {};
  for (const setting of settings) {
    const [name, value = ""] = setting.split("=", 2);
    const key = NAMES.find(([known]) => known === name)?.[1];
    if (key === undefined || value === "") {
      const names = NAMES.map(([known]) => known);
      const guess = nearestWord(name, names);
      throw new UsageError(
        `--set takes NAME=AMOUNT (got ${setting})`,
        key === undefined && guess !== null
          ? `did you mean '${guess}'?`
          : `the names are ${names.join(", ")}`,
      );
    }
    change[key] = isGas(key)
      ? weiOf(value, `--set ${name}`)
      : tokenUnits(value, `--set ${name}`, asset);
  }
  return change;
}

/** The change as the journal records it, with the names of the document. */
function journaled(change: Partial<Record<CeilingName, bigint>>): Record<string, string> {
  return Object.fromEntries(
    NAMES.filter(([, key]) => change[key] !== undefined).map(([name, key]) => [
      `${name.replace("-", "_")}_${isGas(key) ? "wei" : "units"}`,
      String(change[key]),
    ]),
  );
}

/** Whether a ceiling is in the chain's native currency. The others are in the asset. */
function isGas(key: CeilingName): boolean {
  return key.endsWith("Wei");
}

function amountText(key: CeilingName, amount: bigint, asset: Asset): string {
  return isGas(key) ? decimalWei(amount) : decimalUnits(amount, asset);
}
