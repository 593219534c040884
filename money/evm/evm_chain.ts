/**
 * The chain behind RPC addresses. Its identity and contracts are checked first. Then it gives confirmed facts, prices, broadcasts and
 * outcomes.
 *
 * @module
 */
import { asAddress } from "../../protocols/evm/address.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import type { AccountFunds, ChainContracts, EvmChain, GasMarket } from "./chain_connection.ts";
import { ChainTail, headOf } from "./chain_tail.ts";
import { ChannelLogs } from "./channel_logs.ts";
import { ChannelMirror } from "./channel_mirror.ts";
import { channelsBetween } from "./channels_between.ts";
import { checkContracts, type FixedContracts, pauseState } from "./contract_check.ts";
import { tokenRead } from "./contract_read.ts";
import { type EvmChainDeps, type EvmChainOptions, withDefaults } from "./evm_options.ts";
import { feePerGas, quoteCall, simulateCall } from "./gas_quote.ts";
import { resultOf, RpcPool } from "./rpc_pool.ts";
import { readNumber, readQuantity } from "./rpc_values.ts";
import { broadcast, transactionStatus } from "./transaction_status.ts";

const HEAD_MAX_AGE_MS = 5_000;

/** A chain that can be closed. */
export interface OpenEvmChain extends EvmChain, GasMarket {
  /** Stops following the chain, until a method is called again. */
  close(): void;
}

/**
 * The chain of a profile. Nothing is asked before the first call.
 *
 * @throws {TypeError} for an invalid RPC address, without repeating it
 */
export function evmChain(options: EvmChainOptions, deps: EvmChainDeps): OpenEvmChain {
  const settings = withDefaults(options);
  const pool = new RpcPool({ ...settings, urls: settings.rpcUrls }, deps.timers, deps.log);
  let found: { readonly contracts: FixedContracts; readonly proofs: number } | null = null;
  let checking: Promise<FixedContracts> | null = null;

  const check = async (): Promise<FixedContracts> => {
    const contracts = await checkContracts(pool, settings);
    found = { contracts, proofs: pool.proofs };
    return contracts;
  };
  /** The contracts. They are checked again after an RPC address proved its identity again. */
  const fixed = async (): Promise<FixedContracts> => {
    if (found !== null && found.proofs === pool.proofs) return found.contracts;
    checking ??= check().finally(() => checking = null);
    return await checking;
  };
  const network = async () => (await fixed()).tokenNetwork;
  const mirror: ChannelMirror = new ChannelMirror(
    pool,
    new ChainTail(pool, settings, deps, network, {
      reset(vanished) {
        if (vanished) found = null;
        mirror.reset();
      },
      logs: (logs, tail) => mirror.logs(logs, tail),
    }),
    settings,
    fixed,
  );
  const { tail } = mirror;
  const logs = new ChannelLogs(pool, network);

  return {
    async contracts(): Promise<ChainContracts> {
      const contracts = await fixed();
      return { ...contracts, ...await pauseState(pool, contracts.tokenNetwork) };
    },
    async channel(channelId, { fresh = false } = {}) {
      await fixed();
      tail.want();
      return await mirror.channel(channelId, fresh);
    },
    async head(maxAgeMs = HEAD_MAX_AGE_MS) {
      await fixed();
      const end = await tail.fresh(maxAgeMs);
      // The contracts are asked for again, because the round may have found another chain.
      return headOf(end, (await fixed()).genesisHash);
    },
    async funds(address): Promise<AccountFunds> {
      const owner = asAddress(address);
      const { token, tokenNetwork } = await fixed();
      const balance = tokenRead<bigint>(token, "balanceOf", [owner]);
      const allowance = tokenRead<bigint>(token, "allowance", [owner, tokenNetwork]);
      return await pool.batch(
        [
          { method: "eth_getBalance", params: [owner, "latest"] },
          balance.call,
          allowance.call,
        ],
        ([gas, tokens, allowed]) => ({
          gasWei: readQuantity(resultOf(gas), "a balance"),
          tokenRaw: balance.value(tokens),
          allowanceRaw: allowance.value(allowed),
        }),
      );
    },
    async faucetLimit() {
      const limit = tokenRead<bigint>((await fixed()).token, "faucetLimit");
      return await pool.batch([limit.call], ([answer]) => {
        try {
          return limit.value(answer);
        } catch {
          // A token without such a faucet does not have this function.
          return null;
        }
      });
    },
    async transactionCount(address) {
      const account = asAddress(address);
      await fixed();
      const { confirmed } = await tail.fresh(0);
      const at = [{ blockHash: confirmed.hash }, "latest", "pending"];
      return await pool.batch(
        at.map((block) => ({ method: "eth_getTransactionCount", params: [account, block] })),
        (answers) => {
          const [confirmed, latest, pending] = answers.map((answer) =>
            readNumber(resultOf(answer), "a nonce")
          );
          return { confirmed, latest, pending };
        },
      );
    },
    async quote(call: ChainCall, from: string) {
      await fixed();
      return await quoteCall(pool, settings, call, asAddress(from, "from"));
    },
    async feePerGasWei() {
      await fixed();
      return await feePerGas(pool, settings);
    },
    async simulate(call: ChainCall, from: string) {
      await fixed();
      return await simulateCall(pool, call, asAddress(from, "from"));
    },
    async broadcast(raw) {
      await fixed();
      await broadcast(pool, raw);
    },
    async transaction(hash) {
      await fixed();
      return await transactionStatus(pool, tail, network, hash);
    },
    async channelsBetween(a, b) {
      const tokenNetwork = await network();
      const { newest } = await tail.fresh(0);
      return await channelsBetween(pool, logs, [asAddress(a), asAddress(b)], {
        network: tokenNetwork,
        fromBlock: settings.deployBlock,
        toBlock: newest.number,
      });
    },
    async channelEvents(channelIds, fromBlock) {
      await fixed();
      const { newest, confirmed } = await tail.fresh(0);
      const from = Math.max(fromBlock, settings.deployBlock);
      const events = await logs.events(channelIds, from, newest.number, confirmed.number);
      return { events, toBlock: newest.number };
    },
    close: () => tail.close(),
  };
}
