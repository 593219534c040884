/**
 * `crosstown channel`: the payment channels of this home on its network's chain.
 *
 * @module
 */
import type { CommandSpec, Invocation } from "../shell/command.ts";

const CHANNEL = {
  name: "<channel>",
  summary: "its name (ch_7f3a9b2e), a unique beginning of it, or its id on chain",
};
const runs = () => import("./channel_run.ts");

/** `crosstown channel open|deposit|list|show|close|settle|claim|recover|watch`. */
export const command: CommandSpec = {
  name: "channel",
  summary:
    "payment channels on the chain: open, deposit, list, show, close, settle, claim, recover",
  description:
    "A channel opens by itself when something is to be paid, unless auto_deposit is off; these commands are for whoever wants to decide it.\n" +
    "With --dry-run each says what its transactions would cost. Where a daemon is up, it does the work.",
  commands: [
    {
      name: "open",
      summary: "open a channel and put a deposit into it",
      options: [
        { flags: "--deposit <amount>", summary: "what to put into it, in M2M", default: "50" },
        { flags: "--peer <address>", summary: "with whom (default: the profile's connector)" },
        {
          flags: "--grace <seconds>",
          summary: "from close to settlement, in which the other side can still claim",
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
      summary: "put more into a channel",
      args: [CHANNEL, { name: "<amount>", summary: "how much more, in M2M" }],
      examples: [{ command: "crosstown channel deposit ch_7f3a9b2e 10" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation: Invocation) => await (await runs()).channelDeposit(invocation),
    },
    {
      name: "list",
      summary: "all channels, settled ones last",
      examples: [{ command: "crosstown channel list --output csv" }],
      effect: "reads",
      run: async (invocation: Invocation) => await (await runs()).channelList(invocation),
    },
    {
      name: "show",
      summary: "one channel with both sides, what is at risk, and when it may be settled",
      args: [CHANNEL],
      examples: [{ command: "crosstown channel show ch_7f3a9b2e --output json" }],
      effect: "reads",
      run: async (invocation: Invocation) => await (await runs()).channelShow(invocation),
    },
    {
      name: "close",
      summary: "claim what was received, then close: settlement follows after the grace period",
      args: [CHANNEL],
      options: [{
        flags: "--abandon",
        summary: "also while packets wait for an answer: what they were paid with is lost",
      }],
      examples: [{ command: "crosstown channel close ch_7f3a9b2e --yes" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation: Invocation) =>
        await (await runs()).channelOperation(invocation, "close"),
    },
    {
      name: "settle",
      summary: "after the grace period: both accounts are paid what is theirs",
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
      summary: "take what the other side's best claim is worth, the channel stays open",
      args: [CHANNEL],
      examples: [{ command: "crosstown channel claim ch_7f3a9b2e" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation: Invocation) =>
        await (await runs()).channelOperation(invocation, "claim"),
    },
    {
      name: "recover",
      summary:
        "find lost channels again: on the chain, and in claims that the other side gives back",
      options: [{
        flags: "--consent",
        summary:
          "go on without the other side's proof of what was signed: it may cost what is unknown",
      }],
      examples: [{ command: "crosstown channel recover --output json" }],
      effect: "changes",
      run: async (invocation: Invocation) => await (await runs()).channelRecover(invocation),
    },
    {
      name: "watch",
      lines: true,
      summary: "look after all channels until stopped, and show what changes",
      examples: [{ command: "crosstown channel watch --output json" }],
      effect: "reads",
      run: async (invocation: Invocation) =>
        await (await import("./channel_watch.ts")).channelWatch(invocation),
    },
  ],
};
