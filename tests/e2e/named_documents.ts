/** Checks what a command prints against its schema, with every object closed, and records which documents were seen. */
import assert from "node:assert/strict";
import { DOCUMENT_VERSIONS, type DocumentName } from "../../shell/documents.ts";
import { faultsOf } from "../commands/json_schemas.ts";
import type { Document, RunOptions, TestHome } from "./process.ts";

/** The documents of one home. */
export class NamedDocuments {
  readonly seen = new Set<string>();
  readonly #home: TestHome;

  /** Runs its commands on this home. */
  constructor(home: TestHome) {
    this.#home = home;
  }

  /** The document of a command, which must be of this name and fit its schema. */
  async fits(
    name: DocumentName | "error",
    args: readonly string[],
    code = 0,
    options: RunOptions = {},
  ): Promise<Document> {
    const document = await this.#home.json(args, { code, ...options });
    this.check(name, document, args.join(" "));
    return document;
  }

  /** Each line that a command prints. */
  async lines(name: DocumentName, args: readonly string[]): Promise<Document[]> {
    const { stdout, stderr } = await this.#home.run([...args, "--output", "json"]);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    for (const line of lines) this.check(name, line, `${args.join(" ")}\n${stderr}`);
    return lines;
  }

  /** The first line of a command that does not end; the command is then stopped. */
  async first(name: DocumentName, args: readonly string[]): Promise<Document> {
    const started = this.#home.start([...args, "--output", "json"]);
    try {
      const [line] = await started.seen(/^\{.*\}$/m);
      this.check(name, JSON.parse(line), args.join(" "));
      return JSON.parse(line);
    } finally {
      started.kill("SIGTERM");
      await started.ended;
    }
  }

  /** A document that was printed. */
  check(name: DocumentName | "error", document: Document, line: string): void {
    if (name !== "error") {
      assert.equal(document.schema, `${name}/${DOCUMENT_VERSIONS[name]}`, line);
    }
    assert.deepEqual(faultsOf(name, document), [], line);
    this.seen.add(name);
  }
}
