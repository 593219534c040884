/**
 * What `crosstown wallet` does on the chain: balances, and money that is sent or comes from a faucet.
 *
 * @module
 */
import { asAddress } from "../protocols/evm/address.ts";
import { chainOptionsOf } from "../pipeline/channel_services.ts";
import type { ServiceHandle } from "../pipeline/hosted_service.ts";
import { createSupervisor, type Supervisor } from "../pipeline/supervisor.ts";
import type { EvmChain } from "../services/chain/evm_chain.ts";
import type { MoneyCall, MoneyMover } from "../services/channel/money_mover.ts";
import type { Config } from "../services/config/config.ts";
import type { KeyReaderOptions } from "../services/wallet/key_reader.ts";
import type { Signer } from "../services/signer/signer.ts";
import { formatUnits, wholeUnits } from "../protocols/ilp/asset.ts";
import { networkBanner, parseAmount } from "./amount.ts";
import type { Invocation } from "./command.ts";
import { CommandError, UsageError } from "./errors.ts";
import { decimalWei, weiOf } from "./gas_amount.ts";
import { configOf } from "./load_config.ts";
import { keysOf } from "./home_keys.ts";
import { ceilingsOf, startEventSigner } from "./open_home.ts";

const FAUCET_WHOLE = 100n;

/** What the account has. */
export async function walletBalance(invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const config = await configOf(invocation);
  // Asked before anything is started.
  await keysOf(config, invocation);
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const chain = (await startChain(supervisor, config)).client<EvmChain>();
    const signer = await startEventSigner(config, invocation, supervisor);
    const { paymentAddress: address } = await signer.client<Signer>().identity();
    const { gasWei, tokenRaw, allowanceRaw } = await chain.funds(address);
    const { name, chain: { chainId }, asset } = config.profile;
    await output.note(networkBanner(config.profile));
    await output.document(
      {
        address,
        network: name,
        chain_id: chainId,
        asset: asset.code,
        token_units: tokenRaw,
        allowance_units: allowanceRaw,
        gas_wei: gasWei,
      },
      `address  ${address}\ntoken    ${formatUnits(tokenRaw, asset)}\ngas      ${
        decimalWei(gasWei)
      } ETH`,
    );
    return 0;
  } finally {
    await supervisor.stop(0);
  }
}

/** Sends tokens, or with `--gas` the chain's own currency. */
export async function walletSend(invocation: Invocation): Promise<number> {
  const { args, options } = invocation;
  const config = await configOf(invocation);
  const to = recipientOf(args.required("to"));
  const text = args.required("amount");
  const call: MoneyCall = options.on("gas")
    ? { call: "send", to, valueWei: weiOf(text) }
    : { call: "transfer", token: tokenOf(config), to, amountRaw: unitsOf(text, config) };
  const amount = call.call === "send"
    ? `${decimalWei(call.valueWei)} ETH`
    : formatUnits(unitsOf(text, config), config.profile.asset);
  return await moveMoney(invocation, config, to, () => call, `${amount} to ${to}`);
}

/** Gets tokens from the token's own faucet, on test networks. */
export async function walletFaucet(invocation: Invocation): Promise<number> {
  const { args } = invocation;
  const config = await configOf(invocation);
  const { profile } = config;
  if (!profile.testnet) {
    throw new UsageError(`${profile.name} is no test network`, "faucets are for test networks");
  }
  const text = args.text("amount");
  const amountRaw = text === undefined
    ? FAUCET_WHOLE * wholeUnits(profile.asset)
    : unitsOf(text, config);
  const call = (own: string): MoneyCall => ({
    call: "faucet",
    token: tokenOf(config),
    to: asAddress(own),
    amountRaw,
  });
  try {
    return await moveMoney(
      invocation,
      config,
      null,
      call,
      `${formatUnits(amountRaw, profile.asset)} of the faucet`,
    );
  } catch (error) {
    if ((error as { code?: string }).code !== "reverted") throw error;
    const { faucetUrl } = profile.chain;
    throw new CommandError(
      "no_faucet",
      `the token of ${profile.name} gives nothing: ${(error as Error).message}`,
      faucetUrl === undefined
        ? "ask for a smaller amount, or whoever runs the network"
        : `see ${faucetUrl}`,
      { cause: error },
    );
  }
}

async function moveMoney(
  invocation: Invocation,
  config: Config,
  recipient: string | null,
  callOf: (own: string) => MoneyCall,
  words: string,
): Promise<number> {
  const { globals, output, signal } = invocation;
  await output.note(networkBanner(config.profile));
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
    const chain = await startChain(supervisor, config);
    if (globals.dryRun) {
      const signer = await startEventSigner(config, invocation, supervisor);
      const { paymentAddress } = await signer.client<Signer>().identity();
      const price = await chain.client<EvmChain>().quote(callOf(paymentAddress), paymentAddress);
      await output.document(
        { dry_run: true, gas_limit: price.gasLimit, max_fee_wei: price.maxFeeWei },
        `Would move ${words} for at most ${decimalWei(price.maxFeeWei)} ETH`,
      );
      return 0;
    }
    const { signer, mover } = await startMover(
      supervisor,
      config,
      keys,
      chain,
      recipient,
    );
    const { paymentAddress } = await signer.identity();
    const { hash, blockNumber, feeWei } = await mover.move(callOf(paymentAddress));
    const { explorerUrl } = config.profile.chain;
    await output.document(
      { hash, block: blockNumber, fee_wei: feeWei, from: paymentAddress },
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

/** The signer is told of the one recipient that the user named, and of no other. */
async function startMover(
  supervisor: Supervisor,
  config: Config,
  keys: KeyReaderOptions,
  chain: ServiceHandle,
  recipient: string | null,
): Promise<{ readonly signer: Signer; readonly mover: MoneyMover }> {
  const { paths, profile } = config;
  await Deno.mkdir(paths.stateFolder, { recursive: true, mode: 0o700 });
  const [store, keyReader] = await Promise.all([
    supervisor.service("store", {
      folder: paths.stateFolder,
      lockWaitMs: 2_000,
      journal: true,
    }),
    supervisor.service("key-reader", keys),
  ]);
  const { chainId, tokenNetworkAddress, tokenAddress } = profile.chain;
  const signer = await supervisor.service("signer-unattended", {
    ceilings: ceilingsOf(config),
    allow: [{ chainId, tokenNetworkAddress, tokenAddress }],
    parties: { recipients: recipient === null ? [] : [recipient], peers: [] },
    snapshot: "stored",
  }, { keyReader, store });
  await keyReader.stop();
  const keeper = await supervisor.service("channel-keeper", {}, { store, signer, chain });
  return { signer: signer.client<Signer>(), mover: keeper.client<MoneyMover>() };
}

async function startChain(supervisor: Supervisor, { profile }: Config): Promise<ServiceHandle> {
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

function tokenOf({ profile }: Config) {
  const { tokenAddress } = profile.chain;
  if (tokenAddress !== undefined) return asAddress(tokenAddress);
  throw new CommandError("no_chain", `${profile.name} has no token`, "use another --network");
}

function recipientOf(text: string) {
  try {
    return asAddress(text, "TO");
  } catch (error) {
    throw new UsageError((error as Error).message, "give the address as it was given to you");
  }
}

function unitsOf(text: string, { profile: { asset } }: Config): bigint {
  const amount = parseAmount(text, asset);
  if (amount.rail === "m2m" && amount.units > 0n) return amount.units;
  throw new UsageError(
    `the amount must be ${asset.code} above zero`,
    "write it like 0.5 or 500000units",
  );
}
