/** The tests of providers_test.ts on the crosstown wire. */
import { onCrosstown } from "./second_wire.ts";

await onCrosstown([new URL("./providers_test.ts", import.meta.url)], [
  "dev up --providers starts so many",
]);
