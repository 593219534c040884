/** Transactions that stay on their way: tests look for their rows, and make the blocks by hand. */
import assert from "node:assert/strict";
import type { TransactionRow } from "../../../store/store.ts";
import type { Chain } from "../../contracts/chain.ts";
import { openWallet, placeOf, type Wallet } from "./wallets.ts";

export const DEPOSIT = 1_000n;

/** A wallet with 10,000 units, which deposits by itself. */
export async function funded(
  node: Chain,
  options: Parameters<typeof openWallet>[2] = {},
): Promise<Wallet> {
  const { alice, token } = node;
  await node.sendTo(token, alice, "faucet", [alice.address, 10_000n]);
  return await openWallet(await placeOf(node), alice, {
    ...options,
    options: { automaticDepositUnits: DEPOSIT, replaceAfterMs: 600_000, ...options.options },
  });
}

/** Polls until the condition holds, because the change comes from another process. */
export async function until<T>(ask: () => Promise<T | null | false | undefined>): Promise<T> {
  const endMs = Date.now() + 120_000;
  for (;;) {
    const value = await ask();
    if (value) return value;
    assert.ok(Date.now() < endMs, `it does not hold after two minutes: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The transactions of a call that were sent, once there are at least so many. */
export const rowOf = (wallet: Wallet, call: string, least = 1) =>
  until(async (): Promise<readonly TransactionRow[] | null> => {
    const rows = (await wallet.store.listTransactions({ ended: true }))
      .filter((row) => row.call.includes(call) && row.state !== "signed");
    return rows.length >= least ? rows : null;
  });

/** Blocks come by hand until the task is done. */
export async function byHand<T>(node: Chain, task: Promise<T>): Promise<T> {
  const done = task.then(() => true, () => true);
  while (!await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 20, false))])) {
    await node.client.mine({ blocks: 1 });
  }
  await node.client.setAutomine(true);
  return await task;
}
