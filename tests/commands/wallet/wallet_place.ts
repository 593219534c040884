/** A home for the commands of a wallet. */
import { MemoryIo, run } from "../memory_io.ts";

export const PASSPHRASE = "correct horse battery";

export const HEX = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";

export const NSEC = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";

export const PUBKEY = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";

/** A home in a temporary folder, which is removed at the end. */
export async function place() {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  const write = async (name: string, text: string, mode = 0o600) => {
    await Deno.writeTextFile(`${root}/${name}`, text);
    await Deno.chmod(`${root}/${name}`, mode);
  };
  await write("pass", `${PASSPHRASE}\n`);
  await write("nsec", `${NSEC}\n`);
  const home = `${root}/gt`;
  const piped: { text: string | null } = { text: null };
  const variables: Record<string, string> = { GASTOWN_HOME: home };
  const call = async (answers: (string | null)[] | undefined, ...args: string[]) => {
    const io = new MemoryIo();
    io.variables = variables;
    io.cwd = () => root;
    io.answers = answers;
    if (piped.text !== null) io.stdin = new Blob([piped.text]).stream();
    return { ...await run(["wallet", ...args], { io }), asked: io.asked };
  };
  return {
    root,
    write,
    variables,
    piped,
    keyFile: `${home}/identity.enc`,
    wallet: (...args: string[]) => call(undefined, ...args),
    atTerminal: call,
    json: async (...args: string[]) => {
      const { out } = await call(undefined, ...args, "--output", "json");
      return JSON.parse(out);
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}
