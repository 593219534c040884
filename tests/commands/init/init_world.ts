/** A home and a person at its terminal, for the tests of `crosstown init`. */
import { MemoryIo, run } from "../memory_io.ts";

const PASSPHRASE = "correct horse battery staple";
const NOSTR = `[networks.club]
write = "nostr"
relay_url = "ws://127.0.0.1:9"
`;

/** A home whose network's relay does not answer, and a person at its terminal. */
export async function world() {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  await Deno.writeTextFile(`${path}/crosstown.toml`, NOSTR, { mode: 0o600 });
  await Deno.writeTextFile(`${path}/pass`, PASSPHRASE, { mode: 0o600 });
  return {
    path,
    async init(
      args: readonly string[],
      answer?: (question: string, shown: string) => string | null,
      terminal = false,
      secrets?: (string | null)[],
    ) {
      const io = new MemoryIo();
      io.terminal = terminal;
      if (secrets !== undefined) io.answers = secrets;
      io.variables = { GASTOWN_HOME: path, HOME: path };
      const asked: string[] = [];
      const typing = Object.assign(io, {
        askLine: answer === undefined ? undefined : (question: string) => {
          asked.push(question);
          return Promise.resolve(answer(question, io.err));
        },
      });
      const { code } = await run(["init", ...args], { io: typing });
      return { code, out: io.out, err: io.err, asked };
    },
    async command(...args: string[]) {
      const io = new MemoryIo();
      io.variables = { GASTOWN_HOME: path, HOME: path };
      await run([...args, "--output", "json"], { io });
      return JSON.parse(io.out);
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
