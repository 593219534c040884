/**
 * Checks that the contracts of a profile are on the chain: code at each address, the registry's network for the token, that network's own
 * token and registry, and the token's decimals (docs/money.md#channels). The check runs before the first use and again after a reconnect.
 *
 * @module
 */
import { CODE_HASHES } from "../../contracts/code_hashes.ts";
import { maskImmutables } from "../../contracts/runtime_code.ts";
import { asAddress } from "../../protocols/evm/address.ts";
import { keccak256, toHex } from "../../protocols/evm/keccak.ts";
import { type ChainContracts, ChainError } from "./chain_connection.ts";
import { type ContractRead, networkRead, registryRead, tokenRead } from "./contract_read.ts";
import type { EvmSettings } from "./evm_options.ts";
import { type RpcAnswer, RpcFailure } from "./rpc_endpoint.ts";
import { resultOf, type RpcPool, RpcRefusal } from "./rpc_pool.ts";
import { readData } from "./rpc_values.ts";

/** The properties that do not change on one chain. */
export type FixedContracts = Omit<ChainContracts, "owner" | "paused">;

const ZERO = `0x${"0".repeat(40)}`;
const MAX_SYMBOL_CHARS = 32;

/**
 * Finds and checks the contracts.
 *
 * @throws {ChainError} `wrong_contract` or `wrong_token`, naming the difference; `wrong_chain` or `rpc` from the connection
 */
export async function checkContracts(
  pool: RpcPool,
  settings: EvmSettings,
): Promise<FixedContracts> {
  const registry = asAddress(settings.registryAddress, "registryAddress");
  const token = asAddress(settings.tokenAddress, "tokenAddress");
  const lookup = registryRead(registry, token);
  const [registryCode, tokenCode, found] = await pool.batch(
    [codeCall(registry), codeCall(token), lookup.call],
    ([a, b, c]) => [codeOf(a), codeOf(b), told(lookup, c)],
  );
  if (registryCode === "0x") throw wrong(`no contract at the registry's address ${registry}`);
  if (tokenCode === "0x") throw wrongToken(`no contract at the token's address ${token}`);
  if (found === null) throw wrong(`the contract at ${registry} is not a registry`);
  if (found === ZERO) throw wrong(`the registry ${registry} has no network for token ${token}`);
  const named = settings.tokenNetworkAddress?.toLowerCase();
  if (named !== undefined && named !== ZERO && named !== found) {
    throw wrong(`the registry names network ${found}, the profile ${named}`);
  }
  const reads = [
    networkRead<string>(found, "token"),
    networkRead<string>(found, "registry"),
    tokenRead<number>(token, "decimals"),
    tokenRead<string>(token, "symbol"),
  ] as const;
  const [code, ofToken, ofRegistry, decimals, symbol] = await pool.batch(
    [codeCall(found), ...reads.map(({ call }) => call)],
    ([a, b, c, d, e]) =>
      [
        codeOf(a),
        told(reads[0], b),
        told(reads[1], c),
        told(reads[2], d),
        told(reads[3], e),
      ] as const,
  );
  compareCode(settings.tokenNetworkCodeHash, registryCode, registry, code, found);
  if (ofToken !== token) throw wrong(`network ${found} is for token ${ofToken}, not ${token}`);
  // Other networks may not state which registry made them.
  if (settings.tokenNetworkCodeHash === undefined && ofRegistry !== registry) {
    throw wrong(`network ${found} was made by ${ofRegistry}, not by registry ${registry}`);
  }
  if (decimals === null) throw wrongToken(`the contract at ${token} has no decimals`);
  if (settings.tokenDecimals !== undefined && decimals !== settings.tokenDecimals) {
    throw wrongToken(
      `token ${token} has ${decimals} decimals, the profile ${settings.tokenDecimals}`,
    );
  }
  return {
    chainId: settings.chainId,
    genesisHash: await pool.genesis(),
    registry,
    token,
    tokenNetwork: asAddress(found),
    decimals,
    // The text of a foreign contract is shown to people, so it is cleaned.
    symbol: (symbol ?? "").replaceAll(/[^\x21-\x7e]+/g, "").slice(0, MAX_SYMBOL_CHARS),
    confirmations: settings.confirmations,
  };
}

/** The account that may pause the network, and whether it is paused now. */
export async function pauseState(
  pool: RpcPool,
  network: string,
): Promise<Pick<ChainContracts, "owner" | "paused">> {
  const owner = networkRead<string>(network, "owner");
  const paused = networkRead<boolean>(network, "paused");
  return await pool.batch([owner.call, paused.call], ([a, b]) => ({
    // Other networks may support neither question. Then no known account may pause them.
    owner: told(owner, a) ?? ZERO,
    paused: told(paused, b) ?? false,
  }));
}

function compareCode(
  wanted: string | null | undefined,
  registryCode: string,
  registry: string,
  code: string,
  network: string,
): void {
  if (code === "0x") throw wrong(`no contract at the token network's address ${network}`);
  if (wanted === null) return;
  if (wanted !== undefined) {
    if (hashOf(code) !== wanted.toLowerCase()) {
      throw wrong(`the code of network ${network} is not the one that the profile pins`);
    }
    return;
  }
  const { TokenNetwork, TokenNetworkRegistry } = CODE_HASHES;
  if (
    hashOf(maskImmutables(registryCode, TokenNetworkRegistry.immutableRanges)) !==
      TokenNetworkRegistry.hash
  ) {
    throw wrong(`the code of registry ${registry} is not ours`);
  }
  if (hashOf(maskImmutables(code, TokenNetwork.immutableRanges)) !== TokenNetwork.hash) {
    throw wrong(`the code of network ${network} is not ours`);
  }
}

function codeCall(address: string) {
  return { method: "eth_getCode", params: [address, "latest"] };
}

function codeOf(answer: RpcAnswer): string {
  return readData(resultOf(answer), "code");
}

/** The contract's answer. Null if it refuses or answers something else, as another contract would. */
function told<T>(read: ContractRead<T>, answer: RpcAnswer): T | null {
  try {
    return read.value(answer);
  } catch (error) {
    if (error instanceof RpcRefusal || (error instanceof RpcFailure && "result" in answer)) {
      return null;
    }
    throw error;
  }
}

function hashOf(code: string): string {
  const bytes = Uint8Array.from(code.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return toHex(keccak256(bytes));
}

function wrong(detail: string): ChainError {
  return new ChainError("wrong_contract", `Cannot use the contracts: ${detail}`);
}

function wrongToken(detail: string): ChainError {
  return new ChainError("wrong_token", `Cannot use the token: ${detail}`);
}
