/** Whether the memory, descriptors and files of processes grow over time. */
import type { Sample } from "./soak.ts";

/** Memory that a garbage collector may hold at one time and not at another. */
const SLACK_BYTES = 32 << 20;
/** Sessions that are just opened or closed. */
const SLACK_DESCRIPTORS = 6;
/** Packs of git that are still to be joined, SQLite's own files. */
const SLACK_FILES = 200;

/**
 * The faults, as text; empty if nothing grows. The last third is compared with the third before it: code that is loaded
 * late and caches are loaded by then. Stored jobs stay, so the disk is not compared.
 */
export function growthOf(samples: readonly Sample[]): string[] {
  const third = Math.floor(samples.length / 3);
  // In each round one process is younger than the other, so fewer than two rounds show nothing.
  if (third < 2) return [];
  const [before, after] = [samples.slice(-2 * third, -third), samples.slice(-third)];
  const least = (part: readonly Sample[], figure: (sample: Sample) => number) =>
    Math.min(...part.map(figure));
  return (["buyer", "provider", "hub"] as const).flatMap((role) => {
    const grown = (name: string, slack: number, figure: (sample: Sample) => number): string[] => {
      const [was, is] = [least(before, figure), least(after, figure)];
      return is > was + slack ? [`${role}: ${name} grew from ${was} to ${is}`] : [];
    };
    return [
      ...grown("memory", SLACK_BYTES, ({ usage }) => usage[role].memoryBytes),
      ...grown("open descriptors", SLACK_DESCRIPTORS, ({ usage }) => usage[role].descriptors),
      ...grown("files", SLACK_FILES, ({ usage }) => usage[role].files),
    ];
  });
}
