/**
 * kindExtractor: finds each document's kind directly in its bytes, which it does not change. The scanner decodes nothing.
 *
 * Holds one batch. Refuses with the scanner's codes: `missing`, `duplicated`, `not_an_integer`, `out_of_range`, `not_utf8`, `too_large`,
 * `malformed`.
 *
 * @module
 */
import { scanKind } from "../protocols/toon/kind_scanner.ts";
import { type Batch, defineStage, type Item, refuse, type StageContext } from "./stage.ts";

const NAME = "kind-extractor";

/** Options of the stage. */
interface KindExtractorOptions {
  /** The most bytes of a document; default 65,536. */
  readonly maxBytes?: number;
}

/** Makes the stage. Learns `kind`, `bytes` (the size) and `encoding` (`toon` or `json`). */
export function kindExtractor(
  options: KindExtractorOptions = {},
  _services: Readonly<Record<string, unknown>>,
  context: StageContext,
): TransformStream<Batch, Batch> {
  const extract = (item: Item): Item => {
    if (item.refusal !== undefined) return item;
    const scan = scanKind(item.bytes, options);
    if (!scan.ok) {
      context.count("refused");
      context.count(`refused_${scan.code}`);
      return refuse(item, NAME, scan.code, scan.message);
    }
    const { kind, encoding } = scan;
    const { seq, bytes, known } = item;
    return { seq, bytes, known: { ...known, kind, bytes: bytes.length, encoding } };
  };
  return new TransformStream({
    transform: (batch, controller) => controller.enqueue(batch.map(extract)),
  });
}

/** The stage for its host; it needs no permission. */
export const definition = defineStage<KindExtractorOptions, Readonly<Record<string, unknown>>>({
  name: NAME,
  role: "transform",
  services: [],
  permissions: () => ({}),
  create: kindExtractor,
});
