/**
 * The terminal while the dashboard has it: a screen of its own, keys as they are pressed, and only lines that changed are written.
 *
 * Held: the screen's last lines.
 *
 * @module
 */
import type { Io, Terminal } from "../../shell/io.ts";
import { keyReader } from "./keys.ts";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[?25h\x1b[?1049l";
/** A terminal that knows it shows all of a frame at once; others ignore it. */
const FRAME = ["\x1b[?2026h", "\x1b[?2026l"];

/** See the module. To be disposed of, so that the terminal is as it was. */
export class Screen implements AsyncDisposable {
  readonly #terminal: Terminal;
  readonly #io: Pick<Io, "stdin" | "stdout">;
  #shown: readonly string[] = [];

  /** Shows nothing before {@link enter}. */
  constructor(terminal: Terminal, io: Pick<Io, "stdin" | "stdout">) {
    this.#terminal = terminal;
    this.#io = io;
  }

  /** Takes the terminal. */
  async enter(onKey: (key: string) => void, onEnd: () => void): Promise<void> {
    this.#terminal.setRaw(true);
    await this.#write(ENTER);
    const reader = keyReader(onKey);
    void (async () => {
      try {
        for await (const bytes of this.#io.stdin) reader.write(bytes);
      } finally {
        onEnd();
      }
    })().catch(() => undefined);
  }

  /** Shows these lines; those that are there already are not written. */
  async show(lines: readonly string[]): Promise<void> {
    const resized = lines.length !== this.#shown.length;
    const changed = lines.flatMap((line, row) =>
      resized || line !== this.#shown[row] ? [`\x1b[${row + 1};1H${line}`] : []
    );
    this.#shown = lines;
    if (changed.length === 0) return;
    await this.#write([FRAME[0], resized ? "\x1b[2J" : "", ...changed, FRAME[1]].join(""));
  }

  /** The next frame is written whole: the terminal has another size. */
  forget(): void {
    this.#shown = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#terminal.setRaw(false);
    await this.#write(LEAVE);
  }

  #write(text: string): Promise<void> {
    return this.#io.stdout.write(new TextEncoder().encode(text));
  }
}
