/**
 * Asks a person before money moves. Without a terminal, nothing is asked.
 *
 * @module
 */
import type { Invocation } from "./command.ts";
import { CommandError } from "./errors.ts";

/** Asks on a terminal. `--yes` answers yes. With `--non-interactive` or without a terminal, no question is asked. */
export const confirm = {
  /**
   * Whether to ask. Without a terminal, an operation on a test network continues without a question, because its money has no value.
   *
   * @throws {CommandError} `needs_yes` on a main network where nobody can be asked
   */
  asks(
    { globals, io, output }: Pick<Invocation, "globals" | "io" | "output">,
    { name, testnet }: { readonly name: string; readonly testnet: boolean },
  ): boolean {
    if (globals.yes || globals.dryRun) return false;
    const terminal = io.stdinIsTerminal && io.stderr.isTerminal && output.mode === "text";
    if (terminal && !globals.nonInteractive) return true;
    if (testnet) return false;
    throw new CommandError(
      "needs_yes",
      `${name} is a main network, and there is no terminal to ask for confirmation`,
      "add --yes if you are sure, or see the effect with --dry-run first",
    );
  },
  /** The person's answer. Anything but yes means no. */
  async yes({ io, output }: Pick<Invocation, "io" | "output">, question: string): Promise<boolean> {
    await output.error(`${question} [y/N]`);
    const reader = io.stdin.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("\n") && text.length < 256) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    return /^y(es)?\s*$/i.test(text);
  },
};
