/**
 * The rules for every stage, in each way to run it: in process, in a worker with exactly its declared permissions, and
 * alone on standard input and output.
 *
 * In all three: no item is lost or doubled; refused items pass unchanged; batches are never empty; good items pass
 * although bad ones are among them. In process also: closing drains, aborting ends, and the stage waits for a slow
 * reader.
 */
import assert from "node:assert/strict";
import { runStage } from "../../runtime/stdio.ts";
import { type Document, encodeFrame } from "../../runtime/stdio_frames.ts";
import { readDocuments } from "../../runtime/stdio_input.ts";
import type { PipelineSpec } from "../../runtime/pipeline_spec.ts";
import type {
  Batch,
  Item,
  Settlement,
  Settlements,
  StageContext,
  StageDefinition,
} from "../../stages/stage.ts";
import { localHandle, productSupervisor } from "../runtime/product_supervised.ts";

/** One run. */
export interface ContractCase {
  readonly name: string;
  /** The input items; a source has none. */
  readonly items?: readonly Document[];
  /** Transform: `ok` or the refusal's code of each item. Sink: the outcome of each. Source: `ok` for each that it gives. */
  readonly outcomes: readonly string[];
}

/** How a stage is put to the test. */
export interface ContractOptions {
  readonly options?: unknown;
  /** Fresh services for each run, by name. Their methods are served over ports to the worker. */
  readonly services?: () => Record<string, object | null>;
  /** For services that cannot be called over a port: what the worker gets in their place. */
  readonly workerServices?: () => NonNullable<PipelineSpec["services"]>;
  readonly cases: readonly ContractCase[];
  /** `made` for a stage that writes other bytes than it reads; by default preserved. */
  readonly bytes?: "preserved" | "made";
}

interface Run {
  readonly items: Item[];
  readonly settled: Settlement[];
}

const REFUSED: Document = {
  bytes: new Uint8Array(0),
  known: { kind: 7, id: "a b\n%" },
  refusal: { stage: "earlier", code: "no_good", message: "was refused before" },
};

/** Registers the tests of the contract. */
export function stageContract(definition: StageDefinition, given: ContractOptions): void {
  const { name, role } = definition;
  for (const each of given.cases) {
    const { documents, outcomes } = withRefused(role, each);
    const judge = ({ items, settled }: Run) => {
      const seqs = items.map(({ seq }) => seq);
      assert.deepEqual([...new Set(seqs)], seqs, "an item came twice");
      const told = role === "sink"
        ? settled.toSorted((a, b) => a.seq - b.seq).map(({ outcome }) => outcome)
        : items.toSorted((a, b) => a.seq - b.seq).map(({ refusal }) => refusal?.code ?? "ok");
      assert.deepEqual(told, outcomes);
      if (role === "source") return assert.deepEqual(seqs, seqs.toSorted((a, b) => a - b));
      for (const item of items) {
        const { bytes, known, refusal } = documents[item.seq];
        if (refusal !== undefined) assert.deepEqual(item, { seq: item.seq, bytes, known, refusal });
        else if (item.refusal === undefined && given.bytes !== "made") {
          assert.deepEqual(item.bytes, bytes);
        }
        for (const key of Object.keys(known)) assert.ok(key in item.known, `${key} was forgotten`);
      }
    };
    Deno.test(`${name} stageContract() in process: ${each.name}`, async () => {
      judge(await inProcess(definition, given, documents));
    });
    Deno.test(`${name} stageContract() in a worker: ${each.name}`, async () => {
      judge(await inWorker(definition, given, documents));
    });
    Deno.test(`${name} stageContract() on stdio: ${each.name}`, async () => {
      await onStdio(definition, given, documents, outcomes);
    });
  }
  Deno.test(`${name} stageContract() ends when it is aborted`, () => aborted(definition, given));
  if (role === "transform") {
    Deno.test(`${name} stageContract() waits for a reader`, () => waits(definition, given));
  }
}

