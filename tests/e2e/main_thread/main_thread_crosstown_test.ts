/** The tests of main_thread_test.ts on the crosstown wire. */
import { network } from "../process.ts";

network.wire = "crosstown";
await import("./main_thread_test.ts");
