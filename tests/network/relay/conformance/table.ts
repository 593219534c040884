/** The table of docs/relay.md: made of the clauses, compared by a test, written by `deno run tests/network/relay/conformance/table.ts`. */
import { type Clause } from "./clause.ts";
import { CROSSTOWN_WIRE } from "./crosstown_wire.ts";
import { NIP_01 } from "./nip01.ts";
import { OTHER_NIPS } from "./other_nips.ts";

/** Every clause, in the table's order. */
export const CLAUSES: readonly Clause[] = [...NIP_01, ...OTHER_NIPS, ...CROSSTOWN_WIRE];

const BEGIN = "<!-- conformance: made by tests/network/relay/conformance/table.ts -->";
const END = "<!-- conformance: end -->";
export const DOCUMENT = new URL("../../../../docs/relay.md", import.meta.url);

/** Names the test of a clause. */
export function testName({ nip, clause }: Clause): string {
  return nip === "wire" ? `relay, Crosstown network: ${clause}` : `relay, NIP-${nip}: ${clause}`;
}

/** The rows, each as its cells. */
export function rows(): string[][] {
  return CLAUSES.map(({ nip, clause, kept, note }) => [
    nip === "wire" ? "network" : `NIP-${nip}`,
    clause,
    kept ? "yes" : `**no**: ${note}`,
  ]);
}

/** The rows that the document has now. */
export function rowsIn(document: string): string[][] {
  const part = document.split(BEGIN)[1]?.split(END)[0] ?? "";
  return part.trim().split("\n").slice(2).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

if (import.meta.main) {
  const document = await Deno.readTextFile(DOCUMENT);
  const [head, rest] = document.split(BEGIN);
  const lines = rows().map((cells) => `| ${cells.join(" | ")} |`);
  const table = ["| of | clause | kept |", "| --- | --- | --- |", ...lines].join("\n");
  const text = `${head}${BEGIN}\n\n${table}\n\n${END}${rest!.split(END)[1]}`;
  await Deno.writeTextFile(DOCUMENT, text);
}
