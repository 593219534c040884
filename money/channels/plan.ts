/**
 * Computes what an operation would do and cost, without doing it.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Address } from "../../protocols/evm/address.ts";
import { asChannelId, type ChannelId } from "../../protocols/evm/channel_id.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import { toHex } from "../../protocols/evm/keccak.ts";
import { normalizeSignature } from "../../protocols/evm/secp256k1.ts";
import { ChannelError } from "../claims/channel_manager.ts";
import type { ChannelRow } from "../../store/store.ts";
import type { ChannelManager, ChannelPlan } from "../claims/channel_manager.ts";
import { checkDeposit } from "./ceilings.ts";
import { dueClaim } from "./claiming.ts";
import { creditOf } from "./closing.ts";
import type { ManagerState } from "./manager_state.ts";

/** The operation that {@link ChannelManager.plan} is asked about. */
type PlannedOperation = Parameters<ChannelManager["plan"]>[0];

/** The gas of a deposit. It cannot be simulated before its approval and its channel are in a block. */
const DEPOSIT_GAS = 130_000n;

interface Step {
  readonly call: ChainCall;
  readonly tokenUnits: bigint;
  /** A fixed limit, for a call that cannot be simulated yet. */
  readonly gasLimit?: bigint;
}

/** The steps with their costs, or the reason why the operation would be refused. */
export async function planOperation(
  state: ManagerState,
  operation: PlannedOperation,
): Promise<ChannelPlan> {
  const { deps, own } = state;
  const planned: ChannelPlan["steps"][number][] = [];
  try {
    for (const { call, tokenUnits, gasLimit } of await stepsOf(state, operation)) {
      const quote = await deps.chain.quote(gasLimit === undefined ? call : { call: "cancel" }, own);
      const limit = gasLimit ?? quote.gasLimit;
      planned.push({
        call: call.call,
        gasLimit: limit,
        maxFeeWei: limit * quote.maxFeePerGasWei,
        tokenUnits,
      });
    }
    const credit = operation.op === "close"
      ? await creditOf(state, state.book.find(operation.channel))
      : {};
    return { steps: planned, ...credit, refused: null };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || code === "rpc") throw error;
    return { steps: planned, refused: messageOf(error) };
  }
}

async function stepsOf(state: ManagerState, operation: PlannedOperation): Promise<readonly Step[]> {
  const { book, settings, contracts } = state;
  const tokenNetwork = contracts.tokenNetwork.toLowerCase() as Address;
  if (operation.op === "open") {
    const { peer, depositUnits } = operation;
    checkDeposit(settings, book.rows, depositUnits, depositUnits);
    await checkTokens(state, depositUnits);
    return [
      {
        call: {
          call: "openChannel",
          tokenNetwork,
          participant2: peer.address.toLowerCase() as Address,
          settlementTimeoutS: settings.settlementTimeoutS,
        },
        tokenUnits: 0n,
      },
      approval(state, depositUnits),
      { ...depositStep(state, null, depositUnits), tokenUnits: depositUnits },
    ];
  }
  const row = book.find(operation.channel);
  checkStatus(operation.op, row);
  if (row.status === "settled") return [];
  if (operation.op === "deposit") {
    const total = row.wantedUnits + operation.addUnits;
    checkDeposit(settings, book.rows, total, operation.addUnits);
    await checkTokens(state, operation.addUnits);
    return [
      approval(state, operation.addUnits),
      { ...depositStep(state, row, total), tokenUnits: operation.addUnits },
    ];
  }
  const claim = await claimStep(state, row);
  if (operation.op === "claim") return claim;
  const call = operation.op === "close" ? "closeChannel" : "settleChannel";
  return [
    ...claim,
    { call: { call, tokenNetwork, channelId: row.channelId as ChannelId }, tokenUnits: 0n },
  ];
}

/** Refuses what the operation itself refuses without asking the chain. Settling a settled channel is allowed and does nothing. */
function checkStatus(op: "deposit" | "close" | "settle" | "claim", { status }: ChannelRow): void {
  const refused = op === "deposit"
    ? status !== "open"
    : op === "close" && !["open", "closing", "recovering"].includes(status);
  if (refused) throw new ChannelError("state", `Cannot ${op}: the channel is ${status}`);
}

function approval({ contracts }: ManagerState, amountRaw: bigint): Step {
  return {
    call: {
      call: "approve",
      token: contracts.token.toLowerCase() as Address,
      spender: contracts.tokenNetwork.toLowerCase() as Address,
      amountRaw,
    },
    tokenUnits: 0n,
  };
}

function depositStep({ contracts, own }: ManagerState, row: ChannelRow | null, total: bigint) {
  return {
    call: {
      call: "setTotalDeposit",
      tokenNetwork: contracts.tokenNetwork.toLowerCase() as Address,
      channelId: (row?.channelId ?? `0x${"00".repeat(32)}`) as ChannelId,
      participant: own as Address,
      totalDepositRaw: total,
    },
    gasLimit: DEPOSIT_GAS,
  } as const;
}

async function claimStep(state: ManagerState, row: ChannelRow): Promise<readonly Step[]> {
  const due = await dueClaim(state, row);
  if (due === null) return [];
  const { claim, units } = due;
  return [{
    call: {
      call: "claimFromChannel",
      tokenNetwork: state.contracts.tokenNetwork.toLowerCase() as Address,
      channelId: asChannelId(claim.channelId),
      nonce: claim.nonce,
      transferredAmountRaw: claim.transferredAmount,
      signature: toHex(normalizeSignature(claim.signature)),
    },
    tokenUnits: units,
  }];
}

async function checkTokens({ deps, own, settings }: ManagerState, units: bigint): Promise<void> {
  const { tokenRaw } = await deps.chain.funds(own);
  if (tokenRaw >= units) return;
  const text = (amount: bigint) => formatUnits(amount, settings.asset);
  throw Object.assign(new Error(`the account has ${text(tokenRaw)}, ${text(units)} are needed`), {
    code: "funds",
  });
}
