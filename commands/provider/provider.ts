/**
 * `crosstown provider`: who sells what on this network's relay.
 *
 * @module
 */
import { JOB_TYPES } from "../../protocols/nostr/kinds.ts";
import type { CommandSpec } from "../../shell/command.ts";

/** `crosstown provider list|show`. */
export const command: CommandSpec = {
  name: "provider",
  summary: "who sells compute here: list, show",
  commands: [
    {
      name: "list",
      summary: "providers that announce themselves on the relay, the cheapest first",
      description:
        "Asks the relay, without a wallet. PRICE is what the provider takes for a request of --bytes; the relay's own price comes on top. " +
        "What was not heard of lately or withdrawn is left out unless --all.",
      options: [
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
        {
          flags: "--sort <order>",
          summary: "price, heard (the last heartbeat first), or history (own jobs that went well)",
          choices: ["price", "heard", "history"],
          default: "price",
        },
        { flags: "--all", summary: "also those that withdrew or fell silent" },
      ],
      examples: [
        { command: "crosstown provider list" },
        {
          command: "crosstown provider list --type ci-run --platform linux/amd64 --max-price 0.2",
        },
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
  ],
};
