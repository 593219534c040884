/** The tests of the whole market once more, on the crosstown wire. */
import { network } from "./process.ts";

network.wire = "crosstown";
await import("./market_test.ts");
