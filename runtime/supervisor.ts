/**
 * The supervisor hosts services and pipelines in workers with exactly the permissions that they declare. It runs on the main thread and
 * sees no stage data.
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
 * `onFatal` is called once: when a worker hangs (it is bypassed, and the other items continue), when a service died, or when a pipeline was
 * given up. The process then drains its pipelines as far as possible and exits with `exitCode` (75), and the program that started it starts
 * it again. It must exit by `Deno.exit`, because a hung worker cannot be killed. Stages with equal permissions share a worker, also across
 * pipelines, until it dies. With `isolate: true` each stage has its own worker.
 *
 * @module
 */
import type { ServiceDefinition } from "../base/service.ts";
import type { Log } from "../base/log/log.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { RenewableService, ServiceHandle } from "./hosted_service.ts";
import { lazyService } from "./lazy_service.ts";
import { membersOf } from "./members.ts";
import { checkSpec, type Pipeline, type PipelineSpec, type StageSpec } from "./pipeline_spec.ts";
import { WorkerLeases } from "./worker_leases.ts";
import { SupervisedPipeline } from "./supervised_pipeline.ts";
import { SupervisorStopped } from "./supervisor_stopped.ts";
import type { Counters } from "./worker_messages.ts";
import { type ServiceEvents, serviceStarter, type StartedService } from "./service_starter.ts";
import type { Spawn } from "./supervised_worker.ts";
import type { OptionsOf, ServiceOf, ServiceTable } from "./typed_services.ts";
import { lookUp, type WorkerTables } from "./worker_host.ts";

/** Exit code after which the process should be started again (EX_TEMPFAIL). */
const EXIT_RESTART = 75;
/** A worker needs about 15 MB, and starting it again takes about a tenth of a second. */
const REST_AFTER_MS = 20_000;

/** Why the process must exit. */
export interface Fatal {
  /** What happened. */
  readonly code: "hung" | "service_died" | "restarts";
  /** The same for people. */
  readonly message: string;
  /** The exit code. */
  readonly exitCode: typeof EXIT_RESTART;
}

/** Options of a supervisor. */
export interface SupervisorOptions<Services extends ServiceTable = ServiceTable> {
  /** Writes to the program log, also for workers. */
  readonly log: Log;
  /** Called at most once. */
  readonly onFatal?: (fatal: Fatal) => void;
  /** Gives each stage its own worker. Otherwise stages with equal permissions share one. */
  readonly isolate?: boolean;
  /**
   * For a one-off command, default false. Services that may share a worker do so, with stages too, unless `isolate` is set: it starts sooner
   * then. If a service dies, calls of the main thread fail, because the command ends by itself; a daemon is ended by `onFatal`.
   */
  readonly sharesServices?: boolean;
  /** Stages and services of different groups load different modules and do not share a worker; default one group. */
  readonly groupOf?: (unit: string) => string;
  /** Milliseconds between pings; default 3,000. */
  readonly pingMs?: number;
  /** Milliseconds of silence after which a worker is dead; default 5,000. */
  readonly deadMs?: number;
  /** The same for a worker that still loads, which takes long on a busy machine; default 120,000. */
  readonly startMs?: number;
  /** Monotonic milliseconds; default `performance.now`. */
  readonly nowMs?: () => number;
  /** Spawns the workers. */
  readonly spawn: Spawn;
  /** Stages and services by name, as in the worker's module. */
  readonly tables: { readonly stages: WorkerTables["stages"]; readonly services: Services };
}

/** Events of a service that starts on demand. */
interface NeedEvents {
  /** Called when its worker has ended, and when the next one starts. */
  readonly rests?: (resting: boolean) => void;
  /** Whether the process must exit if it cannot be started. */
  readonly isVital?: boolean;
}

