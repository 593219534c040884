/** The contracts on a node, four accounts, and calls. The outcome of a call is read from the mined transaction. */
import {
  type Abi,
  type Address,
  createTestClient,
  decodeErrorResult,
  encodeDeployData,
  encodeFunctionData,
  formatTransactionReceipt,
  getContractAddress,
  type Hex,
  http,
  type Log,
  parseEventLogs,
  publicActions,
  type RpcTransactionReceipt,
} from "viem";
import { type HDAccount, mnemonicToAccount } from "viem/accounts";
import { testTokenAbi, tokenNetworkAbi, tokenNetworkRegistryAbi } from "../../contracts/abi.ts";
import registryArtifact from "../../contracts/artifacts/TokenNetworkRegistry.json" with {
  type: "json",
};
import tokenArtifact from "../../contracts/artifacts/TestToken.json" with { type: "json" };
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { signBalanceProof } from "../../protocols/evm/balance_proof.ts";
import { anvilPath, startAnvil } from "./anvil.ts";

const secp = await loadSecp256k1();
/** Every interface, with OpenZeppelin's errors in it. */
const ALL: Abi = [...tokenNetworkAbi, ...tokenNetworkRegistryAbi, ...testTokenAbi];

/** What became of one transaction. */
export interface Outcome {
  /** Name of the revert's error, `revert` for one without a known name, null for success. */
  readonly error: string | null;
  readonly gasUsed: bigint;
  /** The events of our contracts, as `Name { argument: value }` pairs. */
  readonly events: readonly { readonly name: string; readonly args: Record<string, unknown> }[];
  /** All logs of the receipt. */
  readonly logs: readonly Log[];
}

/** A balance proof in the contract's form. */
export interface Proof {
  readonly channelId: Hex;
  readonly nonce: bigint;
  readonly transferredAmount: bigint;
  readonly lockedAmount: bigint;
  readonly locksRoot: Hex;
}

/** A proof without locks. */
export function proofOf(channelId: Hex, nonce: number | bigint, transferredAmount: bigint): Proof {
  const locksRoot: Hex = `0x${"00".repeat(32)}`;
  return { channelId, nonce: BigInt(nonce), transferredAmount, lockedAmount: 0n, locksRoot };
}

export type Chain = Awaited<ReturnType<typeof startChain>>;

/** Deploys token, registry and network as the account that the network's own test chain uses, in its order. */
export async function startChain(chainId = 31_337, timestampS?: number) {
  const anvil = await startAnvil({ chainId, timestampS });
  const client = createTestClient({
    mode: "anvil",
    transport: http(anvil.url, { retryCount: 0, timeout: 120_000 }),
    cacheTime: 0,
  }).extend(publicActions);
  const [owner, alice, bob, stranger] = [0, 1, 2, 3].map((addressIndex) =>
    mnemonicToAccount(`${"test ".repeat(11)}junk`, { addressIndex })
  );

  async function transact(from: Address, data: Hex, to?: Address): Promise<Outcome> {
    // One request that answers with the receipt: a tenth of the time of sending and polling.
    const receipt = await client.request({
      method: "eth_sendTransactionSync" as never,
      params: [{ from, to, data, gas: "0x989680" }] as never,
    }) as RpcTransactionReceipt;
    const { status, gasUsed, logs, transactionHash: hash } = formatTransactionReceipt(receipt);
    if (status === "success") return { error: null, gasUsed, events: eventsOf(logs), logs };
    const trace = await client.request({
      method: "debug_traceTransaction" as never,
      params: [hash, { tracer: "callTracer" }] as never,
    }) as { readonly output?: Hex };
    return { error: errorNameOf(trace.output), gasUsed, events: [], logs: [] };
  }

  async function deploy(abi: Abi, bytecode: string, args: readonly unknown[] = []) {
    const nonce = await client.getTransactionCount({ address: owner.address });
    const data = encodeDeployData({ abi, bytecode: bytecode as Hex, args: [...args] });
    const { error } = await transact(owner.address, data);
    if (error !== null) throw new Error(`deployment: ${error}`);
    return getContractAddress({ from: owner.address, nonce: BigInt(nonce) });
  }

  /** Sends a call to the given contract, which has one of our interfaces. */
  function sendTo(to: Address, from: HDAccount, functionName: string, args: readonly unknown[]) {
    return transact(from.address, encodeFunctionData({ abi: ALL, functionName, args }), to);
  }

  const token = await deploy(testTokenAbi, tokenArtifact.bytecode, ["Test", "M2M", 18]);
  const registry = await deploy(tokenNetworkRegistryAbi, registryArtifact.bytecode);
  await sendTo(registry, owner, "createTokenNetwork", [token]);
  const network = await client.readContract({
    address: registry,
    abi: tokenNetworkRegistryAbi,
    functionName: "getTokenNetwork",
    args: [token],
  });

  return {
    chainId,
    url: anvil.url,
    client,
    owner,
    alice,
    bob,
    stranger,
    token,
    registry,
    network,
    deploy,
    transact,
    sendTo,
    /** Sends a call of the network. */
    send: (from: HDAccount, functionName: string, ...args: readonly unknown[]) =>
      sendTo(network, from, functionName, args),
    /** Gives an account tokens and approves them for the network. */
    async fund(account: HDAccount, amount: bigint, of = { token, network }) {
      await sendTo(of.token, account, "faucet", [account.address, amount]);
      await sendTo(of.token, account, "approve", [of.network, amount]);
    },
    /** Opens a channel and returns its id. */
    async open(from: HDAccount, to: HDAccount, timeoutS = 3_600n, at = network): Promise<Hex> {
      const { events, error } = await sendTo(at, from, "openChannel", [to.address, timeoutS]);
      if (error !== null) throw new Error(`openChannel: ${error}`);
      return events[0].args.channelId as Hex;
    },
    /** Signs with our own signer: v 27 or 28, s low. */
    sign(account: HDAccount, proof: Proof, domain: { chainId?: number; contract?: Address } = {}) {
      const { channelId, transferredAmount } = proof;
      return signBalanceProof(
        secp,
        { chainId: domain.chainId ?? chainId, verifyingContract: domain.contract ?? network },
        { channelId, nonce: Number(proof.nonce), transferredAmount },
        account.getHdKey().privateKey!,
      ) as Hex;
    },
    balanceOf: (address: Address, of = token) =>
      client.readContract({
        address: of,
        abi: testTokenAbi,
        functionName: "balanceOf",
        args: [address],
      }),
    /** [settlementTimeout, state, closedAt, openedAt, participant1, participant2]. */
    channel: (id: Hex, at = network) =>
      client.readContract({
        address: at,
        abi: tokenNetworkAbi,
        functionName: "channels",
        args: [id],
      }),
    /** [deposit, nonce, transferredAmount]. */
    side: (id: Hex, address: Address, at = network) =>
      client.readContract({
        address: at,
        abi: tokenNetworkAbi,
        functionName: "participants",
        args: [id, address],
      }),
    claimed: (id: Hex, address: Address) =>
      client.readContract({
        address: network,
        abi: tokenNetworkAbi,
        functionName: "claimedAmounts",
        args: [id, address],
      }),
    /** Sets the time of the next block to this long after the newest one. */
    async later(seconds: bigint) {
      const { timestamp } = await client.getBlock();
      await client.setNextBlockTimestamp({ timestamp: timestamp + seconds });
    },
    [Symbol.asyncDispose]: () => anvil[Symbol.asyncDispose](),
  };
}

