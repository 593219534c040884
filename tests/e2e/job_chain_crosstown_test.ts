/** The tests of job_chain_test.ts once more, on the crosstown wire. */
import { network } from "./process.ts";

network.wire = "crosstown";
await import("./job_chain_test.ts");
