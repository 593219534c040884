/** The tests of channel_test.ts on the crosstown wire. */
import { network } from "./process.ts";

network.wire = "crosstown";
await import("./channel_test.ts");
