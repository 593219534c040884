/**
 * The terminal that gives buyers the output of their jobs. The data of a packet of amount 0 is a signed question. The packet is refused
 * with a signed part of the log in the refusal's data. Nothing is paid and nothing is committed. All other packets go to the terminal
 * beneath. What is held: job_log_answers.ts.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import { EventError } from "../../protocols/nostr/event_error.ts";
import { JobLogError } from "../../protocols/nostr/job_log.ts";
import { JOB_LOG_REQUEST_KIND } from "../../protocols/nostr/kinds.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../../protocols/toon/decode.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { scanKind } from "../../protocols/toon/kind_scanner.ts";
import type { Terminal, TerminalReject } from "../../money/receiver/terminal.ts";
import { jobLogAnswers, type JobLogAnswersDeps, MAX_QUESTION_BYTES } from "./job_log_answers.ts";

/** What the answers need. */
interface JobLogTerminalDeps extends JobLogAnswersDeps {
  readonly verifier: EventVerifier;
}

/** Returns a terminal that answers questions for logs and passes all other packets to `beneath`. */
export function jobLogTerminal(beneath: Terminal, deps: JobLogTerminalDeps): Required<Terminal> {
  const answers = jobLogAnswers(deps);
  const answered = async (data: Uint8Array): Promise<TerminalReject> => {
    const event = parseEvent(decodeDocument(data).event);
    if (!deps.verifier.isVerified(event)) {
      return { code: "F06", message: "the question is not signed" };
    }
    const answer = await answers.answer(event);
    return answer === null
      ? { code: "F99", message: "there is no such job of yours here" }
      : { code: "F99", message: "the log is in the data", data: encodeToon(answer, "1.4") };
  };
  return {
    isPure: beneath.isPure ?? false,
    asker: (prepare) => isQuestion(prepare) ? "job" : beneath.asker?.(prepare) ?? "stranger",
    async inspect(prepare) {
      if (!isQuestion(prepare)) return await beneath.inspect(prepare);
      try {
        return { reject: await answered(prepare.data) };
      } catch (error) {
        const known = [EventError, ToonError, JobLogError].some((each) => error instanceof each);
        if (!known) throw error;
        return { reject: { code: "F06", message: messageOf(error) } };
      }
    },
    effect: (prepare, obligation) => beneath.effect(prepare, obligation),
  };
}

function isQuestion({ amount, data }: Prepare): boolean {
  if (amount !== 0n || data.length === 0 || data.length > MAX_QUESTION_BYTES) return false;
  const scan = scanKind(data);
  return scan.ok && scan.kind === JOB_LOG_REQUEST_KIND;
}
