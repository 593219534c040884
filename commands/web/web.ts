/**
 * `crosstown web`: shows the dashboard in a browser of this machine. It cannot change the home.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

/** `crosstown web`. */
export const command: CommandSpec = {
  name: "web",
  summary: "show the dashboard in a browser of this machine, read-only",
  description:
    "Serves the view of 'mayor attach' on the loopback address until Ctrl-C. Its address holds a token, so that other users of the " +
    "machine and web pages do not see it. Nothing can be changed from there, and no daemon is started.",
  options: [
    { flags: "--port <port>", summary: "of 127.0.0.1; 0 chooses a free one", default: "0" },
    {
      flags: "--token-file <file>",
      summary: "the token in the address, for one that stays the same; a new one unless told",
      values: "file",
    },
  ],
  examples: [
    { command: "crosstown web" },
    { command: "crosstown web --port 7791 --token-file ~/.gt/web-token" },
  ],
  effect: "reads",
  run: async (invocation) => await (await import("./web_run.ts")).web(invocation),
};
