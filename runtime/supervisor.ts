/**
 * The supervisor: hosts services and pipelines in workers with exactly the permissions that they declare. It runs on the main
 * thread and sees no stage data.
 *
 * ```ts ignore
 * const supervisor = createSupervisor({ log, onFatal: ({ exitCode }) => drainAndLeave(exitCode) });
 * const store = await supervisor.service("store", { folder });       // groups.ts; rejects when it cannot start
 * const signer = await supervisor.service("signer", options);
 * const jobs = await store.client().listJobs({});             // the main thread's own client
 * const inbound = await supervisor.pipeline({
 *   name: "inbound",
 *   stages: [
 *     { stage: "relay-source", options },                            // groups.ts
 *     { stage: "kind-extractor" },
 *     { stage: "event-verifier" },
 *     { stage: "correlator", options },
 *     { stage: "skill-sink", options },
 *   ],
 *   services: {
 *     store,                                                         // over a port, by the name that stages ask for
 *     signer,
 *     relay: { local: "relay", options, needs: ["signer"] },         // made in the stage's own worker
 *     intake: null,                                                  // optional for the stage, and not given here
 *   },
 *   quarantine: "store",                                             // where poisoned documents are kept
 * });
 * await inbound.ready;           // rejects with the error of the stage that cannot start
 * inbound.counters();            // by stage; refresh() asks first; tap() samples heads; onReplaced() tells replacements
 * await inbound.drain(5000);     // or inbound.done, when the source ends by itself; abort() ends at once
 * await supervisor.stop();       // pipelines first, then services in the reverse order of their start
 * ```
 *
 * `onFatal` is called once: when a worker hangs (it is bypassed, and good items go on), when a service died, or when a pipeline was
 * given up. The process then drains its pipelines as far as possible and exits with `exitCode` (75). The program that started it
 * starts it again. It must exit by `Deno.exit`, because a hung worker cannot be killed. Stages with equal permissions share a worker,
 * even across pipelines, until it dies. With `isolate: true` each stage has its own.
 *
 * @module
 */
import type { ServiceDefinition } from "../base/service.ts";
import type { Log } from "../base/log/log.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ServiceHandle } from "./hosted_service.ts";
import { lazyService } from "./lazy_service.ts";
import { checkSpec, type Pipeline, type PipelineSpec } from "./pipeline_spec.ts";
import { WorkerLeases } from "./worker_leases.ts";
import { SupervisedPipeline } from "./supervised_pipeline.ts";
import { SupervisorStopped } from "./supervisor_stopped.ts";
import type { Counters } from "./worker_messages.ts";
import { type ServiceEvents, serviceStarter, type StartedService } from "./service_starter.ts";
import type { Spawn } from "./supervised_worker.ts";
import type { OptionsOf, ServiceOf, ServiceTable } from "./typed_services.ts";
import { lookUp, type WorkerTables } from "./worker_host.ts";

/** Leave with this code and be started again (EX_TEMPFAIL). */
const EXIT_RESTART = 75;
/** A worker holds about 15 MB; to start it again costs about a tenth of a second. */
const REST_AFTER_MS = 20_000;

/** Why the process must leave. */
export interface Fatal {
  /** What happened. */
  readonly code: "hung" | "service_died" | "restarts";
  /** The same for people. */
  readonly message: string;
  /** What to leave with. */
  readonly exitCode: typeof EXIT_RESTART;
}

/** What a supervisor is made with. */
export interface SupervisorOptions<Services extends ServiceTable = ServiceTable> {
  /** Lines for the program log, those of workers included. */
  readonly log: Log;
  /** Called at most once. */
  readonly onFatal?: (fatal: Fatal) => void;
  /** Each stage has a worker of its own; otherwise those with equal permissions share one. */
  readonly isolate?: boolean;
  /** Stages of different groups load different modules and share no worker; one group unless told. */
  readonly groupOf?: (stage: string) => string;
  /** 2,000 unless told. */
  readonly pingMs?: number;
  /** 5,000 unless told. */
  readonly deadMs?: number;
  /** For a worker that still loads, which on a busy machine takes its time; 120,000 unless told. */
  readonly startMs?: number;
  /** Monotonic milliseconds; `performance.now` unless told. */
  readonly nowMs?: () => number;
  /** Makes the workers. */
  readonly spawn: Spawn;
  /** Stages and services by name, as the worker module has them. */
  readonly tables: { readonly stages: WorkerTables["stages"]; readonly services: Services };
}

