/**
 * Measures how a buyer and strangers agree on a price, and what it costs to pay a job by its output: the quotes of eight providers among
 * those of a market, and a job paid by the KiB beside the same job paid at once.
 *
 * @module
 */
import { run } from "./dev_home.ts";
import { type Figure, median } from "./figures.ts";
import type { Buyer } from "./jobs.ts";

const QUOTED = 20;
const WARM_UP = 3;
/** A connector passes on only so many packets of amount 0 a second, of which each plan sends eight. The bench waits that long, in milliseconds. */
const PAUSE_MS = 2_000;
const WANTED_MS = 500;

/** From a request to the choice of a quote, as `job submit` does both. Nothing is bought. */
export async function quoteFigures(buyer: Buyer): Promise<Figure[]> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + QUOTED; i++) {
    const startMs = performance.now();
    const { quote } = await buyer.plan({ type: "echo", input: crypto.randomUUID() });
    if (quote?.quote == null) throw new Error("no quote was accepted");
    if (i >= WARM_UP) times.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  times.sort((a, b) => a - b);
  return [0.5, 0.95].map((share) => {
    const value = times[Math.floor(times.length * share)];
    return {
      name: `request to accepted quote, p${share * 100}`,
      value,
      unit: "ms",
      compare: { name: "wanted of the slower one", value: WANTED_MS },
      ratio: WANTED_MS / value,
    };
  });
}

const KIB = 64;
/** Output that an increment buys. The buyer asks for output four times a second, so small increments measure the pause between. */
const INCREMENT_KIB = 8;
const INCREMENTS = KIB / INCREMENT_KIB;
const JOBS = 5;
const SKILL = `kinds = [5653]
types = ["bench-output"]
[price]
flat_units = 1000
increment_kib = ${INCREMENT_KIB}
[run]
runner = "command"
command = ["sh", "-c", "i=0; while [ $i -lt ${KIB} ]; do printf '%01024d' $i; i=$((i + 1)); done"]
`;

/** Makes the provider of the home sell a job of 64 KiB of output. */
export async function sellOutput(folder: string): Promise<void> {
  const skill = `${folder}/bench-output`;
  await Deno.mkdir(skill);
  await Deno.writeTextFile(
    `${skill}/SKILL.md`,
    "---\nname: bench-output\ndescription: Prints 64 KiB. Use in a bench.\nlicense: MIT\nmetadata: {crosstown: skill.toml}\n---\n",
  );
  await Deno.writeTextFile(`${skill}/skill.toml`, SKILL);
  await run(folder, ["skill", "approve", skill]);
}

/** The job paid by the KiB, beside the same job paid before it runs. */
export async function meteredFigures(buyer: Buyer): Promise<Figure[]> {
  const metered = await timesOf(buyer, "metered");
  const upfront = await timesOf(buyer, "upfront");
  return [
    {
      name: `a job of ${KIB} KiB of output, paid in ${INCREMENTS} increments`,
      value: metered,
      unit: "ms",
      compare: { name: "the same, paid at once", value: upfront },
      ratio: upfront / metered,
    },
    {
      name: "what an increment adds: asked for, paid, booked on both sides",
      value: (metered - upfront) / INCREMENTS,
      unit: "ms",
    },
  ];
}

async function timesOf(buyer: Buyer, payment: "metered" | "upfront"): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i <= JOBS; i++) {
    const order = {
      type: "bench-output",
      input: crypto.randomUUID(),
      payment,
      ...payment === "metered" && { bidUnits: 1_000_000n },
    };
    const planned = await buyer.plan(order);
    const startMs = performance.now();
    const row = await buyer.buy(planned, order);
    if (row.status !== "success") {
      throw new Error(`job ${row.jobId}: ${row.status} ${row.errorCode}`);
    }
    if (payment === "metered") {
      const { paid } = (await buyer.home.store.meterOf(row.eventId, "buyer"))!;
      if (paid !== INCREMENTS) throw new Error(`job ${row.jobId}: ${paid} increments were paid`);
    }
    if (i > 0) times.push(performance.now() - startMs);
  }
  return median(times);
}
