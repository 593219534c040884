import type { Io } from "../../shell/io.ts";
import { main } from "../../commands/main.ts";
import type { CommandEntry } from "../../commands/command_table.ts";
import type { CommandSpec } from "../../shell/command.ts";

/** A process in memory. */
export class MemoryIo implements Io {
  out = "";
  err = "";
  stdin: ReadableStream<Uint8Array> = new Blob([]).stream();
  stdinIsTerminal = false;
  /** What a person types, in order; null cancels. If it is missing, there is no terminal. */
  answers?: (string | null)[];
  asked: string[] = [];
  columns = 80;
  variables: Record<string, string> = {};
  terminal = false;
  now = 1_790_000_000_000;

  get askSecret(): ((prompt: string) => Promise<string | null>) | undefined {
    if (this.answers === undefined) return undefined;
    return (prompt) => {
      this.asked.push(prompt);
      const answer = this.answers!.shift() ?? null;
      // As on a terminal, Ctrl-C is a key.
      return answer === "\x03"
        ? Promise.reject(new DOMException("Ctrl-C was typed", "AbortError"))
        : Promise.resolve(answer);
    };
  }

  #waiting: { text: string; resolve: () => void }[] = [];

  /** Resolves when standard output contains this text. */
  until(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ text, resolve });
      this.#tell();
    });
  }

  get stdout() {
    return this.#stream((text) => this.out += text);
  }
  get stderr() {
    return this.#stream((text) => this.err += text);
  }
  env = (name: string) => this.variables[name];
  cwd = () => "/home/agent";
  clock = () => this.now;
  uid = () => Deno.uid();

  #tell() {
    for (const { text, resolve } of this.#waiting) if (this.out.includes(text)) resolve();
  }

  #stream(add: (text: string) => void) {
    return {
      isTerminal: this.terminal,
      write: (bytes: Uint8Array) => {
        add(new TextDecoder().decode(bytes));
        this.#tell();
        return Promise.resolve();
      },
    };
  }
}

/** Runs a command line in memory. */
export async function run(
  args: readonly string[],
  options: {
    readonly commands?: readonly CommandSpec[];
    readonly io?: MemoryIo;
    readonly signal?: AbortSignal;
  } = {},
): Promise<{ code: number; out: string; err: string }> {
  const io = options.io ?? new MemoryIo();
  const groups: CommandEntry[] | undefined = options.commands?.map((command) => ({
    name: command.name,
    summary: command.summary,
    load: () => Promise.resolve({ command }),
  }));
  const code = await main(args, io, options.signal ?? new AbortController().signal, groups);
  return { code, out: io.out, err: io.err };
}