/** Every stage but a source also gets an item that was refused before, first, between and last. */
function withRefused(role: StageDefinition["role"], { items = [], outcomes }: ContractCase) {
  if (role === "source") return { documents: [], outcomes };
  const expected = role === "sink" ? "refused" : "no_good";
  return {
    documents: [REFUSED, ...items.flatMap((item) => [item, REFUSED])],
    outcomes: [expected, ...outcomes.flatMap((outcome) => [outcome, expected])],
  };
}

async function make(definition: StageDefinition, given: ContractOptions) {
  const abort = new AbortController();
  const settled: Settlement[] = [];
  const listeners: Parameters<Settlements["onSettled"]>[0][] = [];
  const context: StageContext = {
    clock: () => Date.now(),
    log: () => {},
    count: () => {},
    signal: abort.signal,
    settlements: {
      settle: (list) => void settled.push(...list),
      onSettled: (listener) => void listeners.push(listener),
    },
  };
  const services = given.services?.() ?? {};
  const stream = await definition.create(given.options, services, context);
  return { stream, abort, settled, listeners };
}

function batchesOf(documents: readonly Document[]): Batch[] {
  const items = documents.map((document, seq) => ({ seq, ...document }));
  const batches: Batch[] = [];
  for (let at = 0; at < items.length; at += 3) batches.push(items.slice(at, at + 3));
  return batches;
}

async function inProcess(
  definition: StageDefinition,
  given: ContractOptions,
  documents: readonly Document[],
): Promise<Run> {
  const { stream, abort, settled, listeners } = await make(definition, given);
  const items: Item[] = [];
  const collect = async (readable: ReadableStream<Batch>) => {
    for await (const batch of readable) {
      assert.notEqual(batch.length, 0, "an empty batch");
      items.push(...batch);
      const told = batch.map(({ seq }) => ({ seq, outcome: "done" as const }));
      for (const listener of listeners) listener(told, batch.at(-1)!.seq + 1);
    }
  };
  const feed = async (writable: WritableStream<Batch>) => {
    const writer = writable.getWriter();
    for (const batch of batchesOf(documents)) await writer.write(batch);
    await writer.close();
  };
  if ("readable" in stream) await Promise.all([feed(stream.writable), collect(stream.readable)]);
  else if ("getReader" in stream) await collect(stream);
  else await feed(stream);
  abort.abort();
  return { items, settled };
}

async function inWorker(
  definition: StageDefinition,
  given: ContractOptions,
  documents: readonly Document[],
): Promise<Run> {
  const items: Item[] = [];
  const settled: Settlement[] = [];
  const collector = {
    collect: (batch: Batch) => Promise.resolve(void items.push(...structuredClone(batch))),
  };
  const own = given.workerServices?.() ?? handlesOf(given.services?.() ?? {});
  const supervisor = productSupervisor();
  const bytes = { stage: "bytes", options: { items: batchesOf(documents).flat(), batch: 3 } };
  const stage = { stage: definition.name, options: given.options };
  const pipeline = await supervisor.pipeline({
    name: "contract",
    stages: [
      ...(definition.role === "source" ? [] : [bytes]),
      stage,
      ...(definition.role === "sink" ? [] : [{ stage: "collect" }]),
    ],
    services: { ...own, collector: localHandle("collector", collector, ["collect"]) },
  });
  await pipeline.ready;
  await pipeline.done;
  if (definition.role === "sink") settled.push(...settledBy(pipeline.counters(), documents));
  assert.equal(pipeline.counters()[definition.name].settled_twice, undefined);
  await supervisor.stop();
  for (const service of Object.values(own)) {
    if (service !== null && "stop" in service) await service.stop();
  }
  return { items, settled };
}

