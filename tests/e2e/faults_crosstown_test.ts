/** The tests of faults_test.ts once more, on the crosstown wire. */
import { network } from "./process.ts";

network.wire = "crosstown";
await import("./faults_test.ts");
