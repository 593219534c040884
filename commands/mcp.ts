/**
 * `crosstown mcp`: an agent buys jobs over the Model Context Protocol.
 *
 * @module
 */
import type { CommandSpec } from "../shell/command.ts";

/** `crosstown mcp`. */
export const command: CommandSpec = {
  name: "mcp",
  summary: "serve an agent over MCP: find providers, quote, buy, follow and cancel jobs",
  description: "Over standard input and output, or with --http over HTTP on this machine.\n" +
    "The agent spends at most --max-job for a job and --max-total in all; it cannot change either.\n" +
    "It reads no file of yours, except in folders that you share with --share.\n" +
    "The wallet is unlocked by the daemon ('crosstown mayor up'), or with --passphrase-file.",
  options: [
    {
      flags: "--max-job <amount>",
      summary: "the most that one job may cost in total",
      default: "0.5",
    },
    {
      flags: "--max-total <amount>",
      summary: "the most that all jobs may cost while this server runs",
      default: "2",
    },
    {
      flags: "--ask-above <amount>",
      summary: "ask you, through the agent's program, before a job that may cost more",
    },
    {
      flags: "--share <dir>",
      summary: "a folder of which the agent may send files as inputs",
      repeat: true,
      values: "folder",
    },
    {
      flags: "--provider <pubkey>",
      summary: "give each skill of this provider as a tool, and buy from nobody else",
    },
    { flags: "--http <host:port>", summary: "serve HTTP on this loopback address; port 0: any" },
    {
      flags: "--token-file <file>",
      summary:
        "a file with the token that HTTP clients must send (default: a new token at each start)",
      values: "file",
    },
  ],
  examples: [
    { command: "crosstown mcp --max-job 0.2 --max-total 1 --share ." },
    { command: "crosstown mcp --http 127.0.0.1:7790 --network dev" },
    {
      command: "crosstown mcp --provider b8454959",
      note: "a provider's skills as tools, each with its price",
    },
  ],
  effect: "spends",
  run: async (invocation) => {
    const [{ mcp }, { runInner }] = await Promise.all([
      import("../mcp/mcp_run.ts"),
      import("./inner_command.ts"),
    ]);
    return await mcp(invocation, runInner);
  },
};
