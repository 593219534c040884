/** How a buyer of a market of liars takes an answer: as a home does, the signature, then the judge, then the commit. */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { createJudge } from "../../market/judge.ts";
import { answers } from "../../stages/skill_sink_answers.ts";
import type { StageContext } from "../../stages/stage.ts";
import type { OpenStore } from "../../store/store.ts";

const verifier = await createVerifier();

/** Takes the answers to the jobs of this store. What is forged or fits no job changes nothing. */
export function answerTaker(store: OpenStore, context: StageContext) {
  const judge = createJudge(null);
  const accept = answers({ store }, context);
  return async (event: NostrEvent): Promise<void> => {
    if (verifier.verify(event) !== "ok") return;
    const eventId = event.tags.find(([name]) => name === "e")![1];
    const job = await store.getJobByEvent(eventId, "buyer");
    if (job === null) return;
    const judged = judge.answer(event, job, context.clock());
    if ("code" in judged) return;
    const route = event.kind === 7000 ? "feedback" : "result";
    const { id, kind, pubkey } = event;
    const known = { id, kind, pubkey, ...judged.known, route, job_id: job.jobId };
    const bytes = new TextEncoder().encode(JSON.stringify(event));
    await accept({ seq: 1, bytes, known }, { bytes, encoding: "json", known });
  };
}
