/**
 * Answers questions for logs that come over a relay, where a network has no connector. Question and answer are ephemeral events.
 *
 * Held: at most 64 questions at once, and 16 new ones a second; a relay that floods loses the others, and their buyers ask again.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Log } from "../../base/log/log.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import { JOB_LOG_REQUEST_KIND } from "../../protocols/nostr/kinds.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { RelaySession } from "../../peers/relay/relay_session.ts";
import { jobLogAnswers, type JobLogAnswersDeps, MAX_QUESTION_BYTES } from "./job_log_answers.ts";

/** What answering needs. */
interface RelayLogAnswersDeps extends JobLogAnswersDeps {
  readonly verifier: EventVerifier;
  readonly log: Log;
}

const MAX_AT_ONCE = 64;
const MAX_A_SECOND = 16;
const PUBLISH_MS = 5_000;
/** How far clocks may differ, in seconds. */
const SKEW_S = 600;

/** Answers until the signal aborts. Rejects if the relay refuses the subscription permanently. */
export async function answerOverRelay(
  session: Pick<RelaySession, "subscribe" | "publish">,
  deps: RelayLogAnswersDeps,
  signal: AbortSignal,
): Promise<void> {
  const answers = jobLogAnswers(deps);
  const { pubkey } = await deps.signer.identity();
  const questions = session.subscribe([{
    kinds: [JOB_LOG_REQUEST_KIND],
    "#p": [pubkey],
    since: Math.floor(deps.clock() / 1_000) - SKEW_S,
  }], { backfill: false });
  signal.addEventListener("abort", () => questions.close(), { once: true });
  if (signal.aborted) questions.close();
  let [atOnce, second, inSecond] = [0, 0, 0];

  const mayAnswer = (): boolean => {
    const now = Math.floor(deps.clock() / 1_000);
    if (now !== second) [second, inSecond] = [now, 0];
    return atOnce < MAX_AT_ONCE && ++inSecond <= MAX_A_SECOND;
  };
  const answer = async (bytes: Uint8Array): Promise<void> => {
    const event = parseEvent(decodeDocument(bytes).event);
    if (event.kind !== JOB_LOG_REQUEST_KIND || !deps.verifier.isVerified(event)) return;
    const told = await answers.answer(event);
    if (told !== null) await session.publish(told, { timeoutMs: PUBLISH_MS, signal });
  };

  for await (const batch of questions.deliveries) {
    for (const delivery of batch) {
      if (delivery.type !== "document" || delivery.stored) continue;
      if (delivery.bytes.length > MAX_QUESTION_BYTES || !mayAnswer()) continue;
      atOnce++;
      void answer(delivery.bytes)
        .catch((error) =>
          signal.aborted ||
          deps.log("debug", "a question for a log was not answered", { reason: messageOf(error) })
        )
        .finally(() => atOnce--);
    }
  }
}
