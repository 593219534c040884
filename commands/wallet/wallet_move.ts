/**
 * Transfers money outside of channels. The home does this, because it holds the account's nonces and ledger. A signed transaction is
 * durable before it is broadcast, and no transfer is requested twice.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { chainOptionsOf } from "../../home/channel_services.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import { createSupervisor, type Supervisor } from "../../home/workers/supervisor.ts";
import type { MoneyCall } from "../../money/channels/money_mover.ts";
import type { Config } from "../../config/config.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import type { KeyReaderOptions } from "../../money/wallet/key_reader.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { decimalWei } from "../../shell/gas_amount.ts";
import { keysOf } from "../../shell/home/home_keys.ts";
import { startEventSigner } from "../../shell/home/open_home.ts";

/** The transfer. */
interface MoneyPlan {
  /** The recipient that the user named; null if the money comes to the account itself. */
  readonly recipient: string | null;
  /** Makes the call from the account's address. */
  readonly callOf: (own: string) => MoneyCall;
  /** The transfer as text, e.g. `1.25 M2M to 0x...`. */
  readonly words: string;
}

/** Prints the fee with `--dry-run`; otherwise transfers. Throws UsageError `not_confirmed` without `--yes`. */
export async function moveMoney(
  invocation: Invocation,
  config: Config,
  plan: MoneyPlan,
): Promise<number> {
  const { globals, output, signal } = invocation;
  const { words } = plan;
  await noteNetwork(output, config);
  if (!globals.yes && !globals.dryRun) {
    throw new UsageError(
      `this would move ${words}`,
      "show the price with --dry-run, or confirm with --yes",
      "not_confirmed",
    );
  }
  requireChain(config);
  const keys = await keysOf(config, invocation);
  const supervisor = createSupervisor({ log: () => undefined });
  const stop = () => void supervisor.stop(0);
  signal.addEventListener("abort", stop);
  try {
    const signer = await startEventSigner(config, invocation, supervisor);
    const { paymentAddress: own } = await signer.client().identity();
    await signer.stop();
    await using state = await dryRunState(config, globals);
    await using home = await openHomeClient(invocation, state.config, {
      sameNetwork: true,
      writes: false,
      recipient: plan.recipient,
      // A one-off command ends soon and its signer accepts no other recipient, so this command waits for the home.
      fits: ({ role }) => role !== "command",
    });
    const call = plan.callOf(own);
    if (globals.dryRun) {
      const { gasLimit, maxFeeWei } = await unlessAborted(signal, home.priceMoney(call));
      await output.document("transfer-plan", {
        dry_run: true,
        gas_limit: gasLimit,
        max_fee_wei: maxFeeWei,
      }, `Would move ${words} for at most ${decimalWei(maxFeeWei)} ETH`);
      return 0;
    }
    const moving = home.moveMoneyWith(call, (role) => passphraseOf(supervisor, keys, role));
    const { hash, blockNumber, feeWei } = await unlessAborted(signal, moving.catch(inDoubt));
    const { explorerUrl } = config.profile.chain;
    await output.document(
      "transfer",
      { hash, block: blockNumber, fee_wei: feeWei, from: own },
      `Moved ${words} for ${decimalWei(feeWei)} ETH\ntx       ${hash}${
        explorerUrl === undefined ? "" : `\nlook     ${explorerUrl}/tx/${hash}`
      }`,
    );
    return 0;
  } finally {
    signal.removeEventListener("abort", stop);
    await supervisor.stop(0);
  }
}

/** The transaction may be signed already. The next start then broadcasts it, so it must not be requested again automatically. */
function inDoubt(cause: unknown): never {
  if (codeOf(cause) !== "closed") throw cause;
  throw new CommandError(
    "in_doubt",
    "the process that works on this home ended before it reported the outcome",
    "check 'crosstown wallet history' before you send again",
    { cause },
  );
}

/** The daemon's signer accepts a new recipient only with the passphrase, sent over the owner-only socket. */
async function passphraseOf(
  supervisor: Supervisor,
  keys: KeyReaderOptions,
  role: string,
): Promise<string> {
  if (keys.plainKey !== undefined) {
    throw new CommandError(
      "no_passphrase",
      `the ${role} sends to a new recipient only with the wallet's passphrase, and a key in plain text has none`,
      `stop it with 'crosstown ${role} down', send, and start it again`,
    );
  }
  if ("text" in keys.passphrase) return keys.passphrase.text;
  const reader = await supervisor.service("key-reader", keys);
  return (await reader.client().read()).passphrase;
}

/** Starts the service for the profile's chain. Throws CommandError `no_chain`. */
export async function startChain(
  supervisor: Pick<Supervisor, "service">,
  config: Config,
): Promise<ServiceHandle> {
  requireChain(config);
  return await supervisor.service("chain", chainOptionsOf(config.profile));
}

function requireChain({ profile }: Config): void {
  const { rpcUrls, registryAddress, tokenAddress } = profile.chain;
  if (rpcUrls.length > 0 && registryAddress !== undefined && tokenAddress !== undefined) return;
  throw new CommandError(
    "no_chain",
    `network ${profile.name} has no chain to ask`,
    "name rpc_urls, registry_address and token_address under the network's chain table",
  );
}
