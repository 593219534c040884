/**
 * Sets up the embedded chain: deploys token, registry and token network, and gives the parties tokens and gas. The deployer is anvil's
 * first account, whose key is public. The keys of the parties are random and are never in this worker.
 *
 * The contracts are always deployed in the same order, so their addresses are the same on every embedded chain.
 *
 * @module
 */
import registryArtifact from "../../contracts/artifacts/TokenNetworkRegistry.json" with {
  type: "json",
};
import tokenArtifact from "../../contracts/artifacts/TestToken.json" with { type: "json" };
import { keccak256, toHex } from "../../protocols/evm/keccak.ts";
import { rpc, rpcBatch, type RpcCall } from "./json_rpc.ts";

/** Anvil's first account, unlocked there. */
const DEPLOYER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
/** The address of the token on a new chain. */
export const DEV_TOKEN = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
/** The address of the registry on a new chain. */
export const DEV_REGISTRY = "0xe7f1725e7734ce288f8367e1bb143e90bb3f0512";
/** The address of the token network on a new chain. */
export const DEV_TOKEN_NETWORK = "0xcafac3dd18ac6c6e92c921884f9e4176737c052c";
/** One M2M is 10^6 raw units. */
const DEV_DECIMALS = 6;

/** More gas than any of these transactions needs, so no estimate is necessary. Three deployments fit into a block. */
const GAS = "0x7a1200";
const FAUCET_GAS = "0x30d40";
const MINED_MS = 10_000;
const POLL_MS = 5;
const NUDGE_MS = 1_000;
const TOKEN_NAME = "Crosstown dev token";
const TOKEN_SYMBOL = "M2M";

/** Tokens and gas for one account. */
export interface Endowment {
  readonly address: string;
  /** Raw units of the token. */
  readonly tokenRaw: bigint;
  readonly gasWei: bigint;
}

/** The balances of an account. */
export interface DevBalance {
  readonly tokenRaw: bigint;
  readonly gasWei: bigint;
}

/** Deploys the contracts and gives the accounts tokens and gas. Checks the contracts' addresses and the accounts' balances. */
export async function foundChain(url: string, endowments: readonly Endowment[]): Promise<void> {
  const token = tokenArtifact.bytecode + tokenConstructor(TOKEN_NAME, TOKEN_SYMBOL, DEV_DECIMALS);
  await transact(url, [
    { data: token },
    { data: registryArtifact.bytecode },
    { to: DEV_REGISTRY, data: callOf("createTokenNetwork(address)", wordOf(DEV_TOKEN)) },
    ...faucetCalls(endowments),
  ]);
  await giveGas(url, endowments);
  const [network, ...balances] = await rpcBatch(url, [
    read(DEV_REGISTRY, "getTokenNetwork(address)", DEV_TOKEN),
    ...endowments.map(({ address }) => read(DEV_TOKEN, "balanceOf(address)", address)),
  ]);
  if (network !== `0x${wordOf(DEV_TOKEN_NETWORK)}`) {
    throw new Error("Cannot set up the embedded chain: the contracts have unexpected addresses");
  }
  for (const [at, { address, tokenRaw }] of endowments.entries()) {
    if (BigInt(String(balances[at])) !== tokenRaw) {
      throw new Error(`Cannot set up the embedded chain: ${address} did not get its tokens`);
    }
  }
}

/** Gives accounts tokens and gas on a chain that was set up before. Calls must not overlap, because they share the deployer's nonces. */
export async function endowAccounts(url: string, endowments: readonly Endowment[]): Promise<void> {
  const sent = await rpc(url, "eth_getTransactionCount", DEPLOYER, "latest");
  await transact(url, faucetCalls(endowments), Number(sent));
  await giveGas(url, endowments);
}

function faucetCalls(endowments: readonly Endowment[]): Sent[] {
  return endowments.filter(({ tokenRaw }) => tokenRaw > 0n).map(({ address, tokenRaw }) => ({
    to: DEV_TOKEN,
    data: callOf("faucet(address,uint256)", wordOf(address), wordOf(tokenRaw)),
    gas: FAUCET_GAS,
  }));
}

async function giveGas(url: string, endowments: readonly Endowment[]): Promise<void> {
  await rpcBatch(
    url,
    endowments.map(({ address, gasWei }) => ({
      method: "anvil_setBalance",
      params: [address, `0x${gasWei.toString(16)}`],
    })),
  );
}

