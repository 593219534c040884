/** The tests of a node in one thread; see `rooms.ts`. Its hooks surround all of them, and set the node back before each. */
import { useChain } from "../contracts/chain.ts";
import { together } from "./together.ts";

useChain();
await together("chains");
