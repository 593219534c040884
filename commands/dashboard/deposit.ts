/**
 * The dashboard's question into which channel to deposit, and how much. Without effects.
 *
 * @module
 */
import { AmountError, parseAmount } from "../../shell/amount.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Deposit, Effect, Model } from "./model.ts";

/** The most characters of an amount. */
const MAX_TYPED = 24;

/** What a key of the question leads to. */
type DepositStep =
  | { readonly deposit: Deposit | null; readonly wrong?: string }
  | { readonly text: string; readonly effect: Effect };

/** Begins with the first open channel that is low, or else the first open one; null if none is open. */
export function firstDeposit({ look, topUp }: Pick<Model, "look" | "topUp">): Deposit | null {
  const open = look.channels.filter(({ status }) => status === "open");
  const channel = open.find(({ low }) => low) ?? open[0];
  return channel === undefined || topUp === null
    ? null
    : { channel: channel.name, amount: topUp, fresh: true };
}

/** Applies a key: digits change the amount, up and down choose the channel, Enter is the end, and Esc calls it off. */
export function onDepositKey(
  deposit: Deposit,
  key: string,
  { look, asset }: Pick<Model, "look" | "asset">,
): DepositStep {
  const { channel, amount, fresh } = deposit;
  if (key === "escape") return { deposit: null };
  if (key === "up" || key === "down") {
    const names = look.channels.filter(({ status }) => status === "open").map(({ name }) => name);
    const to = names.indexOf(channel) + (key === "up" ? -1 : 1);
    return {
      deposit: { ...deposit, channel: names[(to + names.length) % names.length] ?? channel },
    };
  }
  // The first digit replaces the proposed amount.
  if (/^[0-9.]$/.test(key)) {
    return {
      deposit: {
        channel,
        amount: `${fresh ? "" : amount}${key}`.slice(0, MAX_TYPED),
        fresh: false,
      },
    };
  }
  if (key === "backspace") {
    return { deposit: { channel, amount: fresh ? "" : amount.slice(0, -1), fresh: false } };
  }
  if (key !== "return") return { deposit };
  const units = unitsOf(amount, asset);
  return typeof units === "string" ? { deposit, wrong: units } : {
    text: `deposit ${formatUnits(units, asset)} into ${channel}?`,
    effect: { do: "top_up", channel, addUnits: units },
  };
}

/** The units of a typed amount; a text says what is wrong with it. */
function unitsOf(typed: string, asset: Model["asset"]): bigint | string {
  try {
    const amount = parseAmount(typed, asset);
    return amount.rail === "m2m" && amount.units > 0n ? amount.units : "the amount must be above 0";
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    return `${JSON.stringify(typed)} is no amount: type it like 0.5`;
  }
}
