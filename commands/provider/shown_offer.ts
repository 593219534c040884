/**
 * A provider's offer (its machine, limits, queue and benchmark) in JSON, as `crosstown provider` prints it.
 *
 * @module
 */
import { NO_OFFER, type Offer } from "../../market/offer.ts";

/** An offer in JSON. */
export interface ShownOffer {
  readonly cpus: number | null;
  readonly memory_bytes: number | null;
  readonly disk_bytes: number | null;
  readonly engines: readonly string[];
  readonly payment_modes: readonly string[];
  /** The price of a job over Lightning, in thousandths of a satoshi; null if it does not say. */
  readonly lightning_msats: number | null;
  /** How requests may be encrypted beside private jobs. */
  readonly encryption: readonly string[];
  /** Base images of builds that are on its machine; there may be more. */
  readonly cached_bases: readonly string[];
  readonly quotes: boolean;
  readonly private_jobs: boolean;
  readonly limits: Readonly<Record<string, number>>;
  readonly queue: Offer["queue"];
  /** The benchmark that the provider ran on its own machine. */
  readonly benchmark: ShownBenchmark | null;
  readonly relays: readonly string[];
  readonly version: string | null;
}

/** A provider's own benchmark figures in JSON. */
interface ShownBenchmark {
  readonly measured_at: string;
  readonly cpu_bytes_s: number | null;
  readonly cpus_bytes_s: number | null;
  readonly disk_bytes_s: number | null;
  readonly sandbox_ms: number | null;
}

/** The offer as it is printed. */
export function shownOffer(offer: Offer): ShownOffer {
  const { cpus, memoryBytes, diskBytes, engines, modes, limits, queue, relays, version } = offer;
  return {
    cpus,
    memory_bytes: memoryBytes,
    disk_bytes: diskBytes,
    engines,
    payment_modes: modes,
    lightning_msats: offer.lightningMsats,
    encryption: offer.encryption,
    cached_bases: offer.bases,
    quotes: offer.quotes,
    private_jobs: offer.privateJobs,
    limits,
    queue,
    benchmark: shownBenchmark(offer.benchmark),
    relays,
    version,
  };
}

function shownBenchmark(benchmark: Offer["benchmark"]): ShownBenchmark | null {
  return benchmark === null ? null : {
    measured_at: new Date(benchmark.atS * 1_000).toISOString(),
    cpu_bytes_s: benchmark.cpuBytesS,
    cpus_bytes_s: benchmark.cpusBytesS,
    disk_bytes_s: benchmark.diskBytesS,
    sandbox_ms: benchmark.sandboxMs,
  };
}

/** The parts of an offer that requirements compare. */
export function requiredOf(offer: ShownOffer): Offer {
  return {
    ...NO_OFFER,
    cpus: offer.cpus,
    memoryBytes: offer.memory_bytes,
    diskBytes: offer.disk_bytes,
    engines: offer.engines,
    modes: offer.payment_modes,
    benchmark: benchmarkOf(offer),
  };
}

function benchmarkOf({ benchmark }: ShownOffer): Offer["benchmark"] {
  return benchmark === null ? null : {
    atS: Date.parse(benchmark.measured_at) / 1_000,
    cpuBytesS: benchmark.cpu_bytes_s,
    cpusBytesS: benchmark.cpus_bytes_s,
    diskBytesS: benchmark.disk_bytes_s,
    sandboxMs: benchmark.sandbox_ms,
  };
}
