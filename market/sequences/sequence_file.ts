/**
 * The file of a sequence, TOML or JSON.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { parseToml } from "../../config/table.ts";
import type { SequencePath } from "../../store/sequence_row.ts";
import { parseSequenceDocument, type SequenceDocument } from "./sequence_document.ts";
import { SequenceError } from "./sequence_error.ts";
import type { StepOptions } from "./sequence_step.ts";

/** The options of reading a file. */
export interface SequenceFileOptions extends StepOptions {
  /** The name of the file in errors. A name that ends in `.json` means JSON, every other TOML. */
  readonly source: string;
}

/**
 * Reads the file. Throws SequenceError `bad_sequence`, or ConfigError `config_syntax` if the text is not TOML. Both name the line if it is
 * known.
 */
export function parseSequenceFile(text: string, options: SequenceFileOptions): SequenceDocument {
  const { source } = options;
  if (source.endsWith(".json")) return parseSequenceDocument(jsonOf(text, source), options);
  const lineOf = tomlLines(text);
  return parseSequenceDocument(parseToml(text, source), { ...options, lineOf });
}

function jsonOf(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SequenceError(
      "bad_sequence",
      `${source} is not valid JSON: ${messageOf(cause)}`,
      "correct it, or write TOML",
      { cause },
    );
  }
}

/** The lines of keys in a TOML file, found by its headers. They only serve error messages. */
function tomlLines(
  text: string,
): (list: SequencePath | null, index: number, key: string | null) => number | null {
  const found = new Map<string, number>();
  const seen = { steps: -1, failure: -1 };
  let place = "";
  for (const [at, line] of text.split("\n").entries()) {
    const header = /^\s*\[\[\s*(steps|failure)\s*\]\]/.exec(line);
    const below = /^\s*\[\s*(?:steps|failure)\.([\w-]+)\s*\]/.exec(line);
    const key = /^\s*"?([\w-]+)"?\s*[.=]/.exec(line);
    if (header !== null) {
      const list = header[1] as SequencePath;
      place = `${list} ${++seen[list]}`;
      found.set(place, at + 1);
    } else if (below !== null) found.set(`${place} ${below[1]}`, at + 1);
    else if (key !== null) {
      const name = `${place} ${key[1]}`;
      if (!found.has(name)) found.set(name, at + 1);
    }
  }
  return (list, index, key) => {
    const at = list === null ? "" : `${list} ${index}`;
    const [first] = (key ?? "").split(".");
    return found.get(`${at} ${first}`) ?? found.get(at) ?? null;
  };
}
