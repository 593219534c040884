/** What the journeys of skills for private messages share: their homes, the guide's commands, and a wrap that is answered. */
import assert from "node:assert/strict";
import { devHome, type TestHome, testHome, until } from "../e2e/process.ts";
import type { correspondent } from "./correspondent.ts";

/** A dev network and the home of a provider on it. */
export interface ProviderHomes extends AsyncDisposable {
  /** Runs the commands, and has the network. */
  readonly home: Awaited<ReturnType<typeof devHome>>;
  /** The provider's. */
  readonly operator: TestHome;
}

/** Makes both. When they are disposed, the provider is stopped first. */
export async function providerHomes(): Promise<ProviderHomes> {
  const [home, operator] = await Promise.all([devHome(), testHome()]);
  return {
    home,
    operator,
    async [Symbol.asyncDispose]() {
      try {
        await home.run(["node", "down", "--home", operator.path]);
        await operator[Symbol.asyncDispose]();
      } finally {
        await home[Symbol.asyncDispose]();
      }
    },
  };
}

/** The arguments of each command in a block of docs/skills.md. `~/try` is the provider's home. */
export async function guide(block: string, { path }: TestHome): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL("../../docs/skills.md", import.meta.url));
  const lines = new RegExp(`<!-- ${block} -->\\n+\`\`\`\\n([^]*?)\`\`\``).exec(text)![1];
  return lines.split("\n").flatMap((line) => line.replace(/ +#.*$/, "").split(" | "))
    .filter((line) => line.startsWith("crosstown "))
    .map((line) => line.replaceAll("~/try", path).split(/ +/).slice(1));
}

/** Writes an event to the relay with two commands: one encodes it, one pays for it. */
export async function writeEvent(
  home: TestHome,
  [encode, pay]: readonly (readonly string[])[],
  { cwd, stdin }: { readonly cwd?: string; readonly stdin?: string } = {},
): Promise<void> {
  const encoded = await home.run([...encode], { cwd, stdin });
  assert.equal(encoded.code, 0, encoded.stderr);
  const sent = await home.run([...pay], { cwd, stdin: encoded.stdout });
  assert.equal(sent.code, 0, sent.stdout + sent.stderr);
}

/** Waits for the first answer and checks that it came from the provider, wrapped by another key. Returns the message. */
export async function firstAnswer(
  customer: Awaited<ReturnType<typeof correspondent>>,
  provider: string,
  content: string,
) {
  await until("a wrapped answer", () => Promise.resolve(customer.received().length > 0));
  const [{ message, wrappedBy }] = customer.received();
  assert.deepEqual([message.kind, message.pubkey, message.content], [14, provider, content]);
  assert.notEqual(wrappedBy, provider, "the wrap's own key tells nobody who answered");
  return message;
}
