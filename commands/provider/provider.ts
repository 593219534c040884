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
  { flags: "--max-price <amount>", summary: "that cost at most this much" },
  {
    flags: "--bytes <count>",
    summary: "size of the request for which prices are shown",
    default: "2048",
  },
  { flags: "--arch <name>", summary: "that run on this architecture, e.g. amd64" },
  { flags: "--min-cpus <count>", summary: "that announce at least this many processors" },
  { flags: "--min-memory <size>", summary: "that announce at least this much memory, e.g. 8G" },
  { flags: "--min-disk <size>", summary: "that announce at least this much free disk" },
  {
    flags: "--min-speed <bytes/s>",
    summary:
      "that announce at least this SHA-256 speed on one processor, in bytes per second, e.g. 500M",
  },
  { flags: "--engine <name>", summary: "whose skills build with this engine, e.g. docker" },
  {
    flags: "--tier <name>",
    summary:
      "whose sandbox is at least bubblewrap, runsc or runsc+kvm; +cgroup: limits by the kernel",
  },
  {
    flags: "--mode <mode>",
    summary: "that accept this payment: upfront, on-delivery, metered or free",
  },
];

const SORT: OptionSpec = {
  flags: "--sort <order>",
  summary:
    "price, latency (fastest of this home's jobs), history (success of this home's jobs), speed (their own benchmark), or heard (newest heartbeat)",
  choices: ["price", "latency", "history", "speed", "heard"],
  default: "price",
};

/** `crosstown provider list|show|trust|watch`. */
export const command: CommandSpec = {
  name: "provider",
  summary: "find providers of compute: list, show, trust, watch",
  commands: [
    {
      name: "list",
      summary: "list the providers that the relay announces, cheapest first",
      description:
        "Asks the relay, without a wallet. PRICE is what the provider takes for a request of --bytes; the relay's own price comes on top. " +
        "Providers that withdrew, or whose heartbeat is overdue, are shown only with --all.",
      options: [
        ...FILTERS,
        SORT,
        { flags: "--all", summary: "also show providers that withdrew or stopped their heartbeat" },
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
      summary: "show one provider: its announcement, and the outcomes of its jobs for this home",
      args: [{ name: "<pubkey>", summary: "hex, npub, or the first digits of the hex key" }],
      examples: [{ command: "crosstown provider show b8454959" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./provider_show.ts")).providerShow(invocation),
    },
    {
      name: "trust",
      summary:
        "show a provider's score at this home, and the jobs and reviews from which it is computed",
      description:
        "Reads this home's own jobs. If 'root' under [trust] names a key, also asks the relays for reviews by keys that it follows. 'job submit --prefer history' uses the same score.",
      args: [{ name: "<pubkey>", summary: "hex, npub, or the first digits of the hex key" }],
      examples: [{ command: "crosstown provider trust b8454959" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./provider_trust.ts")).providerTrust(invocation),
    },
    {
      name: "watch",
      summary: "print a line when a provider appears, changes its offer or goes, until interrupted",
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
