/** The tests of the whole market on the crosstown wire. */
import { onCrosstown } from "./second_wire.ts";

const files = ["./market/market_test.ts", "./market/market_jobs_test.ts"];
await onCrosstown(files.map((file) => new URL(file, import.meta.url)), [
  "job submit ci-run --wait gives the contract's document",
  "job submit ci-run exits 1 with the result",
  "job submit pays by a quote whose receipt",
  "job submit of what the provider's skill cannot run is refused",
  "job cancel stops the run at the provider",
  "a second mayor on the same wallet is stopped before it pays",
]);
