/**
 * The questions of `crosstown init`. Each question takes its default without a terminal, with `--yes` or `--non-interactive`, and if the
 * output is for a program.
 *
 * @module
 */
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";

/** Asks a person, or takes the defaults. */
export interface Questions {
  /** True if a person answers. */
  readonly asks: boolean;
  /** Asks for a line. An empty line means the default. */
  text(question: string, fallback: string): Promise<string>;
  /** Asks for one of several words, and repeats the question until the answer is one of them. What words mean is shown first. */
  choice<Word extends string>(
    question: string,
    words: readonly Word[],
    fallback: Word,
    meanings?: Readonly<Record<string, string>>,
  ): Promise<Word>;
  /** Asks for yes or no. */
  yes(question: string, fallback: boolean): Promise<boolean>;
  /** How many answers were typed that are not the default. Those on the second screen are not counted. */
  readonly typed: number;
  /** Shows a text that is not a question. */
  show(text: string): Promise<void>;
  /** Asks on the terminal's second screen, so that nothing of it stays on the screen or in its history, whatever the terminal's width. */
  aside<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** The questions of one command. */
export function questionsOf({ io, globals, output, signal }: Invocation): Questions {
  const { askLine } = io;
  const asks = askLine !== undefined && output.mode === "text" && !globals.yes &&
    !globals.nonInteractive;
  const line = async (question: string) => {
    await output.flush();
    const answer = await askLine!(question, signal).catch(async (error) => {
      await bytes("\n");
      throw error;
    });
    if (answer !== null) return answer;
    await bytes("\n");
    throw new CommandError("given_up", "nothing was typed", "run 'crosstown init' again");
  };
  let typed = 0;
  let isAside = false;
  const counted = <Answer extends string>(answer: Answer, fallback: string) => {
    if (answer !== fallback && !isAside) typed++;
    return answer;
  };
  const bytes = (text: string) => io.stderr.write(new TextEncoder().encode(text));
  const choice = async <Word extends string>(
    question: string,
    words: readonly Word[],
    fallback: Word,
    meanings: Readonly<Record<string, string>> = {},
  ) => {
    if (!asks) return fallback;
    const width = Math.max(...words.map(({ length }) => length));
    for (const word of words) {
      if (Object.hasOwn(meanings, word)) {
        await bytes(`  ${word.padEnd(width)}  ${meanings[word]}\n`);
      }
    }
    while (true) {
      const answer = await line(`${question} (${words.join(", ")}) [${fallback}]: `) || fallback;
      const [found, ...more] = words.filter((word) => word.startsWith(answer));
      if (words.includes(answer as Word)) return counted(answer as Word, fallback);
      if (found !== undefined && more.length === 0) return counted(found, fallback);
      await bytes(`Please answer one of: ${words.join(", ")}\n`);
    }
  };
  return {
    asks,
    async text(question, fallback) {
      if (!asks) return fallback;
      const answer = await line(`${question}${fallback === "" ? "" : ` [${fallback}]`}: `);
      return counted(answer || fallback, fallback);
    },
    choice,
    get typed() {
      return typed;
    },
    async yes(question, fallback) {
      return await choice(question, ["yes", "no"], fallback ? "yes" : "no") === "yes";
    },
    show: (text) => bytes(`${text}\n`),
    async aside(work) {
      const other = io.stderr.isTerminal && io.env("TERM") !== "dumb";
      if (other) await bytes("\x1b[?1049h\x1b[H\x1b[2J");
      isAside = true;
      try {
        return await work();
      } finally {
        isAside = false;
        if (other) await bytes("\x1b[?1049l");
      }
    },
  };
}
