/** The tests of main_thread_test.ts on the crosstown wire. */
import { onCrosstown } from "../second_wire.ts";

await onCrosstown([new URL("./main_thread_test.ts", import.meta.url)], [
  "job submit --wait: the main thread opens no socket",
]);
