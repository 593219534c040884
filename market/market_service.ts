/**
 * A worker without permissions that parses a job's texts and a result's content. They may be foreign or large, so the main thread does not
 * parse them.
 *
 * @module
 */
import { defineService } from "../base/service.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import type { ContextAnswer, ContextQuestion } from "./read_context.ts";
import type { BuiltRequest, JobFlags } from "./intake.ts";
import type { AskedImage, StatedImage } from "./read_image.ts";
import type { EvidenceFinding, evidenceToJudge } from "./check_evidence.ts";
import type { ComparedBy, StoredJob } from "./evidence.ts";
import type { Judgement } from "../store/judgement.ts";
import type { Comparator } from "../store/verification_row.ts";
import type { AnswerMark } from "./comparators.ts";
import type { JudgeInput, ReadVerdict } from "./judge_input.ts";
import type { PrintedResult } from "./read_result.ts";

/** The methods of the service. */
export interface Market {
  /** Resolves when a request can be built. */
  ready(): Promise<void>;
  build(flags: JobFlags, buyer: Pubkey): Promise<BuiltRequest>;
  assign(built: BuiltRequest, provider: Pubkey): Promise<BuiltRequest>;
  /**
   * The printed form of a result. The bytes are an accepted result event, or a provider's own result, which is stored as it was before it
   * was signed.
   */
  readResult(requestKind: number, document: Uint8Array): Promise<PrintedResult>;
  /** The mark of an accepted result, for the comparison with other providers' results. Throws ResultContentError. */
  answerMark(
    requestKind: number,
    document: Uint8Array,
    compare: Comparator,
  ): Promise<AnswerMark>;
  /** What a judging skill gets: a stored request, and the accepted results to it. Throws ResultContentError. */
  judgeInput(request: Uint8Array, results: readonly Uint8Array[]): Promise<JudgeInput>;
  /** Smaller inputs of an input on which a judging skill failed. */
  judgeParts(input: JudgeInput): Promise<JudgeInput[]>;
  /** Reads what a judging skill printed for this input. */
  readVerdict(text: string, input: JudgeInput): Promise<ReadVerdict>;
  /** Why a result's text does not match the schema (JSON) that its provider had announced; null if it does, or if there is none. */
  misfitOfResult(schema: string | null, text: string): Promise<string | null>;
  /** An evidence file (JSON) of what providers signed for a job that several of them ran. */
  answersEvidence(rule: ComparedBy, jobs: readonly StoredJob[]): Promise<string>;
  /** What an evidence file proves. Anybody can make such a file, so nothing in it is trusted before it is checked. */
  checkEvidence(
    file: Uint8Array,
    judgement?: Judgement | null,
  ): Promise<EvidenceFinding>;
  /** What the judge of an evidence file is given. Null if the file is not valid, or if no skill judges its answers. */
  evidenceToJudge: typeof evidenceToJudge;
  /** What a packed folder says about the image that is built from it. Throws ImageError. */
  readContext(question: ContextQuestion): Promise<ContextAnswer>;
  /** The image of a result event, after its provider's statement was checked. Throws ImageError. */
  readImage(
    requestKind: number,
    document: Uint8Array,
    asked?: AskedImage,
  ): Promise<StatedImage>;
}

/** For the host: the service `market`. */
export const definition = defineService({
  name: "market",
  shares: true,
  methods: [
    "ready",
    "build",
    "assign",
    "readResult",
    "answerMark",
    "judgeInput",
    "judgeParts",
    "readVerdict",
    "misfitOfResult",
    "answersEvidence",
    "checkEvidence",
    "evidenceToJudge",
    "readContext",
    "readImage",
  ] as const,
  permissions: (_options: unknown): Record<string, never> => ({}),
  async start(
    _options: unknown,
    _services: unknown,
    context: { readonly clock: () => number },
  ): Promise<Market> {
    // Imported here, because the supervisor loads this file only for its permissions. A request needs only this module.
    const { intake } = await import("./intake.ts");
    const { build, assign } = intake(context);
    return {
      ready: () => Promise.resolve(),
      build,
      assign: (built, provider) => Promise.resolve(assign(built, provider)),
      async readResult(requestKind, document) {
        const { readResultDocument } = await import("./read_result_document.ts");
        return await readResultDocument(requestKind, document);
      },
      async answersEvidence(rule, jobs) {
        const { answersEvidence } = await import("./evidence.ts");
        return `${JSON.stringify(answersEvidence(rule, jobs), null, 1)}\n`;
      },
      async checkEvidence(file, judgement) {
        const { checkEvidence } = await import("./check_evidence.ts");
        return await checkEvidence(file, judgement);
      },
      async evidenceToJudge(file) {
        const { evidenceToJudge } = await import("./check_evidence.ts");
        return await evidenceToJudge(file);
      },
      async answerMark(kind, document, compare) {
        const { answerMark } = await import("./answer_mark.ts");
        return answerMark(kind, document, compare);
      },
      async judgeInput(request, results) {
        const { judgeInput, storedRequest } = await import("./judge_input.ts");
        const { readAnswer } = await import("../protocols/nostr/same_answer.ts");
        return judgeInput(storedRequest(request), results.map(readAnswer));
      },
      async judgeParts(input) {
        const { partsOf } = await import("./judge_parts.ts");
        return partsOf(input);
      },
      async readVerdict(text, input) {
        const { readVerdict } = await import("./judge_input.ts");
        return readVerdict(text, input);
      },
      async misfitOfResult(schema, text) {
        const { misfitOfResult } = await import("./result_schema.ts");
        return misfitOfResult(schema, text);
      },
      async readContext(question) {
        const { readContext } = await import("./read_context.ts");
        return await readContext(question);
      },
      async readImage(requestKind, document, asked) {
        const { readImage } = await import("./read_image.ts");
        return await readImage(requestKind, document, asked);
      },
    };
  },
});
