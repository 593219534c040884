/**
 * `crosstown provider`: who sells what on this network's relay.
 *
 * @module
 */
import { JOB_TYPES } from "../../protocols/nostr/kinds.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import type { CommandSpec } from "../../shell/command.ts";

/** The filters of `list` and `watch`. */
const FILTERS: readonly OptionSpec[] = [
  { flags: "--type <type>", summary: "that serve this type of job", values: JOB_TYPES },
  { flags: "--kind <number>", summary: "that serve this kind of request" },
  { flags: "--tag <tag>", summary: "that have this t tag", repeat: true },
  { flags: "--platform <os/arch>", summary: "that run on this platform, e.g. linux/amd64" },
  { flags: "--sandboxed", summary: "whose jobs run in a sandbox" },
  { flags: "--max-price <amount>", summary: "that take at most so much" },
  {
    flags: "--bytes <count>",
    summary: "size of the request that is priced",
    default: "2048",
  },
  { flags: "--arch <name>", summary: "that run on this architecture, e.g. amd64" },
  { flags: "--min-cpus <count>", summary: "that announce at least so many processors" },
  { flags: "--min-memory <size>", summary: "that announce at least so much memory, e.g. 8G" },
  { flags: "--min-disk <size>", summary: "that announce at least so much free disk" },
  {
    flags: "--min-speed <bytes/s>",
    summary:
      "that say they put at least so many bytes a second through SHA-256 on one processor, e.g. 500M",
  },
  { flags: "--engine <name>", summary: "whose skills build with it, e.g. docker" },
  { flags: "--tier <name>", summary: "whose sandbox is at least bubblewrap, or bubblewrap+cgroup" },
  { flags: "--mode <mode>", summary: "that are paid so: upfront, on-delivery or free" },
];

const SORT: OptionSpec = {
  flags: "--sort <order>",
  summary:
    "price, latency (own jobs, the fastest first), history (own jobs that went well), speed (as they measured themselves), or heard (the last heartbeat first)",
  choices: ["price", "latency", "history", "speed", "heard"],
  default: "price",
};

/** `crosstown provider list|show|trust|watch`. */
export const command: CommandSpec = {
  name: "provider",
  summary: "who sells compute here: list, show, trust, watch",
  commands: [
    {
      name: "list",
      summary: "providers that announce themselves on the relay, the cheapest first",
      description:
        "Asks the relay, without a wallet. PRICE is what the provider takes for a request of --bytes; the relay's own price comes on top. " +
        "What was not heard of lately or withdrawn is left out unless --all.",
      options: [
        ...FILTERS,
        SORT,
        { flags: "--all", summary: "also those that withdrew or fell silent" },
      ],
      examples: [
        { command: "crosstown provider list" },
        {
          command: "crosstown provider list --type ci-run --platform linux/amd64 --max-price 0.2",
        },
        { command: "crosstown provider list --arch amd64 --min-memory 8G --sort history" },
        { command: "crosstown provider list --output json", note: "for programs" },
      ],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./provider_list.ts")).providerList(invocation),
    },
    {
      name: "show",
      summary: "one provider: what it announces, and how its jobs for this home went",
      args: [{ name: "<pubkey>", summary: "hex, npub, or a beginning of the hex key" }],
      examples: [{ command: "crosstown provider show b8454959" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./provider_list.ts")).providerShow(invocation),
    },
    {
      name: "trust",
      summary: "how a provider stands with this home, and of which jobs that is made",
      description:
        "Reads this home's own jobs and asks nobody. 'job submit --prefer history' goes by the same score.",
      args: [{ name: "<pubkey>", summary: "hex, npub, or a beginning of the hex key" }],
      examples: [{ command: "crosstown provider trust b8454959" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./provider_trust.ts")).providerTrust(invocation),
    },
    {
      name: "watch",
      summary: "providers that come, change what they offer, or go, until it is interrupted",
      options: [
        ...FILTERS,
        { flags: "--every <seconds>", summary: "how often the relay is asked", default: "5" },
      ],
      examples: [
        { command: "crosstown provider watch --type echo" },
        { command: "crosstown provider watch --output json", note: "a JSON line for each change" },
      ],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./provider_list.ts")).providerWatch(invocation),
    },
  ],
};
