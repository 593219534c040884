/**
 * The operations that commands send to a channel manager as JSON, over the socket of the process that works on the home. Amounts are
 * decimal strings in JSON and bigint at both ends.
 *
 * @module
 */
import { asAddress } from "../../protocols/evm/address.ts";
import type {
  ChannelManager,
  ChannelPlan,
  ChannelReceipt,
  ChannelView,
} from "../claims/channel_manager.ts";

/** One operation. */
export type ChannelManagerWork =
  | { readonly op: "list" }
  | { readonly op: "recover"; readonly consent: boolean }
  | ChannelOperation
  | { readonly op: "plan"; readonly operation: ChannelOperation };

/** An operation that spends gas, and in some cases money. Amounts are base units in decimal digits. */
export type ChannelOperation =
  | {
    readonly op: "open";
    readonly peer: { readonly name: string; readonly address: string };
    readonly depositUnits: string;
    readonly settlementTimeoutS?: number;
  }
  | { readonly op: "deposit"; readonly channel: string; readonly addUnits: string }
  | { readonly op: "close"; readonly channel: string; readonly abandon?: boolean }
  | { readonly op: "settle" | "claim"; readonly channel: string };

/** The result of each operation. */
export type ChannelManagerAnswer<Work extends ChannelManagerWork> = Work extends
  { op: "list" | "recover" } ? readonly ChannelView[]
  : Work extends { op: "plan" } ? ChannelPlan
  : ChannelReceipt;

/**
 * Does the operation. `work` may come from any sender. Rejects with ChannelWorkError if it is not an operation, otherwise with the
 * manager's errors.
 */
export async function doChannelWork(manager: ChannelManager, work: unknown): Promise<unknown> {
  const fields = fieldsOf(work);
  switch (fields.op) {
    case "list":
      return await manager.list();
    case "recover":
      return await manager.recover({ consent: fields.consent === true });
    case "plan":
      return await plan(manager, operationOf(fieldsOf(fields.operation)));
    default:
      return await operate(manager, operationOf(fields));
  }
}

function operate(manager: ChannelManager, work: ChannelOperation): Promise<ChannelReceipt> {
  switch (work.op) {
    case "open":
      return manager.open({ ...work, depositUnits: BigInt(work.depositUnits) });
    case "deposit":
      return manager.deposit(work.channel, BigInt(work.addUnits));
    case "close":
      return manager.close(work.channel, { abandon: work.abandon === true });
    case "settle":
      return manager.settle(work.channel);
    case "claim":
      return manager.claim(work.channel);
  }
}

function plan(manager: ChannelManager, work: ChannelOperation): Promise<ChannelPlan> {
  if (work.op === "open") {
    const { peer, depositUnits } = work;
    return manager.plan({ op: "open", peer, depositUnits: BigInt(depositUnits) });
  }
  if (work.op === "deposit") {
    return manager.plan({ op: "deposit", channel: work.channel, addUnits: BigInt(work.addUnits) });
  }
  return manager.plan({ op: work.op, channel: work.channel });
}

function operationOf(fields: Readonly<Record<string, unknown>>): ChannelOperation {
  const { op } = fields;
  switch (op) {
    case "open": {
      const { name, address } = fieldsOf(fields.peer);
      const { settlementTimeoutS } = fields;
      if (settlementTimeoutS !== undefined && !Number.isSafeInteger(settlementTimeoutS)) {
        throw refused("settlementTimeoutS must be whole seconds");
      }
      return {
        op,
        peer: { name: textOf(name, "peer.name"), address: asAddress(address, "peer.address") },
        depositUnits: digitsOf(fields.depositUnits, "depositUnits"),
        ...(settlementTimeoutS === undefined
          ? {}
          : { settlementTimeoutS: settlementTimeoutS as number }),
      };
    }
    case "deposit":
      return {
        op,
        channel: channelOf(fields.channel),
        addUnits: digitsOf(fields.addUnits, "addUnits"),
      };
    case "close":
      return { op, channel: channelOf(fields.channel), abandon: fields.abandon === true };
    case "settle":
    case "claim":
      return { op, channel: channelOf(fields.channel) };
    default:
      throw refused("op is unknown");
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused("it must be an object");
  }
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown, field: string): string {
  if (typeof value === "string" && value.length > 0 && value.length <= 256) return value;
  throw refused(`${field} must be a text of 1 to 256 characters`);
}

/** A name (`ch_` and digits) or an on-chain id. The manager decides whether such a channel exists. */
function channelOf(value: unknown): string {
  if (typeof value === "string" && /^(?:ch_|0x)[0-9a-fA-F]{8,64}$/.test(value)) return value;
  throw refused("channel must be ch_ and hex digits, or 0x and 64 hex digits");
}

function digitsOf(value: unknown, field: string): string {
  if (typeof value === "string" && /^(?:0|[1-9]\d{0,77})$/.test(value)) return value;
  throw refused(`${field} must be decimal digits`);
}

function refused(why: string): ChannelWorkError {
  return new ChannelWorkError(`Cannot do channel work: ${why}`);
}

/** A request that is not a valid operation. */
class ChannelWorkError extends Error {
  /** `ChannelWorkError`. */
  override readonly name = "ChannelWorkError";
  /** Always `bad_request`. */
  readonly code = "bad_request";
}
