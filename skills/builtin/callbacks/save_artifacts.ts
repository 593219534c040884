/**
 * `save-artifacts`: saves a job's result as files: the exact bytes of the event, the result, and its log.
 *
 * @module
 */
import { FEEDBACK_KIND } from "../../../protocols/nostr/kinds.ts";
import type { BuiltinSkill } from "../../skill.ts";
import { callbackSkill } from "./callback_skill.ts";
import { resultText } from "./result_text.ts";

/** Writes `event.toon` or `event.json`, `result.json` or `result.txt`, and `log.txt`. For feedback, it writes nothing. */
export function saveArtifacts(artifacts: string | null): BuiltinSkill {
  return callbackSkill(
    "save-artifacts",
    "Keeps a job's event, result and log as files",
    artifacts,
    async ({ event, bytes, encoding }) => {
      if (event.kind === FEEDBACK_KIND) return [];
      const { document, log } = await resultText(event.content);
      const encoder = new TextEncoder();
      return [
        { name: `event.${encoding}`, bytes },
        {
          name: document === null ? "result.txt" : "result.json",
          bytes: encoder.encode(event.content),
        },
        ...(document === null ? [] : [{ name: "log.txt", bytes: encoder.encode(log) }]),
      ];
    },
  );
}
