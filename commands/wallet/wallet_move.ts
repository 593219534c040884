/**
 * Moves money outside of channels: in the daemon that works on the home, which holds the account's nonces and ledger, else here. What
 * was signed is durable before it is broadcast; nothing is asked for twice.
 *
 * @module
 */
import { StoreError } from "../../store/store_error.ts";
import { codeOf } from "../../base/thrown.ts";
import { chainOptionsOf } from "../../home/channel_services.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Supervisor } from "../../runtime/supervisor.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { MoneyCall, MoneyMover, MovedMoney } from "../../money/channels/money_mover.ts";
import { moneyRequest, movedOf, quoteOf } from "../../money/channels/money_work.ts";
import type { GasQuote } from "../../money/evm/chain_connection.ts";
import type { Config } from "../../config/config.ts";
import type { ControlClient } from "../../home/control/control_client.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { KeyReader, KeyReaderOptions } from "../../money/wallet/key_reader.ts";
import { noteNetwork } from "../home/money_banner.ts";
import { checkSameNetwork } from "../home/same_network.ts";
import type { Invocation } from "../shell/command.ts";
import { dryRunState } from "../home/dry_run_state.ts";
import { daemonOf } from "../home/daemon_of.ts";
import { CommandError, UsageError } from "../shell/errors.ts";
import { decimalWei } from "../shell/gas_amount.ts";
import { keysOf } from "../home/home_keys.ts";
import { claimForMayor, refuseSecondMayor } from "../shell/one_mayor.ts";
import { ceilingsOf, startEventSigner } from "../home/open_home.ts";
import type { TurnHolder } from "../home/turn.ts";

/** What is moved. */
interface MoneyPlan {
  /** The one address that the user named; null for money that comes to the account itself. */
  readonly recipient: string | null;
  /** The call of an account. */
  readonly callOf: (own: string) => MoneyCall;
  /** For people: `1.25 M2M to 0x...`. */
  readonly words: string;
}

type Price = Pick<GasQuote, "gasLimit" | "maxFeeWei">;
type Answer = { readonly price: Price } | { readonly moved: MovedMoney };

const TURN_MS = 10_000;
const LOOK_MS = 100;

