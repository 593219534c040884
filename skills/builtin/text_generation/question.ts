/**
 * Reads the question of a `text-generation` request. Pure, so that a provider checks a request before it is paid.
 *
 * @module
 */
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { ANY_REQUEST, checkRequest, type RequestRules } from "../../request_rules.ts";
import { SkillError } from "../../skill_error.ts";

/** The question of a buyer. */
interface TextQuestion {
  readonly prompt: string;
  /** The most tokens that the buyer wants; null if the buyer set none. */
  readonly maxTokens: number | null;
  /** `temperature` and `top_p`, if the buyer set them. */
  readonly sampling: Readonly<Record<string, number>>;
}

/** The requests that a provider can run with this model, for the skill's manifest. */
export function questionRules(model: string): RequestRules {
  return {
    ...ANY_REQUEST,
    inputs: ["text"],
    leastInputs: 1,
    mostInputs: 64,
    params: ["model", "max_tokens", "temperature", "top_p"],
    values: { model: [model] },
  };
}

/** Reads the question. The params are checked, but not `model`, which {@link questionRules} checks. Throws SkillError `bad_input`. */
export function parseQuestion({ tags }: Pick<NostrEvent, "tags">): TextQuestion {
  const number = (name: string, least: number, most: number): number | null => {
    const text = tags.find((tag) => tag[0] === "param" && tag[1] === name)?.[2];
    if (text === undefined) return null;
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new SkillError("bad_input", `${name} is a number from ${least} to ${most}`);
  };
  const most = number("max_tokens", 1, 1_000_000);
  const [temperature, topP] = [number("temperature", 0, 2), number("top_p", 0, 1)];
  return {
    prompt: tags.filter(([name]) => name === "i").map((tag) => tag[1]).join("\n"),
    maxTokens: most === null ? null : Math.floor(most),
    sampling: {
      ...(temperature !== null && { temperature }),
      ...(topP !== null && { top_p: topP }),
    },
  };
}

/** Reads the question to this model. Throws SkillError `bad_input`. */
export function questionTo(model: string, event: Pick<NostrEvent, "tags">): TextQuestion {
  checkRequest(event, questionRules(model));
  return parseQuestion(event);
}
