/**
 * A command's document as the result of a tool.
 *
 * @module
 */
import { describeFailure } from "../shell/errors.ts";
import type { Answer } from "./agent_session.ts";

/** The result of a tool. Amounts are text, because JSON numbers cannot hold them. */
export function toResult({ ok, document, links = [] }: Answer) {
  const text = JSON.stringify(
    document,
    (_, value) => typeof value === "bigint" ? String(value) : value,
  );
  return {
    content: [
      { type: "text" as const, text },
      ...links.map((link) => ({ type: "resource_link" as const, ...link })),
    ],
    structuredContent: JSON.parse(text) as Record<string, unknown>,
    ...(ok ? {} : { isError: true }),
  };
}

/** The answer when a command could not run. */
export function failed(error: unknown): Answer {
  const { code, message, suggestion } = describeFailure(error);
  return { ok: false, document: { error: { code, message, suggestion } } };
}
