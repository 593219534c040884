/** `deno task soak`: see docs/crash.md. */
import { parseArgs } from "node:util";
import { growthOf } from "./growth.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" } } });
const minutes = Number(values.minutes);
if (!Number.isFinite(minutes) || minutes < 1 || minutes > 1_440) {
  console.error("soak: --minutes must be a number from 1 to 1440");
  Deno.exit(2);
}
const { samples, jobs, kills } = await soak({ minutes, say: console.log });
const grown = growthOf(samples);
for (const line of grown) console.log(line);
console.log(
  `${minutes} minutes: ${jobs} jobs, 0 lost, 0 paid twice, ${kills} kills; ${
    grown.length === 0 ? "memory, descriptors and files did not grow" : "something grew"
  }`,
);
Deno.exit(grown.length === 0 ? 0 : 1);
