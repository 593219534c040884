/**
 * Measures chain operations of a channel on one anvil: opening it (approve, open, deposit: each priced, signed, sent and confirmed),
 * compared with the same three transactions by viem alone; and reading a channel's confirmed facts, compared with viem's reads of the same
 * figures.
 *
 * @module
 */
import {
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
  keccak256,
  TransactionReceiptNotFoundError,
} from "viem";
import { tokenNetworkAbi } from "../contracts/abi.ts";
import { asAddress } from "../protocols/evm/address.ts";
import { encodeCall } from "../protocols/evm/call_data.ts";
import type { ChainCall } from "../protocols/evm/contract_call.ts";
import { evmChain, type OpenEvmChain } from "../money/evm/evm_chain.ts";
import { systemTimers } from "../base/timers.ts";
import { type Chain, startChain } from "../tests/contracts/chain.ts";
import { callsOf, optionsFor, signed } from "../tests/money/evm/on_node.ts";
import type { Figure } from "./figures.ts";

const OPENINGS = 10;
const READS = 300;
const KNOWN_READS = 20_000;

/** Runs the bench. */
export async function benches(): Promise<readonly Figure[]> {
  await using at = await startChain();
  const chain = evmChain(optionsFor(at), { timers: systemTimers, log: () => {} });
  try {
    await at.fund(at.alice, 10_000n);
    await openOurs(at, chain);
    await openByViem(at);
    const ours: number[] = [];
    const viems: number[] = [];
    for (let round = 0; round < OPENINGS; round += 1) {
      ours.push(await timed(() => openOurs(at, chain)));
      viems.push(await timed(() => openByViem(at)));
    }
    const ids = await chain.channelsBetween(at.alice.address, at.bob.address);
    const fresh = evmChain(optionsFor(at), { timers: systemTimers, log: () => {} });
    await fresh.contracts();
    const firstMs = await timed(() => Promise.all(ids.map((id) => fresh.channel(id))));
    fresh.close();
    const knownMs = await timed(async () => {
      for (let read = 0; read < KNOWN_READS; read += 1) await chain.channel(ids[read % ids.length]);
    });
    const viemMs = await timed(async () => {
      for (let read = 0; read < READS; read += 1) await readByViem(at, ids[read % ids.length]);
    });
    const viemRate = READS * 1_000 / viemMs;
    return [
      beside("open a channel", "ms", median(ours), "viem", median(viems), true),
      beside(
        "channel facts, first read",
        "reads/s",
        ids.length * 1_000 / firstMs,
        "viem",
        viemRate,
      ),
      beside("channel facts, followed", "reads/s", KNOWN_READS * 1_000 / knownMs, "viem", viemRate),
    ];
  } finally {
    chain.close();
  }
}

/** Like a channel manager: each step is priced, signed, sent and confirmed before the next. */
async function openOurs(at: Chain, chain: OpenEvmChain): Promise<void> {
  const calls = callsOf(at);
  await confirmed(at, chain, calls.approve(10n));
  const id = await confirmed(at, chain, calls.open(at.bob));
  await confirmed(at, chain, calls.deposit(id!, at.alice, 10n));
}

async function confirmed(at: Chain, chain: OpenEvmChain, call: ChainCall): Promise<string | null> {
  const from = asAddress(at.alice.address);
  const quote = await chain.quote(call, from);
  const { pending } = await chain.transactionCount(from);
  const raw = await signed(at, at.alice, call, {
    nonce: pending,
    gas: quote.gasLimit,
    maxFeePerGas: quote.maxFeePerGasWei,
  });
  await chain.broadcast(raw);
  for (;;) {
    const status = await chain.transaction(keccak256(raw));
    if (status.state === "confirmed") return status.openedChannelId;
    if (status.state === "reverted") throw new Error(`${call.call}: ${status.reason}`);
  }
}

async function openByViem(at: Chain): Promise<void> {
  const transport = http(at.url);
  const publicClient = createPublicClient({ transport });
  const wallet = createWalletClient({ account: at.alice, transport });
  const calls = callsOf(at);
  const send = async (call: ChainCall) => {
    const { to, data } = encoded(call, at);
    const hash = await wallet.sendTransaction({ chain: null, to, data });
    // Its `waitForTransactionReceipt` looks again only after a later block, and this chain makes none for a transaction that it has.
    for (;;) {
      const receipt = await publicClient.getTransactionReceipt({ hash }).catch(nullIfNotThere);
      if (receipt !== null) return receipt;
    }
  };
  await send(calls.approve(10n));
  const { logs } = await send(calls.open(at.bob));
  await send(calls.deposit(logs[0].topics[1]!, at.alice, 10n));
}

function nullIfNotThere(error: unknown): null {
  if (error instanceof TransactionReceiptNotFoundError) return null;
  throw error;
}

function encoded(call: ChainCall, at: Chain): { to: Hex; data: Hex } {
  const { to, data } = encodeCall(call, asAddress(at.alice.address));
  return { to: to as string as Hex, data: `0x${data.toHex()}` };
}

/** The same figures as our facts: the channel and both of its sides. */
async function readByViem(at: Chain, id: string): Promise<void> {
  const read = { address: at.network, abi: tokenNetworkAbi } as const;
  const client = createPublicClient({ transport: http(at.url) });
  const args = [id as Hex] as const;
  const channel = await client.readContract({ ...read, functionName: "channels", args });
  await Promise.all(
    [channel[4], channel[5]].map((side) =>
      client.readContract({ ...read, functionName: "participants", args: [id as Hex, side] })
    ),
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function beside(
  name: string,
  unit: string,
  value: number,
  other: string,
  than: number,
  less = false,
): Figure {
  return {
    name,
    value,
    unit,
    compare: { name: other, value: than },
    ratio: less ? than / value : value / than,
  };
}
