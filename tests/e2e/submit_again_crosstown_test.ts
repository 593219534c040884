/** The tests of submit_again_test.ts once more, on the crosstown wire. */
import { network } from "./process.ts";

network.wire = "crosstown";
await import("./submit_again_test.ts");
