/**
 * `crosstown channel`: the payment channels of this home on its network's chain.
 *
 * @module
 */
import type { CommandSpec, Invocation } from "../../shell/command.ts";

const CHANNEL = {
  name: "<channel>",
  summary: "its name (ch_7f3a9b2e), a unique prefix of it, or its id on the chain",
};
const runs = () => import("./channel_run.ts");

/** `crosstown channel open|deposit|list|show|close|settle|claim|recover|watch`. */
export const command: CommandSpec = {
  name: "channel",
  summary:
    "payment channels on the chain: open, deposit, list, show, close, settle, claim, recover",
  description:
    "The first payment opens a channel automatically, unless auto_deposit is off. With these commands you manage channels yourself.\n" +
    "With --dry-run each command says what its transactions would cost. If a daemon is up, the daemon does the work.",
  commands: [
    {
      name: "open",
      summary: "open a channel and make a deposit",
      options: [
        { flags: "--deposit <amount>", summary: "amount of the deposit, in M2M", default: "50" },
        {
          flags: "--peer <address>",
          summary:
            "address of the other side, or a connector's name (default: the profile's main connector)",
        },
        {
          flags: "--grace <seconds>",
          summary: "time from close to settlement, in which the other side can still claim",
        },
      ],
      examples: [
        { command: "crosstown channel open --deposit 50 --network dev --output json" },
        { command: "crosstown channel open --deposit 50 --dry-run", note: "what it would cost" },
      ],
      dryRun: true,
      effect: "spends",
      run: async (invocation: Invocation) => await (await runs()).channelOpen(invocation),
    },
    {
      name: "deposit",
      summary: "add to the deposit of a channel",
      args: [CHANNEL, { name: "<amount>", summary: "amount to add, in M2M" }],
      examples: [{ command: "crosstown channel deposit ch_7f3a9b2e 10" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation: Invocation) => await (await runs()).channelDeposit(invocation),
    },
    {
      name: "list",
      summary: "list all channels, settled ones last",
      examples: [{ command: "crosstown channel list --output csv" }],
      effect: "reads",
      run: async (invocation: Invocation) => await (await runs()).channelList(invocation),
    },
    {
      name: "show",
      summary: "show one channel: both sides, the amount at risk, and when it can be settled",
      args: [CHANNEL],
      examples: [{ command: "crosstown channel show ch_7f3a9b2e --output json" }],
      effect: "reads",
      run: async (invocation: Invocation) => await (await runs()).channelShow(invocation),
    },
    {
      name: "close",
      summary: "claim what was received, then close; settle after the grace period",
      args: [CHANNEL],
      options: [{
        flags: "--abandon",
        summary: "close even while packets wait for an answer; their payments are lost",
      }],
      examples: [{ command: "crosstown channel close ch_7f3a9b2e --yes" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation: Invocation) =>
        await (await runs()).channelOperation(invocation, "close"),
    },
    {
      name: "settle",
      summary: "after the grace period: pay each side its share",
      args: [CHANNEL],
      examples: [
        { command: "crosstown channel settle ch_7f3a9b2e" },
        { command: "crosstown dev advance 1d", note: "the dev network's clock can be moved" },
      ],
      dryRun: true,
      effect: "spends",
      run: async (invocation: Invocation) =>
        await (await runs()).channelOperation(invocation, "settle"),
    },
    {
      name: "claim",
      summary: "redeem the other side's best claim on the chain; the channel stays open",
      args: [CHANNEL],
      examples: [{ command: "crosstown channel claim ch_7f3a9b2e" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation: Invocation) =>
        await (await runs()).channelOperation(invocation, "claim"),
    },
    {
      name: "recover",
      summary: "find lost channels on the chain and in the claims that the other side returns",
      options: [{
        flags: "--consent",
        summary:
          "continue without the other side's proof of what was signed; the unknown part may be lost",
      }],
      examples: [{ command: "crosstown channel recover --output json" }],
      effect: "changes",
      run: async (invocation: Invocation) => await (await runs()).channelRecover(invocation),
    },
    {
      name: "watch",
      lines: true,
      summary: "manage all channels until stopped, and show each change",
      description:
        "Does for the channels what a daemon does: redeems claims in time, answers closings and settles. Its transactions cost gas.",
      examples: [{ command: "crosstown channel watch --output json" }],
      effect: "spends",
      run: async (invocation: Invocation) =>
        await (await import("./channel_watch.ts")).channelWatch(invocation),
    },
  ],
};
