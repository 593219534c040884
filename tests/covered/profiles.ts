/**
 * V8's counts of the scripts of one process, and what is kept of them: the places that no process executed. Pure.
 *
 * @module
 */

/** V8's count of a range of characters of a script. A range inside another one replaces its count there. */
interface CountedRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What one process counted of one script, as Deno stores it. */
export interface Profile {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly isBlockCoverage: boolean;
    readonly ranges: readonly CountedRange[];
  }[];
}

/** The characters `[from, to)`. */
type Span = readonly [from: number, to: number];

/** The places of a script that were not executed, in order, without overlaps. */
export interface Missed {
  readonly url: string;
  /** Length of the script. */
  readonly end: number;
  readonly spans: readonly Span[];
}

/** The places that one process did not execute. The innermost range around a place counts, also over functions. */
export function missedOf({ url, functions }: Profile): Missed {
  const ranges = functions.flatMap((each) => each.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const spans: [number, number][] = [];
  const around: CountedRange[] = [];
  let from = 0;
  const upTo = (to: number, count: number) => {
    if (to <= from) return;
    const last = spans.at(-1);
    if (count === 0 && last?.[1] === from) last[1] = to;
    else if (count === 0) spans.push([from, to]);
    from = to;
  };
  const leave = () => {
    const { endOffset, count } = around.pop()!;
    upTo(endOffset, count);
  };
  for (const range of ranges) {
    while (around.length > 0 && around[around.length - 1].endOffset <= range.startOffset) leave();
    if (around.length > 0) upTo(range.startOffset, around[around.length - 1].count);
    from = Math.max(from, range.startOffset);
    around.push(range);
  }
  while (around.length > 0) leave();
  return { url, end: from, spans };
}

/** The places of a script that neither of two processes executed. */
export function missedByBoth(a: Missed, b: Missed): Missed {
  const spans: Span[] = [];
  for (let i = 0, j = 0; i < a.spans.length && j < b.spans.length;) {
    const [fromA, toA] = a.spans[i];
    const [fromB, toB] = b.spans[j];
    const [from, to] = [Math.max(fromA, fromB), Math.min(toA, toB)];
    if (from < to) spans.push([from, to]);
    if (toA < toB) i++;
    else j++;
  }
  return { url: a.url, end: Math.max(a.end, b.end), spans };
}

/** The profile of a process that missed these places, for `deno coverage`. */
export function profileOf({ url, end, spans }: Missed): Profile {
  return {
    // `deno coverage` wants one, and merges scripts by their URL.
    scriptId: "0",
    url,
    functions: [{
      functionName: "",
      isBlockCoverage: true,
      ranges: [
        { startOffset: 0, endOffset: end, count: 1 },
        ...spans.map(([startOffset, endOffset]) => ({ startOffset, endOffset, count: 0 })),
      ],
    }],
  };
}
