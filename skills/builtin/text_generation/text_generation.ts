/**
 * `text-generation` (kind 5050): asks the operator's model server (OpenAI-compatible or Ollama) and streams its answer as `partial`
 * feedback and into the live log. The skill exists only if the operator configures a server.
 *
 * A run generates at most as many tokens as the operator sells for a run, even if the server sends more. A tag of the result counts them.
 * Figures of the server that are above what the request can cost are replaced by the most.
 *
 * @see https://github.com/nostr-protocol/data-vending-machines/blob/master/kinds/5050.md
 * @module
 */
import { TEXT_GENERATION } from "../../../protocols/nostr/kinds.ts";
import {
  chargedTokens,
  mostTokens,
  type TokenCount,
  usedTokensTag,
} from "../../../protocols/nostr/token_price.ts";
import {
  type BuiltinSkill,
  contentBytes,
  type SkillContext,
  type SkillOutcome,
  type SkillRequest,
} from "../../skill.ts";
import { untilGoesOn } from "../../../base/pausing.ts";
import { answerFailures } from "../../answer_failures.ts";
import { SkillError } from "../../skill_error.ts";
import { askModel, type ModelEndpoint } from "./model_endpoint.ts";
import { questionRules, questionTo } from "./question.ts";
import { tokenParts } from "./token_stream.ts";

/** The least time between two partial results, because the provider pays for each. */
const PARTIAL_MS = 1_500;

/** The skill for a model server. */
export function textGeneration(endpoint: ModelEndpoint): BuiltinSkill {
  const { model, maxTokens, rates } = endpoint;
  return {
    manifest: {
      name: TEXT_GENERATION.types[0],
      version: "1.0.0",
      description: `Generates text with ${model}, at most ${maxTokens} tokens a run`,
      kinds: [TEXT_GENERATION.kind],
      addressed: true,
      types: TEXT_GENERATION.types,
      tags: TEXT_GENERATION.types,
      price: {
        flatUnits: TEXT_GENERATION.price.flatUnits,
        unitsPerKib: TEXT_GENERATION.price.unitsPerKib,
        // Tokens are priced for the whole job.
        ...rates === null && { increment: TEXT_GENERATION.price.increment },
        ...rates !== null && { tokens: { ...rates, mostOutput: maxTokens } },
      },
      accepts: "both",
      limits: TEXT_GENERATION.limits,
      request: questionRules(model),
      run: { type: "builtin" },
    },
    run: answerFailures(async (request, context) => {
      const startedAtMs = context.clock();
      const outcome = await generate(endpoint, request, context);
      return { ...outcome, durationMs: context.clock() - startedAtMs };
    }),
  };
}

async function generate(
  endpoint: ModelEndpoint,
  { event, maxContentBytes }: SkillRequest,
  context: SkillContext,
): Promise<Omit<SkillOutcome, "durationMs">> {
  const question = questionTo(endpoint.model, event);
  const maxTokens = Math.min(endpoint.maxTokens, question.maxTokens ?? endpoint.maxTokens);
  const asked = { ...question, maxTokens };
  // The other half is for partial results, which contain the same text before.
  const roomBytes = Math.floor(maxContentBytes / 2);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const encoder = new TextEncoder();
  let content = "";
  let told = 0;
  let toldAtMs = context.clock();
  let parts = 0;
  let finish = "stop";
  let usage: TokenCount | null = null;
  try {
    for await (const part of tokenParts(await askModel(endpoint, asked, signal), endpoint.api)) {
      usage = part.usage ?? usage;
      finish = part.finish ?? finish;
      if (part.text === "") continue;
      // A part has at least one token.
      if (parts >= asked.maxTokens || contentBytes(content + part.text) > roomBytes) {
        finish = "length";
        break;
      }
      parts++;
      content += part.text;
      context.output(encoder.encode(part.text));
      await untilGoesOn(context);
      if (context.signal.aborted) throw new SkillError("cancelled", "the run was stopped");
      if (context.clock() - toldAtMs < PARTIAL_MS) continue;
      const words = content.slice(told);
      context.feedback({ status: "partial", message: `${parts} parts`, content: words });
      [told, toldAtMs] = [content.length, context.clock()];
    }
  } catch (error) {
    if (error instanceof SkillError) throw error;
    if (context.signal.aborted) throw new SkillError("cancelled", "the run was stopped");
    throw new SkillError("model_failed", "this provider's model ended its answer too early");
  } finally {
    stop.abort();
  }
  if (content === "") {
    throw new SkillError("model_failed", "this provider's model returned no text");
  }
  // If the server does not count, a token of the prompt has four bytes, and each part of the answer is one.
  const estimate = { input: Math.ceil(encoder.encode(asked.prompt).length / 4), output: parts };
  const used = chargedTokens(usage ?? estimate, mostTokens(event, maxTokens));
  return {
    status: "success",
    content,
    tags: [
      ["model", endpoint.model],
      usedTokensTag({ ...used, counted: usage !== null }),
      ["finish_reason", finish],
    ],
  };
}
