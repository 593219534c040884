/** The tests of a room in one thread; see `rooms.ts`. */
import { together } from "./together.ts";

await together("packing");