/**
 * Remembers the state of a node. The returned function sets it back, as often as it is called: the chain with its time, no transaction that
 * waits, mining by itself, and the fee of the next block. A test that failed may have left any of these changed, and a revert alone restores
 * only the chain.
 */
export async function setterBack({ client }: Pick<Chain, "client">): Promise<() => Promise<void>> {
  let snapshot = await client.snapshot();
  const { baseFeePerGas } = await client.getBlock({ blockTag: "pending" });
  return async () => {
    // Before it mines again, so that none is mined.
    await client.request({ method: "anvil_dropAllTransactions" as never });
    await client.revert({ id: snapshot });
    await client.setAutomine(true);
    await client.setNextBlockBaseFeePerGas({ baseFeePerGas: baseFeePerGas! });
    snapshot = await client.snapshot();
  };
}

let chain: Chain | undefined;
let isUsed = false;

/**
 * One node for the tests of a thread: started before them, and set back before each. The returned function returns the chain inside a test.
 */
export function useChain(): () => Chain {
  if (anvilPath !== null && !isUsed) {
    isUsed = true;
    let setBack: () => Promise<void>;
    Deno.test.beforeAll(async () => {
      chain = await startChain();
      setBack = await setterBack(chain);
    });
    Deno.test.beforeEach(() => setBack());
    Deno.test.afterAll(async () => {
      await chain?.[Symbol.asyncDispose]();
    });
  }
  return () => chain!;
}

/** A test that needs a node. If there is none, it is ignored, with the reason in its name. */
export function chainTest(name: string, fn: () => Promise<void>): void {
  const missing = anvilPath === null;
  Deno.test({ name: missing ? `${name} (needs anvil on the PATH)` : name, ignore: missing, fn });
}

/** The v of a signature set to another value. */
export function withV(signature: Hex, v: number): Hex {
  return `${signature.slice(0, -2)}${v.toString(16).padStart(2, "0")}` as Hex;
}

/** The other signature of the same digest and key: s in the upper half, v flipped. */
export function highS(signature: Hex): Hex {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}` as Hex;
}

function eventsOf(logs: Log[]): Outcome["events"] {
  return parseEventLogs({ abi: ALL, logs }).map((log) => ({
    name: (log as unknown as { eventName: string }).eventName,
    args: (log as unknown as { args: Record<string, unknown> }).args,
  }));
}

function errorNameOf(data: Hex | undefined): string {
  if (data === undefined || data === "0x") return "revert";
  try {
    return decodeErrorResult({ abi: ALL, data }).errorName;
  } catch {
    return "revert";
  }
}