/** A worker's sink only has counters: so many of each outcome, in the order in which the contract names them. */
function settledBy(
  counters: Readonly<Record<string, Readonly<Record<string, number>>>>,
  documents: readonly Document[],
): Settlement[] {
  const source = counters.bytes;
  const outcomes = ["done", "refused", "failed", "poison", "dropped"] as const;
  const left = new Map(outcomes.map((outcome) => [outcome, source[`settled_${outcome}`] ?? 0]));
  const take = (outcome: Settlement["outcome"]) => {
    left.set(outcome, left.get(outcome)! - 1);
    return outcome;
  };
  const settled = documents.map(({ refusal }, seq): Settlement | number =>
    refusal === undefined ? seq : { seq, outcome: take("refused") }
  );
  return settled.map((each) => {
    if (typeof each !== "number") return each;
    const outcome = outcomes.find((outcome) => left.get(outcome)! > 0);
    assert.ok(outcome !== undefined, "fewer settlements than items");
    return { seq: each, outcome: take(outcome) };
  });
}

function handlesOf(services: Record<string, object | null>) {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      service === null ? null : localHandle(name, service, methodsOf(service)),
    ]),
  );
}

/** A class's methods are on its prototype. */
function methodsOf(service: object): string[] {
  const names = new Set<string>();
  for (let at = service; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (name === "constructor") continue;
      if (typeof (service as Record<string, unknown>)[name] === "function") names.add(name);
    }
  }
  return [...names];
}

async function onStdio(
  definition: StageDefinition,
  given: ContractOptions,
  documents: readonly Document[],
  outcomes: readonly string[],
): Promise<void> {
  const chunks: BlobPart[] = [];
  const frames = documents.map((document) => encodeFrame(document) as BlobPart);
  const exit = await runStage({
    stage: definition,
    options: given.options,
    services: given.services?.() ?? {},
    stdin: new Blob(frames).stream(),
    stdout: new WritableStream({ write: (chunk) => void chunks.push(chunk as BlobPart) }),
    output: "frames",
  });
  const printed = await Array.fromAsync(readDocuments(new Blob(chunks).stream()));
  const sink = definition.role === "sink";
  const told = printed.map(({ known, refusal }) =>
    sink ? String(known.outcome) : refusal?.code ?? "ok"
  );
  assert.deepEqual(sink ? told.toSorted() : told, sink ? outcomes.toSorted() : outcomes);
  assert.equal(exit, outcomes.every((outcome) => outcome === "ok" || outcome === "done") ? 0 : 1);
  if (definition.role !== "transform") return;
  printed.forEach((document, index) => {
    if (documents[index].refusal !== undefined) assert.deepEqual(document, documents[index]);
    else if (document.refusal === undefined && given.bytes !== "made") {
      assert.deepEqual(document.bytes, documents[index].bytes);
    }
  });
}

async function aborted(definition: StageDefinition, given: ContractOptions): Promise<void> {
  const { stream, abort } = await make(definition, given);
  abort.abort();
  if ("readable" in stream) {
    const reader = stream.readable.getReader();
    const read = reader.read();
    await stream.writable.abort(new Error("stop")).catch(() => {});
    await assert.rejects(read);
  } else if ("getReader" in stream) {
    await stream.cancel("stop");
  } else {
    const writer = stream.getWriter();
    await writer.abort(new Error("stop")).catch(() => {});
    await assert.rejects(writer.closed);
  }
}

/** More batches than any stage may hold without being read. */
const MANY = 64;

async function waits(definition: StageDefinition, given: ContractOptions): Promise<void> {
  const { stream, abort } = await make(definition, given);
  assert.ok("readable" in stream);
  const writer = stream.writable.getWriter();
  let accepted = 0;
  for (let seq = 0; seq < MANY; seq++) {
    writer.write([{ seq, ...REFUSED }]).then(() => accepted++, () => {});
  }
  // One turn of the event loop runs whatever does not wait.
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.ok(accepted < MANY / 2, `${accepted} batches were taken although nobody reads`);
  abort.abort();
  await stream.readable.cancel("enough");
}
