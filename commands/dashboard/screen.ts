/**
 * The terminal while the dashboard uses it: an alternate screen and single key presses. Only lines that changed are written.
 *
 * Held: the screen's last lines.
 *
 * @module
 */
import type { Io, Terminal } from "../../shell/io.ts";
import { keyReader } from "./keys.ts";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[?25h\x1b[?1049l";
/** Synchronized output: a terminal that supports it shows a whole frame at once; others ignore it. */
const FRAME = ["\x1b[?2026h", "\x1b[?2026l"];

/** A dashboard's screen. Dispose of it to restore the terminal. */
export class Screen implements AsyncDisposable {
  readonly #terminal: Terminal;
  readonly #io: Pick<Io, "stdin" | "stdout">;
  #shown: readonly string[] = [];

  /** Writes nothing before {@link enter}. */
  constructor(terminal: Terminal, io: Pick<Io, "stdin" | "stdout">) {
    this.#terminal = terminal;
    this.#io = io;
  }

  /** Switches the terminal to the dashboard. */
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

  /** Shows these lines and writes only those that changed. */
  async show(lines: readonly string[]): Promise<void> {
    const resized = lines.length !== this.#shown.length;
    const changed = lines.flatMap((line, row) =>
      resized || line !== this.#shown[row] ? [`\x1b[${row + 1};1H${line}`] : []
    );
    this.#shown = lines;
    if (changed.length === 0) return;
    await this.#write([FRAME[0], resized ? "\x1b[2J" : "", ...changed, FRAME[1]].join(""));
  }

  /** Makes the next frame write every line, because the terminal's size changed. */
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
