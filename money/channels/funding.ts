/**
 * Makes deposits, with approvals of exactly the needed amount. An approval replaces the allowance and does not add to it. So deposits that
 * arrive together share one approval of their sum, and the next ones wait until these are in a block.
 *
 * Held: the waiting deposits, one for each channel.
 *
 * @module
 */
import type { Address } from "../../protocols/evm/address.ts";
import type { ChannelId } from "../../protocols/evm/channel_id.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { ChainContracts, EvmChain } from "../evm/chain_connection.ts";
import type { TransactionRow } from "../../store/store.ts";
import { ChannelError } from "../claims/channel_manager.ts";
import type { Log } from "../../base/log/log.ts";
import type { TransactionLane } from "./transaction_lane.ts";

const MAX_BATCH = 64;

/**
 * The number of waiting deposits that one approval may cover. If already the first is too large, it is tried alone, and the signer refuses
 * it.
 */
function batchOf(waiting: readonly Waiting[], maxApprovalUnits: bigint): number {
  let sum = 0n;
  const end = waiting.findIndex(({ addedUnits }) => (sum += addedUnits) > maxApprovalUnits);
  return Math.min(MAX_BATCH, end < 0 ? waiting.length : Math.max(1, end));
}

/** A requested deposit. */
interface FundingRequest {
  readonly ref: string;
  /** Resolves when the channel's opening is confirmed. */
  readonly channelId: Promise<string>;
  /** The channel's new total deposit. `addedUnits` is the new part of it. */
  readonly totalUnits: bigint;
  readonly addedUnits: bigint;
}

interface Waiting extends FundingRequest {
  readonly resolve: (transactions: readonly TransactionRow[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The deposits of one account. */
export class Funding {
  #waiting: Waiting[] = [];
  #running = false;

  /** Makes deposits through the account's lane. */
  constructor(
    readonly account: {
      readonly own: string;
      readonly contracts: Pick<ChainContracts, "token" | "tokenNetwork">;
      /** The most that the signer approves at once: the ceiling of one channel. */
      readonly maxApprovalUnits: bigint;
      /** The asset in which errors name amounts. */
      readonly asset: Asset;
    },
    readonly deps: {
      readonly lane: TransactionLane;
      readonly chain: Pick<EvmChain, "funds">;
      readonly log: Log;
    },
  ) {}

  /** Approves and deposits. Resolves with the confirmed transactions in order. */
  deposit(request: FundingRequest): Promise<readonly TransactionRow[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly TransactionRow[]>();
    request.channelId.catch(() => {});
    this.#waiting.push({ ...request, resolve, reject });
    void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0) {
        const size = batchOf(this.#waiting, this.account.maxApprovalUnits);
        const batch = this.#waiting.splice(0, size);
        try {
          await this.#batch(batch);
        } catch (error) {
          for (const { reject } of batch) reject(error);
        }
      }
    } finally {
      this.#running = false;
    }
  }

  async #batch(batch: readonly Waiting[]): Promise<void> {
    const { own, contracts, asset } = this.account;
    const { tokenRaw, allowanceRaw } = await this.deps.chain.funds(own);
    const sum = batch.reduce((total, { addedUnits }) => total + addedUnits, 0n);
    if (tokenRaw < sum) {
      if (batch.length > 1) {
        // A deposit that is too large must not delay the others.
        for (const one of batch) await this.#batch([one]).catch(one.reject);
        return;
      }
      throw new ChannelError(
        "funds",
        `Cannot deposit ${formatUnits(sum, asset)}: the account has ${
          formatUnits(tokenRaw, asset)
        }`,
      );
    }
    const approval = allowanceRaw === sum || sum === 0n ? null : await this.deps.lane.submit({
      call: {
        call: "approve",
        token: contracts.token.toLowerCase() as Address,
        spender: contracts.tokenNetwork.toLowerCase() as Address,
        amountRaw: sum,
      },
      channelRef: batch.length === 1 ? batch[0].ref : null,
    });
    await approval?.mined;
    await Promise.all(batch.map(async (request) => {
      try {
        const attempt = await this.deps.lane.submit({
          call: {
            call: "setTotalDeposit",
            tokenNetwork: contracts.tokenNetwork.toLowerCase() as Address,
            channelId: await request.channelId as ChannelId,
            participant: own as Address,
            totalDepositRaw: request.totalUnits,
          },
          channelRef: request.ref,
        });
        const done = Promise.all([...(approval === null ? [] : [approval.ended]), attempt.ended]);
        done.then(request.resolve, request.reject);
        // The next approval would replace this one before it was used.
        await attempt.mined;
      } catch (error) {
        request.reject(error);
      }
    }));
  }
}
