/** The tests of providers_test.ts once more, on the crosstown wire. */
import { network } from "./process.ts";

network.wire = "crosstown";
await import("./providers_test.ts");
