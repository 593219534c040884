/** Command lines in a home with payments, three hours after the first of them. */
import assert from "node:assert/strict";
import { MemoryIo, run } from "../memory_io.ts";
import { START_MS } from "./payments_home.ts";

export const HOUR_MS = 3_600_000;

/** Runs a command line in that home. */
export async function inHome(root: string, line: string) {
  const io = new MemoryIo();
  io.now = START_MS + 3 * HOUR_MS;
  const { code, out, err } = await run([...line.split(" "), "--home", root], { io });
  return { code, out, err };
}

/** The document of one that must succeed. */
export const json = async (root: string, line: string) => {
  const { code, out, err } = await inHome(root, `${line} --output json`);
  assert.equal(code, 0, out + err);
  return JSON.parse(out);
};
