/** The tests of sequence_test.ts on the crosstown wire. */
import { onCrosstown } from "./second_wire.ts";

await onCrosstown([new URL("./no_daemon/sequence_test.ts", import.meta.url)], [
  "job sequence run --wait feeds the second job",
  "a sequence whose command is killed continues",
]);
