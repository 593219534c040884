/** The tests of a dev network in one thread; see `rooms.ts`. The hooks that start and stop the network surround all of them. */
import "../e2e/no_daemon/no_daemon.ts";
import { together } from "./together.ts";

await together("e2e_no_daemon");