/** Hosts services and pipelines. Options and client types of a service come from its table. */
export interface Supervisor<Services extends ServiceTable = ServiceTable> {
  /** Starts a service in a worker, with handles of the services that it needs. Resolves when it is ready. */
  service<Name extends keyof Services & string>(
    name: Name,
    options?: OptionsOf<Services, Name>,
    services?: Readonly<Record<string, ServiceHandle>>,
  ): Promise<ServiceHandle<ServiceOf<Services, Name>>>;
  /**
   * The same without waiting until it is ready. Workers that need it may start meanwhile, because their calls wait at its port. The caller
   * awaits `ready` of the handle. If the service never becomes ready, calls to it get no answer.
   */
  start<Name extends keyof Services & string>(
    name: Name,
    options?: OptionsOf<Services, Name>,
    services?: Readonly<Record<string, ServiceHandle>>,
    events?: ServiceEvents,
  ): Promise<StartedService<ServiceOf<Services, Name>>>;
  /**
   * The same, but the service starts at its first call. If it cannot start, the error is logged, and waiting and later calls are rejected;
   * the process continues. Its worker ends after `restAfterMs` without a call (default 20,000; null means never), and the next call starts
   * it again. No call is lost or made twice. So the service must keep nothing that a later call needs.
   */
  whenNeeded<Name extends keyof Services & string>(
    name: Name,
    options?: OptionsOf<Services, Name>,
    services?: Readonly<Record<string, ServiceHandle>>,
    restAfterMs?: number | null,
    events?: NeedEvents,
  ): Promise<RenewableService<ServiceOf<Services, Name>, OptionsOf<Services, Name>>>;
  /**
   * Counters of each service as of its last pong: calls from others (`served METHOD`), its own calls (`SERVICE.METHOD`), and its own
   * counters.
   */
  counters(): Readonly<Record<string, Counters>>;
  /** Starts a pipeline. Resolves when its specification was checked; its `ready` resolves when it runs. */
  pipeline(spec: PipelineSpec): Promise<Pipeline>;
  /**
   * Starts the workers that a pipeline will share, before its services are known. They load the modules of the stages, and of
   * services and local services with the names in `also`. Does nothing with `isolate`.
   */
  prepare(spec: Pick<PipelineSpec, "name" | "stages">, also: readonly string[]): Promise<void>;
  /**
   * Drains every pipeline for at most `deadlineMs` (default 5,000), then stops the services. Later starts are refused with
   * `SupervisorStopped`.
   */
  stop(deadlineMs?: number): Promise<void>;
}

/** Makes a supervisor. */
export function createSupervisor<Services extends ServiceTable>(
  options: SupervisorOptions<Services>,
): Supervisor<Services> {
  const { log, onFatal, isolate = false, groupOf = () => "", spawn, tables } = options;
  const { sharesServices = false } = options;
  const { pingMs = 3_000, deadMs = 5_000, startMs = 120_000 } = options;
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
    log("error", "the process must exit and be started again", { code, reason: message });
    onFatal?.({ code, message, exitCode: EXIT_RESTART });
  };

  const definitionsOf = (stages: readonly StageSpec[]) =>
    Promise.all(stages.map(({ stage }) => lookUp(tables.stages, "stage", stage)));

  // The implementation does not use the table's types; they are for callers.
  const { start, counters } = serviceStarter({
    leases,
    shares: sharesServices && !isolate,
    log,
    find: (name) => lookUp<ServiceDefinition>(tables.services, "service", name),
    refuseStopped,
    died(name, error) {
      fatal("service_died", `The service ${name} died: ${error.message}`);
      if (!sharesServices) return;
      for (const service of services) if (service.name === name) service.lost?.();
    },
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

    async whenNeeded(name, serviceOptions, given, restAfterMs = REST_AFTER_MS, events = {}) {
      const { methods } = await lookUp(tables.services, "service", name);
      refuseStopped();
      const failed = (error: Error) => {
        log("error", "a service could not be started", { service: name, reason: error.message });
        if (events.isVital) fatal("service_died", `The service ${name} could not be started`);
      };
      let present: unknown = serviceOptions;
      const begin = async (idle: () => void) => {
        const rest = restAfterMs === null ? undefined : { afterMs: restAfterMs, idle };
        const started = await start(name, present, given, { rest });
        await started.ready;
        return started;
      };
      const lazy = lazyService(name, methods, begin, failed, events.rests);
      services.push(lazy);
      return {
        ...lazy,
        async renew(next: unknown) {
          present = next;
          await lazy.renew();
        },
      };
    },

    async prepare(spec, also) {
      const definitions = await definitionsOf(spec.stages);
      refuseStopped();
      for (const { permissions, members, shared } of membersOf(spec, definitions, sharing).slots) {
        if (!shared) continue;
        const units = members.map(({ unit }) => unit);
        const names = members.map(({ definition }) => definition.name);
        leases.prepare({ units, stages: names, permissions }, [...names, ...also]);
      }
    },

    async pipeline(spec) {
      const definitions = await definitionsOf(spec.stages);
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
      await leases.endUnused();
      for (const service of services.splice(0).reverse()) await service.stop();
    },
  };
  return supervisor as Supervisor<Services>;
}
