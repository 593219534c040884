/** The tests of submit_again_test.ts on the crosstown wire. */
import { onCrosstown } from "./second_wire.ts";

await onCrosstown([new URL("./no_daemon/submit_again_test.ts", import.meta.url)], [
  "a job submit killed when its job was posted",
  "a job submit killed when its job was paid|processing",
]);
