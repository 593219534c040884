/**
 * Which reads of the store may be asked in one call, and the types of such a call.
 *
 * @module
 */

/** The reads that may be asked together. None of them waits. */
export const READ_TOGETHER = [
  "freeJobId",
  "getJob",
  "getJobByEvent",
  "incomingByObligation",
  "meterOf",
  "outgoingByObligation",
  "placesTaken",
  "quoteOf",
  "seen",
] as const;

type Read = typeof READ_TOGETHER[number];

type ArgumentsOf<Method> = Method extends (...args: infer Given) => unknown ? Given : never;
type AnswerOf<Method> = Method extends (...args: never[]) => Promise<infer Answer> ? Answer : never;

/** A read and its arguments. */
export type QuestionTo<Reads> = {
  [Name in Read & keyof Reads]: readonly [Name, ...ArgumentsOf<Reads[Name]>];
}[Read & keyof Reads];

/** The answers, in the order of the questions. */
type Answers<Reads, Asked extends readonly (readonly [unknown, ...unknown[]])[]> = {
  -readonly [At in keyof Asked]: Asked[At][0] extends keyof Reads ? AnswerOf<Reads[Asked[At][0]]>
    : never;
};

/** A store that answers several of its reads in one call. */
export interface TogetherReads<Reads> {
  /**
   * Asks several questions at once, which see the same state; rejects if one of them rejects. StoreError `invalid` for more than 64, or
   * for another read.
   */
  readTogether<const Asked extends readonly QuestionTo<Reads>[]>(
    ...asked: Asked
  ): Promise<Answers<Reads, Asked>>;
}
