/**
 * The types in a table of services: for each service, the options that start it and the methods of its clients. A caller that starts a
 * service by its name gets a client of the right type without naming the type.
 *
 * @module
 */
import type { WorkerTables } from "./worker_host.ts";

/** Service names and their definitions. */
export type ServiceTable = WorkerTables["services"];

type DefinitionOf<Table extends ServiceTable, Name extends keyof Table> = Awaited<
  ReturnType<Table[Name]>
>;

/** The options with which a service of a table is started. */
export type OptionsOf<Table extends ServiceTable, Name extends keyof Table> =
  // deno-lint-ignore no-explicit-any
  DefinitionOf<Table, Name> extends { start(options: infer Options, ...rest: any[]): unknown }
    ? Options
    : never;

/** The methods that a service of a table offers. */
export type ServiceOf<Table extends ServiceTable, Name extends keyof Table> =
  DefinitionOf<Table, Name> extends {
    readonly methods: readonly (infer Method)[];
    // deno-lint-ignore no-explicit-any
    start(...given: any[]): Promise<infer Service>;
  } ? Offered<Service, Method>
    : never;

/** A service without types, as in tests, offers anything. */
type Offered<Service, Method> = 0 extends 1 & Service
  // deno-lint-ignore no-explicit-any
  ? any
  : Service extends object ? Pick<Service, Method & keyof Service>
  : never;
