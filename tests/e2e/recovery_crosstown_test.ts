/** The tests of recovery_test.ts on the crosstown wire. */
import { network } from "./process.ts";

network.wire = "crosstown";
await import("./recovery_test.ts");