/** Prices it with `--dry-run`, else does it. Throws UsageError `not_confirmed` without `--yes`. */
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
      "see its price with --dry-run, and do it with --yes",
      "not_confirmed",
    );
  }
  const keys = await keysOf(config, invocation);
  const supervisor = createSupervisor({ log: () => undefined });
  const stop = () => void supervisor.stop(0);
  signal.addEventListener("abort", stop);
  try {
    const signer = await startEventSigner(config, invocation, supervisor);
    const { paymentAddress: own } = await signer.client<Signer>().identity();
    await signer.stop();
    await using state = await dryRunState(config, globals);
    const work = { invocation, config: state.config, supervisor, keys, own, plan };
    const answer = await inTurn(work);
    if ("price" in answer) {
      const { gasLimit, maxFeeWei } = answer.price;
      await output.document(
        { dry_run: true, gas_limit: gasLimit, max_fee_wei: maxFeeWei },
        `Would move ${words} for at most ${decimalWei(maxFeeWei)} ETH`,
      );
      return 0;
    }
    const { hash, blockNumber, feeWei } = answer.moved;
    const { explorerUrl } = config.profile.chain;
    await output.document(
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

/** All that one move needs. */
interface MoneyTurn {
  readonly invocation: Invocation;
  readonly config: Config;
  readonly supervisor: Supervisor;
  readonly keys: KeyReaderOptions;
  readonly own: string;
  readonly plan: MoneyPlan;
}

/** Hands it to the home's daemon; waits for a command, which ends soon; does it here where nobody is at work. */
async function inTurn(work: MoneyTurn): Promise<Answer> {
  const { config: { paths }, invocation: { io, signal } } = work;
  const untilMs = io.clock() + TURN_MS;
  for (;;) {
    signal.throwIfAborted();
    const client = await daemonOf(paths.controlSocket);
    if (client !== null) {
      try {
        const about = await client.call("status") as TurnHolder;
        if (about.role !== "command") return await handOver(work, client, about);
      } finally {
        client.close();
      }
    } else {
      try {
        return await doHere(work);
      } catch (error) {
        const isLocked = error instanceof StoreError && error.code === "locked";
        if (!isLocked || io.clock() > untilMs) throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function handOver(
  { config, invocation, supervisor, keys, own, plan }: MoneyTurn,
  client: ControlClient,
  { network, role }: TurnHolder,
): Promise<Answer> {
  checkSameNetwork({ role, network }, config);
  const { dryRun } = invocation.globals;
  const passphrase = dryRun || plan.recipient === null
    ? null
    : await passphraseOf(supervisor, keys, role);
  const call = plan.callOf(own);
  try {
    const json = await client.call("money", moneyRequest({ call, dryRun, passphrase }));
    return dryRun ? { price: quoteOf(json) } : { moved: movedOf(json) };
  } catch (error) {
    if (dryRun || codeOf(error) !== "closed") throw error;
    // It may be signed by now, and is broadcast by the next start then: never asked for again by itself.
    throw new CommandError(
      "in_doubt",
      `the ${role} ended before it said what became of it`,
      "look at 'crosstown wallet history' before you send again",
      { cause: error },
    );
  }
}

/** The daemon's signer takes a new recipient from whoever has the passphrase, over the owner-only socket. */
async function passphraseOf(
  supervisor: Supervisor,
  keys: KeyReaderOptions,
  role: string,
): Promise<string> {
  if (keys.plainKey !== undefined) {
    throw new CommandError(
      "no_passphrase",
      `the ${role} takes a new recipient with the wallet's passphrase alone, and a key in plain text has none`,
      `stop it with 'crosstown ${role} down', send, and start it again`,
    );
  }
  if ("text" in keys.passphrase) return keys.passphrase.text;
  const reader = await supervisor.service("key-reader", keys);
  return (await reader.client<KeyReader>().read()).passphrase;
}

async function doHere(
  { config, invocation: { globals }, supervisor, keys, own, plan }: MoneyTurn,
): Promise<Answer> {
  await refuseSecondMayor(config, () => Promise.resolve(own));
  const started: ServiceHandle[] = [];
  try {
    const mover = await startMover(supervisor, config, keys, plan.recipient, started);
    if (globals.dryRun) return { price: await mover.price(plan.callOf(own)) };
    await claimForMayor(config, own);
    return { moved: await mover.move(plan.callOf(own)) };
  } finally {
    for (const handle of started.reverse()) await handle.stop().catch(() => undefined);
  }
}

/** The signer is told of the one recipient that the user named, and of no other. */
async function startMover(
  supervisor: Supervisor,
  config: Config,
  keys: KeyReaderOptions,
  recipient: string | null,
  started: ServiceHandle[],
): Promise<MoneyMover> {
  const { paths, profile } = config;
  const start = async (...args: Parameters<Supervisor["service"]>) => {
    const handle = await supervisor.service(...args);
    started.push(handle);
    return handle;
  };
  await Deno.mkdir(paths.stateFolder, { recursive: true, mode: 0o700 });
  // The lock first: nothing else is worth starting without it.
  const store = await start("store", {
    folder: paths.stateFolder,
    lockWaitMs: 300,
    journal: true,
    network: profile.name,
  });
  const chain = await startChain({ service: start }, config);
  const keyReader = await start("key-reader", keys);
  const { chainId, tokenNetworkAddress, tokenAddress } = profile.chain;
  const signer = await start("signer-unattended", {
    ceilings: ceilingsOf(config),
    allow: [{ chainId, tokenNetworkAddress, tokenAddress }],
    parties: { recipients: recipient === null ? [] : [recipient], peers: [] },
    snapshot: "stored",
  }, { keyReader, store });
  const manager = await start("channel-manager", {}, { store, signer, chain });
  return manager.client<MoneyMover>();
}

/** The profile's chain. Throws CommandError `no_chain`. */
export async function startChain(
  supervisor: Pick<Supervisor, "service">,
  { profile }: Config,
): Promise<ServiceHandle> {
  const { rpcUrls, registryAddress, tokenAddress } = profile.chain;
  if (rpcUrls.length === 0 || registryAddress === undefined || tokenAddress === undefined) {
    throw new CommandError(
      "no_chain",
      `no chain of ${profile.name} can be asked`,
      "name rpc_urls, registry_address and token_address under the network's chain table",
    );
  }
  return await supervisor.service("chain", chainOptionsOf(profile));
}
