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
    "Serves the view of 'mayor attach' on the loopback address until Ctrl-C. The address contains a token, which keeps " +
    "out other users of the machine and web pages. The page cannot change anything, and no daemon is started.",
  options: [
    { flags: "--port <port>", summary: "of 127.0.0.1; 0 chooses a free one", default: "0" },
    {
      flags: "--token-file <file>",
      summary: "a file with the token for the address (default: a new token at each start)",
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
