/**
 * Typed reads of our contracts as JSON-RPC calls. An answer that cannot be decoded counts as a fault of the RPC address that sent it.
 *
 * @module
 */
import type { Abi } from "viem";
import { decodeFunctionResult, encodeFunctionData } from "viem/utils";
import { testTokenAbi, tokenNetworkAbi, tokenNetworkRegistryAbi } from "../../contracts/abi.ts";
import { type RpcAnswer, type RpcCall, RpcFailure } from "./rpc_endpoint.ts";
import { resultOf } from "./rpc_pool.ts";
import { readData } from "./rpc_values.ts";

/** The block whose state is read: the newest one, or a block by its hash, so that no other block of that height answers. */
type At = "latest" | { readonly blockHash: string };

/** A read: the call, and the decoder of its answer. */
export interface ContractRead<T> {
  readonly call: RpcCall;
  /** Decodes the answer. Throws RpcRefusal if the contract refuses, RpcFailure if the answer is not valid. */
  readonly value: (answer: RpcAnswer) => T;
}

/** A channel as `channels(bytes32)` returns it. */
export interface ChannelRecord {
  readonly settlementTimeoutS: number;
  /** 0 none, 1 open, 2 closed, 3 settled. */
  readonly state: number;
  readonly closedAtS: number;
  readonly openedAtS: number;
  readonly participants: readonly [string, string];
}

/** A side as `participants(bytes32,address)` returns it. */
export interface SideRecord {
  readonly depositRaw: bigint;
  readonly nonce: bigint;
  readonly claimedRaw: bigint;
}

/** Reads a channel. Its state is 0 if there is none. */
export function channelRead(network: string, id: string, at: At): ContractRead<ChannelRecord> {
  return contractRead(tokenNetworkAbi, network, "channels", [id], at, (value) => {
    const [timeout, state, closedAt, openedAt, first, second] = value as [
      bigint,
      number,
      bigint,
      bigint,
      string,
      string,
    ];
    return {
      settlementTimeoutS: whole(timeout),
      state,
      closedAtS: whole(closedAt),
      openedAtS: whole(openedAt),
      participants: [first.toLowerCase(), second.toLowerCase()],
    };
  });
}

/** Reads one side of a channel. */
export function sideRead(
  network: string,
  id: string,
  participant: string,
  at: At,
): ContractRead<SideRecord> {
  return contractRead(tokenNetworkAbi, network, "participants", [id, participant], at, (value) => {
    const [depositRaw, nonce, claimedRaw] = value as [bigint, bigint, bigint];
    return { depositRaw, nonce, claimedRaw };
  });
}

/** Reads a view of the token network. */
export function networkRead<T>(
  network: string,
  functionName: "token" | "registry" | "owner" | "paused" | "channelCounter" | "domainSeparator",
  at: At = "latest",
): ContractRead<T> {
  return contractRead(tokenNetworkAbi, network, functionName, [], at, lowered<T>);
}

/** Reads the registry's network for a token. */
export function registryRead(registry: string, token: string): ContractRead<string> {
  const abi = tokenNetworkRegistryAbi;
  return contractRead(abi, registry, "getTokenNetwork", [token], "latest", lowered<string>);
}

/** Reads a view of the token. */
export function tokenRead<T>(
  token: string,
  functionName: "decimals" | "symbol" | "balanceOf" | "allowance" | "faucetLimit",
  args: readonly string[] = [],
): ContractRead<T> {
  return contractRead(testTokenAbi, token, functionName, args, "latest", lowered<T>);
}

function contractRead<T>(
  abi: Abi,
  to: string,
  functionName: string,
  args: readonly unknown[],
  at: At,
  shape: (value: unknown) => T,
): ContractRead<T> {
  const data = encodeFunctionData({ abi, functionName, args: [...args] });
  return {
    call: { method: "eth_call", params: [{ to, data }, at] },
    value(answer) {
      const data = readData(resultOf(answer), "a result");
      try {
        return shape(decodeFunctionResult({ abi, functionName, data }));
      } catch {
        throw new RpcFailure("garbage", `no result of ${functionName}`);
      }
    },
  };
}

function lowered<T>(value: unknown): T {
  return (typeof value === "string" && value.startsWith("0x") ? value.toLowerCase() : value) as T;
}

function whole(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("too large");
  return Number(value);
}
