/** A Node process that takes and tells JSON lines. */

/** A line that the process printed. */
// deno-lint-ignore no-explicit-any
export type Told = any;

/** The process. `await using` ends it. */
export class JsonChild implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #told: Told[] = [];
  #wake = () => {};
  readonly #read: Promise<void>;

  /** Starts `node` in a folder. */
  constructor(cwd: string, args: readonly string[]) {
    this.#child = new Deno.Command("node", {
      args: [...args],
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read = this.#lines();
  }

  /** Sends a line. */
  tell(line: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#input.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
  }

  /** All lines so far. */
  get told(): readonly Told[] {
    return this.#told;
  }

  /** Returns the first line that fits, from all earlier and later lines. */
  async until(fits: (told: Told) => boolean, signal = AbortSignal.timeout(120_000)): Promise<Told> {
    for (;;) {
      const found = this.#told.find(fits);
      if (found !== undefined) return found;
      signal.throwIfAborted();
      const failed = this.#told.find(({ error }) => error !== undefined);
      if (failed !== undefined) throw new Error(failed.error);
      await Promise.race([
        new Promise<void>((resolve) => this.#wake = resolve),
        new Promise((resolve) => setTimeout(resolve, 1_000)),
      ]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    this.#child.kill("SIGKILL");
    await this.#read;
    await this.#child.status;
  }

  async #lines(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.#told.push(...lines.map((line) => JSON.parse(line)));
      this.#wake();
    }
  }
}