/** The total supply of the token now. */
export async function mintedTokens(url: string): Promise<bigint> {
  const [supply] = await rpcBatch(url, [read(DEV_TOKEN, "totalSupply()")]);
  return BigInt(String(supply));
}

/** The balances of accounts now, in the order of `addresses`. */
export async function balancesOf(
  url: string,
  addresses: readonly string[],
): Promise<readonly DevBalance[]> {
  const answers = await rpcBatch(url, [
    ...addresses.map((address) => read(DEV_TOKEN, "balanceOf(address)", address)),
    ...addresses.map((address) => ({ method: "eth_getBalance", params: [address, "latest"] })),
  ]);
  const numbers = answers.map((answer) => BigInt(String(answer)));
  return addresses.map((_, at) => ({
    tokenRaw: numbers[at],
    gasWei: numbers[addresses.length + at],
  }));
}

/** Moves the chain's clock and mines a block. Returns the block's time in seconds. */
export async function advanceChain(url: string, seconds: number): Promise<number> {
  await rpcBatch(url, [
    { method: "evm_increaseTime", params: [seconds] },
    { method: "evm_mine", params: [] },
  ]);
  const block = await rpc(url, "eth_getBlockByNumber", "latest", false) as {
    readonly timestamp: string;
  };
  return Number(block.timestamp);
}

interface Sent {
  readonly to?: string;
  readonly data: string;
  readonly gas?: string;
}

/** Sends all transactions in one request from the deployer's account. Resolves when all are mined. */
async function transact(url: string, all: readonly Sent[], firstNonce = 0): Promise<void> {
  // Anvil processes a batch in any order. The nonces define the order of the transactions.
  const calls = all.map((sent, at): RpcCall => ({
    method: "eth_sendTransaction",
    params: [{ from: DEPLOYER, gas: GAS, nonce: `0x${(firstNonce + at).toString(16)}`, ...sent }],
  }));
  const hashes = await rpcBatch(url, calls) as readonly string[];
  const untilMs = performance.now() + MINED_MS;
  let nudgeMs = performance.now() + NUDGE_MS;
  for (;;) {
    const receipts = await rpcBatch(
      url,
      hashes.map((hash) => ({ method: "eth_getTransactionReceipt", params: [hash] })),
    ) as readonly ({ readonly status: string } | null)[];
    if (receipts.some((receipt) => receipt !== null && receipt.status !== "0x1")) {
      throw new Error("Cannot set up the embedded chain: a transaction failed");
    }
    if (receipts.every((receipt) => receipt !== null)) return;
    const nowMs = performance.now();
    if (nowMs > untilMs) {
      throw new Error("Cannot set up the embedded chain: transactions were not mined");
    }
    if (nowMs > nudgeMs) {
      nudgeMs = nowMs + NUDGE_MS;
      await nudge(url, calls.filter((_, at) => receipts[at] === null));
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Sends unmined transactions again, with the same nonces, and mines a block. Once, anvil never mined some transactions of a batch. If anvil
 * still knows a transaction, it refuses the repeated one, which does no harm.
 */
async function nudge(url: string, missing: readonly RpcCall[]): Promise<void> {
  for (const call of [...missing, { method: "evm_mine", params: [] }]) {
    await rpcBatch(url, [call]).catch(() => undefined);
  }
}

function read(to: string, signature: string, address?: string): RpcCall {
  const words = address === undefined ? [] : [wordOf(address)];
  return { method: "eth_call", params: [{ to, data: callOf(signature, ...words) }, "latest"] };
}

function callOf(signature: string, ...words: readonly string[]): string {
  return toHex(keccak256(new TextEncoder().encode(signature)).subarray(0, 4)) + words.join("");
}

/** 32 bytes as hex, without `0x`. */
function wordOf(value: string | bigint): string {
  const digits = typeof value === "string" ? value.slice(2) : value.toString(16);
  return digits.toLowerCase().padStart(64, "0");
}

/** The arguments `(string, string, uint8)`: the offsets of the two texts, the number, then each text with its length. */
function tokenConstructor(name: string, symbol: string, decimals: number): string {
  const [first, second] = [textOf(name), textOf(symbol)];
  return [
    wordOf(96n),
    wordOf(BigInt(96 + first.length / 2)),
    wordOf(BigInt(decimals)),
    first,
    second,
  ].join("");
}

/** A text of at most 32 bytes: its length, and one word. */
function textOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return wordOf(BigInt(bytes.length)) + bytes.toHex().padEnd(64, "0");
}
