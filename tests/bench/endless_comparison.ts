/** Compares the checkout of the first argument with its first commit, by a bench that ends only when it is aborted, or after a minute. */
import { compareTrees } from "../../bench/two_trees.ts";
import { untilSignal } from "../../bench/until_signal.ts";

const LONGEST_MS = 60_000;

Deno.exit(
  await untilSignal(async (signal) => {
    await compareTrees({
      here: Deno.args[0],
      revision: "HEAD~2",
      names: ["jobs"],
      runs: 3,
      signal,
      tell: () => {},
    }, (_tree, _name, aborted) => {
      Deno.stdout.writeSync(new TextEncoder().encode("running"));
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(null), LONGEST_MS);
        aborted.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve(null);
        });
      });
    });
    return 1;
  }),
);
