/** The tests of a dev network in one thread; see `rooms.ts`. The hooks that start and stop the network surround all of them. */
import "../e2e/judges/judges_home.ts";
import { together } from "./together.ts";

await together("e2e_judges");
