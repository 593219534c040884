/**
 * The parts of `crosstown wallet` that use the chain: balances, transfers and the faucet.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { asAddress } from "../../protocols/evm/address.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { MoneyCall } from "../../money/channels/money_mover.ts";
import type { Config } from "../../config/config.ts";
import { decimalUnits, formatUnits, wholeUnits } from "../../protocols/ilp/asset.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { decimalWei, weiOf } from "../../shell/gas_amount.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { moveMoney, startChain } from "./wallet_move.ts";
import { keysOf } from "../../shell/home/home_keys.ts";
import { startEventSigner } from "../../shell/home/open_home.ts";

const FAUCET_WHOLE = 100n;

/** Prints the account's balances. */
export async function walletBalance(invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const config = await configOf(invocation);
  // The passphrase is asked for before anything is started.
  await keysOf(config, invocation);
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const chain = (await startChain(supervisor, config)).client();
    const signer = await startEventSigner(config, invocation, supervisor);
    const { paymentAddress: address } = await signer.client().identity();
    const { gasWei, tokenRaw, allowanceRaw } = await chain.funds(address);
    const { name, chain: { chainId }, asset } = config.profile;
    await noteNetwork(output, config);
    await output.document(
      "wallet-balance",
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

/** Sends tokens, or with `--gas` the chain's native currency. */
export async function walletSend(invocation: Invocation): Promise<number> {
  const { args, options } = invocation;
  const config = await configOf(invocation);
  const to = recipientOf(args.required("to"));
  const { asset } = config.profile;
  const call: MoneyCall = options.on("gas")
    ? { call: "send", to, valueWei: weiOf(args.required("amount"), "argument amount") }
    : {
      call: "transfer",
      token: tokenOf(config),
      to,
      amountRaw: args.amount("amount", asset, { aboveZero: true })!,
    };
  const amount = call.call === "send"
    ? `${decimalWei(call.valueWei)} ETH`
    : formatUnits(call.amountRaw, asset);
  return await moveMoney(invocation, config, {
    recipient: to,
    callOf: () => call,
    words: `${amount} to ${to}`,
  });
}

/** Gets tokens from the token's faucet, on test networks. */
export async function walletFaucet(invocation: Invocation): Promise<number> {
  const { args } = invocation;
  const config = await configOf(invocation);
  const { profile } = config;
  if (!profile.testnet) {
    throw new UsageError(`${profile.name} is not a test network`, "faucets are for test networks");
  }
  const amountRaw = args.amount("amount", profile.asset, { aboveZero: true }) ??
    FAUCET_WHOLE * wholeUnits(profile.asset);
  const call = (own: string): MoneyCall => ({
    call: "faucet",
    token: tokenOf(config),
    to: asAddress(own),
    amountRaw,
  });
  try {
    return await moveMoney(invocation, config, {
      recipient: null,
      callOf: call,
      words: `${formatUnits(amountRaw, profile.asset)} of the faucet`,
    });
  } catch (error) {
    const code = codeOf(error);
    const { faucetUrl } = profile.chain;
    if (/FaucetLimitExceeded/.test(messageOf(error))) {
      throw await aboveLimit(config, amountRaw, error);
    }
    if (code === "funds") {
      throw new CommandError(
        "no_gas",
        `the account needs gas to request tokens: ${messageOf(error)}`,
        faucetUrl === undefined
          ? "send some of the chain's own currency to the address that 'crosstown wallet receive' shows"
          : `get some of the chain's own currency for the address that 'crosstown wallet receive' shows: see ${faucetUrl}`,
        { cause: error },
      );
    }
    if (code !== "reverted") throw error;
    throw new CommandError(
      "no_faucet",
      `the token of ${profile.name} gives nothing: ${messageOf(error)}`,
      faucetUrl === undefined
        ? "request a smaller amount, or ask the operator of the network"
        : `see ${faucetUrl}`,
      { cause: error },
    );
  }
}

/** The error for an amount that the faucet refused. It names the most that the faucet gives in one call; calls are not limited. */
async function aboveLimit(
  config: Config,
  amountRaw: bigint,
  cause: unknown,
): Promise<CommandError> {
  const { asset, chain: { faucetUrl } } = config.profile;
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const chain = await startChain(supervisor, config);
    const limit = await chain.client().faucetLimit().catch(() => null);
    const most = limit === null ? "less" : `at most ${formatUnits(limit, asset)} at a time`;
    const again = limit === null
      ? "ask for less"
      : `run 'crosstown wallet faucet ${decimalUnits(limit, asset).split(".")[0]} --yes'`;
    return new CommandError(
      "faucet_limit",
      `the faucet of ${config.profile.name} gives ${most}, not ${formatUnits(amountRaw, asset)}`,
      `${again}; the limit is for each call, so you can repeat it${
        faucetUrl === undefined ? "" : `, or see ${faucetUrl}`
      }`,
      { cause },
    );
  } finally {
    await supervisor.stop(0);
  }
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
    throw new UsageError(messageOf(error), "copy the address exactly as you got it");
  }
}
