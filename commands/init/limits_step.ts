/**
 * The limits of `crosstown init`: each is asked for and written, and then they are compared with each other.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { formatUnits, typedUnits } from "../../protocols/ilp/asset.ts";
import { limitsAboveForce, limitsInForce } from "../../shell/home/limits_in_force.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { asTyped, type InitTools, setting, type Step, untilItWorks } from "./step.ts";

/** The limits, and what each bounds. */
const BOUNDED = {
  channel: "a channel may hold",
  job: "a job may cost",
  hour: "may be spent in an hour",
  day: "may be spent in a day",
} as const;
type Limit = keyof typeof BOUNDED;

/** Pairs of limits of which the first has no effect where it is above the second. */
const ORDERED: readonly (readonly [lower: Limit, upper: Limit])[] = [
  ["job", "channel"],
  ["job", "hour"],
  ["job", "day"],
  ["hour", "day"],
];

/** Asks for each limit. Without an answer it stays as it is. */
export async function limitSteps(tools: InitTools): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const [name, bounded] of Object.entries(BOUNDED)) {
    const step = await untilItWorks(
      tools.questions,
      () => limitStep(tools, name, bounded),
    );
    if (step !== null) steps.push(step);
  }
  return [...steps, ...comparedLimits(await configOf(tools.invocation))];
}

async function limitStep(
  tools: InitTools,
  name: string,
  bounded: string,
): Promise<Step | null> {
  const { invocation, questions } = tools;
  const option = `limit${name[0].toUpperCase()}${name.slice(1)}`;
  const flag = invocation.options.text(option);
  const key = `limits.${name}_m2m`;
  const config = await configOf(invocation);
  const now = typedUnits((await limitsInForce(config)).get(key)!, config.profile.asset);
  const given = flag ?? await questions.text(`The most that ${bounded}, in M2M`, now);
  if (flag === undefined && given === now) return null;
  const step = await setting(tools, `limit ${name}`, key, given);
  if (step.status === "failed") {
    return asTyped(step, key, flag === undefined ? null : `--limit-${name}`);
  }
  const above = (await limitsAboveForce(await configOf(invocation))).get(key);
  if (above === undefined) return step;
  return {
    ...step,
    status: "warn",
    message: `${given} is written, but ${above.inForce} is in force`,
    suggestion: `'${above.raise}' raises it, with the passphrase`,
  };
}

/** A warning for each limit that can never be reached, because another one is lower. Limits that nobody set are not compared. */
function comparedLimits({ get, profile: { asset } }: Pick<Config, "get" | "profile">): Step[] {
  return ORDERED.flatMap(([lower, upper]) => {
    const [least, most] = [get(`limits.${lower}_m2m`), get(`limits.${upper}_m2m`)];
    if (least === null || most === null || least <= most) return [];
    const [from, to] = [least, most].map((units) => formatUnits(units, asset));
    return [{
      name: `limit ${lower}`,
      status: "warn" as const,
      message: `${from} that ${BOUNDED[lower]} is above ${to} that ${BOUNDED[upper]}`,
      suggestion: `only the lower one counts: crosstown config set limits.${lower}_m2m ${
        to.split(" ")[0]
      }`,
    }];
  });
}
