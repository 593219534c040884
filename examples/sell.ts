/**
 * Sells a skill: it starts a provider on the dev network with the skill of `examples/line-count`, and prints the
 * provider's events until Ctrl-C.
 *
 *     deno task -q example examples/sell.ts ~/seller
 *     deno task -q crosstown job submit line-count --input "one line" --wait
 *
 * On another network the provider needs a wallet with tokens: `crosstown init --home ~/seller`.
 *
 * @module
 */
import { ask, crosstown, documents } from "./crosstown.ts";

const [home] = Deno.args;
if (home === undefined) throw new Error("which folder is the seller's home?");
const own = ["--home", home];

// An approval pins every byte of the skill. A changed skill is not sold before it is approved again.
const skill = new URL("line-count", import.meta.url).pathname;
const { sha256 } = await ask<{ sha256: string }>(["skill", "approve", skill, ...own]);
const { pubkey } = await ask<{ pubkey: string }>([
  ...["node", "up", "--detach", "--network", "dev"],
  ...own,
]);
console.log(`${pubkey} sells line-count ${sha256.slice(0, 12)}`);

/** A line of `node attach --output json`: an event as text, or the error that ended the command. */
interface Line {
  readonly text?: string;
}

const attached = crosstown(["node", "attach", "--output", "json", ...own], { stdout: "piped" })
  .spawn();
Deno.addSignalListener("SIGINT", () => attached.kill("SIGTERM"));
for await (const { text } of documents<Line>(attached.stdout)) {
  if (text !== undefined) console.log(text);
}
await ask(["node", "down", ...own]); // a job that runs now is started again by the next `node up`
console.log("the seller is down");
