/**
 * `crosstown state quarantine`: documents that were set aside because they ended a stage twice.
 *
 * @module
 */
import type { QuarantinedDocument } from "../../store/quarantine_row.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { hasStore } from "../../shell/home/read_store.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { alignedText, printable } from "../../shell/output.ts";

/** The most documents that the store keeps. */
const ALL = 1_000;

/** Why this command cannot retry the documents of a source. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "accepted-source": "its job has ended, and its buyer was told",
  "job-source": "it stays in the outbox and is sent again at the next start",
  "callback-source": "'crosstown job callback JOB' gives it to its skill again",
  "": "an older version set it aside and did not record its stage",
};

/** Lists the documents, newest first. */
export async function quarantineList(invocation: Invocation): Promise<void> {
  const documents = await all(invocation);
  const rows = documents.map((each) => ({
    id: each.quarantineId,
    at: new Date(each.atMs).toISOString(),
    source: each.source,
    reason: each.reason,
    bytes: each.bytes.length,
    retry: each.retry,
  }));
  await invocation.output.document(
    "quarantine-list",
    { documents: rows },
    () =>
      rows.length === 0 ? "Nothing is set aside in this home" : alignedText([
        ["ID", "AT", "SOURCE", "REASON", "BYTES", "RETRY"],
        ...rows.map(({ id, at, source, reason, bytes, retry }) => [
          String(id),
          at,
          source || "-",
          reason,
          String(bytes),
          retry ? "yes" : "no",
        ]),
      ]),
    rows,
  );
}

/** Prints one document. Control characters are shown as escapes. */
export async function quarantineShow(invocation: Invocation): Promise<void> {
  const document = await one(invocation);
  const text = new TextDecoder().decode(document.bytes);
  await invocation.output.document("quarantine", {
    id: document.quarantineId,
    at: new Date(document.atMs).toISOString(),
    source: document.source,
    reason: document.reason,
    known: document.known,
    retry: document.retry,
    bytes_base64: document.bytes.toBase64(),
    text,
  }, () =>
    [
      `${document.quarantineId}  ${new Date(document.atMs).toISOString()}  ` +
      `${document.reason} at ${
        document.source || "an unknown stage"
      }, ${document.bytes.length} bytes`,
      "",
      printable(text),
    ].join("\n"));
}

/** Marks a document for another try at the next start of the home's daemon. */
export async function quarantineRetry(invocation: Invocation): Promise<void> {
  const { output } = invocation;
  const { quarantineId, source } = await one(invocation);
  const elsewhere = ELSEWHERE[source];
  if (elsewhere !== undefined) {
    throw new CommandError(
      "no_retry",
      `this command cannot retry document ${quarantineId}: ${elsewhere}`,
      "see 'crosstown state quarantine show ID'",
    );
  }
  await using home = await openHomeClient(invocation, await configOf(invocation), {
    opens: "store",
  });
  await home.retryDocument({ quarantineId });
  await output.document(
    "quarantine-retry",
    { id: quarantineId, retry: true },
    `Document ${quarantineId} passes its stages once more when a daemon of this home starts`,
  );
}

async function all(invocation: Invocation): Promise<readonly QuarantinedDocument[]> {
  const config = await configOf(invocation);
  if (!await hasStore(config)) return [];
  const { readQuarantine } = await import("../../store/quarantine.ts");
  return readQuarantine(config.paths.stateFolder, ALL);
}

async function one(invocation: Invocation): Promise<QuarantinedDocument> {
  const id = invocation.args.required("id");
  const found = (await all(invocation)).find(({ quarantineId }) => String(quarantineId) === id);
  if (found !== undefined) return found;
  throw new CommandError(
    "not_found",
    `no document ${id} is set aside in this home`,
    "see 'crosstown state quarantine list'",
  );
}
