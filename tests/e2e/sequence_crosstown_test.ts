/** The tests of job_sequence_test.ts once more, on the crosstown wire. */
import { network } from "./process.ts";

network.wire = "crosstown";
await import("./sequence_test.ts");
