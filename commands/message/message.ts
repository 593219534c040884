/**
 * `crosstown message`: private messages between towns (NIP-17).
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

/** `crosstown message send|list`. */
export const command: CommandSpec = {
  name: "message",
  summary: "private messages between towns: send, list",
  commands: [
    {
      name: "send",
      summary: "send a private message to a key",
      description:
        "The message travels in a gift wrap (NIP-17): the relay sees the reader's key and a padded size, and neither text nor author. " +
        "It is written to the relays that the reader names (kind 10050, else 10002), free, and to this home's relay, paid like any other write, unless the reader reads messages elsewhere. The first message also publishes the relays at which this home reads messages (kind 10050). " +
        "A home sends at most 120 messages an hour.",
      args: [
        { name: "<key>", summary: "the reader's public key: 64 hex digits, npub or nprofile" },
        { name: "<text>", summary: "the message; - reads it from standard input" },
      ],
      options: [
        { flags: "--subject <text>", summary: "the subject of the conversation" },
        { flags: "--reply <id>", summary: "the id of the message that this one answers" },
        {
          flags: "--copy",
          summary: "also write a copy for this home, which 'message list' shows (a second write)",
        },
      ],
      examples: [
        { command: 'crosstown message send npub1... "The build is red" --subject ci' },
        { command: "git log -1 | crosstown message send npub1... -" },
      ],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await import("./message_send.ts")).messageSend(invocation),
    },
    {
      name: "list",
      summary: "show private messages for this home, oldest first",
      description:
        "Reads the relays, opens each gift wrap with the wallet's key, and keeps nothing. Of one author, at most the 50 newest are shown.",
      options: [
        { flags: "--from <key>", summary: "only messages of this author" },
        {
          flags: "--since <time>",
          summary: "only newer messages: a day, a time, or how long ago, e.g. 7d",
          default: "30d",
        },
        { flags: "--limit <count>", summary: "at most this many, the newest", default: "100" },
      ],
      examples: [
        { command: "crosstown message list" },
        { command: "crosstown message list --since 1d --output json", note: "for programs" },
      ],
      effect: "reads",
      run: async (invocation) => await (await import("./message_list.ts")).messageList(invocation),
    },
  ],
};
