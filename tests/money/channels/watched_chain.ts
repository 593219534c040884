/** A receiver of payments on a real node, its channels, and its watch. */
import type { Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import { asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeClaim } from "../../../protocols/evm/claim.ts";
import { proofOf, useChain } from "../../contracts/chain.ts";
import { openWallet, placeOf, type Wallet, type WalletOptions } from "./wallets.ts";

/** The chain of this test file. */
export const node = useChain();
/** What a channel of alice's holds, in units. */
export const DEPOSIT = 1_000n;

/** A channel of alice's, with her deposit in it. */
export async function opened(): Promise<Hex> {
  const { alice, bob } = node();
  await node().fund(alice, DEPOSIT);
  const channelId = await node().open(alice, bob);
  await node().send(alice, "setTotalDeposit", channelId, alice.address, DEPOSIT);
  return channelId;
}

/** The receiver's row after a packet. */
export async function credit(
  wallet: Pick<Wallet, "store">,
  channelId: Hex,
  amount: bigint,
  nonce = 1,
  signer: HDAccount = node().alice,
): Promise<void> {
  const claim = encodeClaim({
    messageId: "m",
    timestamp: "2026-01-01T00:00:00Z",
    senderId: "alice",
    channelId: asChannelId(channelId),
    nonce,
    transferredAmount: amount,
    signature: node().sign(signer, proofOf(channelId, nonce, amount)),
    signerAddress: asAddress(node().alice.address),
    chainId: node().chainId,
    tokenNetworkAddress: asAddress(node().network),
  });
  await wallet.store.commit([{
    op: "putReceiverChannel",
    row: {
      channelId,
      peer: node().alice.address.toLowerCase(),
      credited: amount,
      watermark: nonce,
      bestClaim: claim,
      spent: 0n,
    },
  }]);
}

/** The receiver's wallet, its manager not yet started. */
export const receiver = async (options: WalletOptions = {}) =>
  await openWallet(await placeOf(node()), node().bob, options);

/** Waits for the state itself. */
export async function until(ask: () => Promise<unknown>): Promise<void> {
  while (!await ask()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Checks while the watch runs. */
export async function watching(wallet: Wallet, check: () => Promise<void>): Promise<void> {
  const watch = wallet.manager.watch();
  await check();
  await wallet.manager.stop();
  await watch;
}

/** Lets the chain's clock go on. */
export const later = async (seconds: number) => {
  await node().client.increaseTime({ seconds });
  await node().client.mine({ blocks: 1 });
};
/** What the receiver has on the chain, in units. */
export const earned = async () => await node().balanceOf(node().bob.address);

/** A chain with another price for gas, in wei. */
export function pricedAt(feePerGasWei: () => Promise<bigint>): WalletOptions["over"] {
  return (chain) =>
    new Proxy(chain, {
      get(target, name: keyof typeof chain) {
        if (name === "feePerGasWei") return feePerGasWei;
        const value = target[name] as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
}

/** A receiver whose watch counts its rounds, and finds no chain while `isAway`. */
export async function counted(options: WalletOptions["options"]) {
  const state = { isAway: false, rounds: 0 };
  const wallet = await receiver({
    options,
    over: (chain) => ({
      ...chain,
      async head(maxAgeMs) {
        state.rounds += 1;
        if (state.isAway) throw new Error("away");
        return await chain.head(maxAgeMs);
      },
    }),
  });
  const more = async () => {
    const before = state.rounds;
    await until(() => Promise.resolve(state.rounds > before + 3));
  };
  return { wallet, state, more };
}

/** The payer, as a peer of the receiver. */
export function alice() {
  return { name: "alice", address: node().alice.address };
}
