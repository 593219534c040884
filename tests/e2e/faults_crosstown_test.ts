/** The tests of faults_test.ts on the crosstown wire. */
import { onCrosstown } from "./second_wire.ts";

await onCrosstown([new URL("./faults_test.ts", import.meta.url)], [
  "a buyer killed between posting and result",
  "a provider killed in the middle of a job",
]);