/** Hosts services and pipelines. A service of its table is started with its own options and gives clients of its own type. */
export interface Supervisor<Services extends ServiceTable = ServiceTable> {
  /** Starts a service in a worker of its own, with the services that it names by their handles; resolves when it is ready. */
  service<Name extends keyof Services & string>(
    name: Name,
    options?: OptionsOf<Services, Name>,
    services?: Readonly<Record<string, ServiceHandle>>,
  ): Promise<ServiceHandle<ServiceOf<Services, Name>>>;
  /**
   * The same without waiting until it is ready. Workers that need it may be started meanwhile, because calls wait at its port. A caller
   * awaits `ready` of the handle; a call to a service that never became ready has no answer.
   */
  start<Name extends keyof Services & string>(
    name: Name,
    options?: OptionsOf<Services, Name>,
    services?: Readonly<Record<string, ServiceHandle>>,
    events?: ServiceEvents,
  ): Promise<StartedService<ServiceOf<Services, Name>>>;
  /**
   * The same when somebody calls it for the first time. Where it cannot start, the calls that wait for it are rejected, and so are
   * all others: that is logged, and the process lives on. Its worker ends when it had nothing to do for `restAfterMs` (20,000 unless told,
   * null is never), and the next call starts it again; no call is lost or made twice. So it keeps nothing that a later call needs.
   */
  whenNeeded<Name extends keyof Services & string>(
    name: Name,
    options?: OptionsOf<Services, Name>,
    services?: Readonly<Record<string, ServiceHandle>>,
    restAfterMs?: number | null,
  ): Promise<ServiceHandle<ServiceOf<Services, Name>>>;
  /** Of each service, as of its last pong: calls by others (`served METHOD`), its own (`SERVICE.METHOD`), what it counts itself. */
  counters(): Readonly<Record<string, Counters>>;
  /** Starts a pipeline; resolves when its specification was found good, `ready` when it runs. */
  pipeline(spec: PipelineSpec): Promise<Pipeline>;
  /**
   * Drains every pipeline for at most `deadlineMs` (5,000 unless told), then stops the services. Nothing is started any more:
   * whoever still starts something is refused with `SupervisorStopped`.
   */
  stop(deadlineMs?: number): Promise<void>;
}

/** Makes a supervisor. */
export function createSupervisor<Services extends ServiceTable>(
  options: SupervisorOptions<Services>,
): Supervisor<Services> {
  const { log, onFatal, isolate = false, groupOf = () => "", spawn, tables } = options;
  const { pingMs = 2_000, deadMs = 5_000, startMs = 120_000 } = options;
  const { nowMs = () => performance.now() } = options;
  const heartbeat = new Heartbeat({ pingMs, deadMs, startMs }, nowMs, (worker) => {
    const error = new Error(`${worker.name} has not answered for ${deadMs} ms`);
    worker.die("hung", error);
  });
  const leases = new WorkerLeases({ spawn, heartbeat, nowMs, groupOf });
  let units = 0;
  const sharing = {
    key: isolate ? null : leases.key.bind(leases),
    serial: () => units++,
  };
  const services: ServiceHandle[] = [];
  const pipelines = new Set<Pipeline>();
  let [told, stopped] = [false, false];
  const refuseStopped = () => {
    if (stopped) throw new SupervisorStopped();
  };
  const fatal = (code: Fatal["code"], message: string) => {
    if (told) return;
    told = true;
    log("error", "must leave and be started again", { code, reason: message });
    onFatal?.({ code, message, exitCode: EXIT_RESTART });
  };

  // Inside, every service is one: what the table says of each is for callers.
  const { start, counters } = serviceStarter({
    spawn,
    heartbeat,
    nowMs,
    log,
    find: (name) => lookUp<ServiceDefinition>(tables.services, "service", name),
    refuseStopped,
    died: (name, error) => fatal("service_died", `The service ${name} died: ${error.message}`),
    services,
  });

  const supervisor: Supervisor = {
    async service(name, serviceOptions, given = {}) {
      const started = await start(name, serviceOptions, given);
      await started.ready;
      return started;
    },

    start,

    counters,

    async whenNeeded(name, serviceOptions, given, restAfterMs = REST_AFTER_MS) {
      const { methods } = await lookUp(tables.services, "service", name);
      refuseStopped();
      const failed = (error: Error) =>
        log("error", "a service could not be started", { service: name, reason: error.message });
      const begin = async (idle: () => void) => {
        const rest = restAfterMs === null ? undefined : { afterMs: restAfterMs, idle };
        const started = await start(name, serviceOptions, given, { rest });
        await started.ready;
        return started;
      };
      const lazy = lazyService(name, methods, begin, failed);
      services.push(lazy);
      return lazy;
    },

    async pipeline(spec) {
      const loads = spec.stages.map(({ stage }) => lookUp(tables.stages, "stage", stage));
      const definitions = await Promise.all(loads);
      checkSpec(spec, definitions);
      refuseStopped();
      const pipeline = new SupervisedPipeline({
        spec,
        definitions,
        sharing,
        leases,
        heartbeat,
        nowMs,
        log,
        fatal,
      });
      pipelines.add(pipeline);
      const forget = () => pipelines.delete(pipeline);
      pipeline.done.then(forget, forget);
      return pipeline;
    },

    async stop(deadlineMs = 5_000) {
      stopped = true;
      await Promise.allSettled([...pipelines].map((pipeline) => pipeline.drain(deadlineMs)));
      for (const service of services.splice(0).reverse()) await service.stop();
    },
  };
  return supervisor as Supervisor<Services>;
}
