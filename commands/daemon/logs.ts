/**
 * `crosstown logs`: prints the program log of this home, `hooks/<mayor>/crosstown.log`.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { type Output, printable } from "../../shell/output.ts";

const POLL_MS = 200;

/** `crosstown logs`. */
export const command: CommandSpec = {
  name: "logs",
  lines: true,
  summary: "show the program log of this home",
  description: "With --output json, it prints one JSON object a line.",
  options: [
    {
      flags: "-n, --lines <count>",
      summary: "number of lines, counted from the end",
      default: "50",
    },
    { flags: "-f, --follow", summary: "continue with each new line until interrupted" },
    {
      flags: "--level <level>",
      summary: "only this level and above",
      choices: ["debug", "info", "warn", "error"],
    },
  ],
  examples: [
    { command: "crosstown logs -n 20" },
    { command: "crosstown logs --follow --level warn", note: "until Ctrl-C" },
    { command: "crosstown logs --output json | jq .msg" },
  ],
  effect: "reads",
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { options, output, signal } = invocation;
  const [{ configOf }, reader, { LEVELS }] = await Promise.all([
    import("../../shell/home/load_config.ts"),
    import("../../base/log/read_log.ts"),
    import("../../base/log/file_log.ts"),
  ]);
  const config = await configOf(invocation);
  const { logFile } = config.paths;
  const count = options.integer("lines", { min: 0, max: 1_000_000 })!;
  const least = options.text("level");
  const wanted = (line: string) => {
    if (least === undefined) return true;
    const level = reader.parseLine(line).level;
    return LEVELS.findIndex((each) => each === level) >= LEVELS.findIndex((each) => each === least);
  };
  const print = async (line: string) => {
    if (wanted(line)) await printLine(output, line, reader.parseLine);
  };
  try {
    if (!options.on("follow")) {
      for (const line of await reader.lastLines(logFile, count)) await print(line);
      return 0;
    }
    for await (
      const line of reader.followLines({
        path: logFile,
        count,
        signal,
        pause: (ended) => pause(POLL_MS, ended),
      })
    ) {
      await print(line);
    }
    return 0;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    const { refuseMissingHome } = await import("../../shell/home/read_store.ts");
    await refuseMissingHome(config);
    throw new CommandError(
      "no_log",
      `there is no log yet at ${logFile}`,
      "a daemon or a job writes it: run 'crosstown dev up' or 'crosstown job submit'",
      { cause },
    );
  }
}

async function printLine(
  output: Output,
  line: string,
  parseLine: (line: string) => { readonly fields: Readonly<Record<string, string>> },
): Promise<void> {
  if (output.mode === "text") return await output.line(printable(line));
  const { fields, ...head } = parseLine(line);
  await output.documentLine("log-line", { ...fields, ...head });
}
