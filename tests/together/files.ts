/**
 * Prints the files that `deno task test` runs, one on a line. `--without=PATH,...` leaves out files and folders that have a
 * thread of their own.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { allFiles } from "./rooms.ts";

const { values } = parseArgs({ options: { without: { type: "string", default: "" } } });
console.log(allFiles(values.without.split(",").filter((path) => path)).join("\n"));
