/**
 * `echo`: returns the text inputs, one per line. It runs in process. It serves to try out and to measure a market.
 *
 * @module
 */
import { ECHO } from "../../protocols/nostr/kinds.ts";
import { ANY_REQUEST } from "../request_rules.ts";
import type { BuiltinSkill, SkillOutcome, SkillRequest } from "../skill.ts";
import { contentBytes } from "../skill.ts";

/** The echo skill. A request without a text input gives the error `bad_input`, and an echo above the limit `too_large`. */
export const echo: BuiltinSkill = {
  manifest: {
    name: ECHO.types[0],
    version: "1.0.0",
    description: "Gives the text inputs of the request back",
    kinds: [ECHO.kind],
    addressed: true,
    types: ECHO.types,
    tags: ECHO.types,
    price: ECHO.price,
    accepts: "both",
    limits: ECHO.limits,
    request: { ...ANY_REQUEST, inputs: ["text"], leastInputs: 1 },
    run: { type: "builtin" },
  },
  writesNothing: true,
  run(request, context) {
    const startedAtMs = context.clock();
    return Promise.resolve(answer(request, () => context.clock() - startedAtMs));
  },
};

function answer(request: SkillRequest, elapsedMs: () => number): SkillOutcome {
  const texts: string[] = [];
  for (const tag of request.event.tags) {
    if (tag[0] !== "i") continue;
    if ((tag[2] || "text") === "text" && tag[1] !== undefined) texts.push(tag[1]);
  }
  if (texts.length === 0) {
    return {
      status: "error",
      errorCode: "bad_input",
      content: "echo needs an input of type text",
      durationMs: elapsedMs(),
    };
  }
  const content = texts.join("\n");
  if (contentBytes(content) > request.maxContentBytes) {
    return {
      status: "error",
      errorCode: "too_large",
      content: `the echo takes ${
        contentBytes(content)
      } bytes, a result may hold ${request.maxContentBytes}`,
      durationMs: elapsedMs(),
    };
  }
  return { status: "success", content, durationMs: elapsedMs() };
}
