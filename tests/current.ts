/**
 * Checks what tests keep of the program and what grows old when the program changes: the fixture documents, and the places that the mutants
 * of the crash harness change. Part of `deno task static`, because the tests that need them are not part of `deno task ok`.
 *
 * @module
 */
import { makeFixtures } from "../fixtures/make_documents.ts";
import { MUTANTS } from "./crash/mutants.ts";
import { assertPlaced } from "./crash/patched_program.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);

/** One line for each thing that is not current. */
function faults(): string[] {
  const old = makeFixtures().filter(({ path, bytes }) => !isCurrent(path, bytes));
  const told = old.map(({ path }) =>
    `fixtures/${path}: not current, run \`deno run --allow-read --allow-write=fixtures,skills/shipped fixtures/make_documents.ts\``
  );
  for (const { patches } of MUTANTS) {
    try {
      assertPlaced(patches);
    } catch (error) {
      told.push((error as Error).message);
    }
  }
  return told;
}

function isCurrent(path: string, bytes: Uint8Array): boolean {
  try {
    const there = Deno.readFileSync(new URL(path, FIXTURES));
    return there.length === bytes.length && there.every((byte, at) => byte === bytes[at]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) {
  const found = faults();
  for (const fault of found.slice(0, 10)) console.error(fault);
  if (found.length > 10) console.error(`and ${found.length - 10} more`);
  if (found.length > 0) Deno.exit(1);
}
