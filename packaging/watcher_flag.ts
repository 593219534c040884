/**
 * V8's flags of a dashboard in what is installed.
 *
 * @module
 */

/**
 * For commands that only watch, `mayor attach` and `node attach`: no optimizing compiler, heaps that grow slowly, and a `gc` for
 * commands/dashboard/heap_bound.ts. They are flags of the whole process, its workers included, so no command that works gets them.
 */
export const WATCHER_FLAG =
  "--v8-flags=--no-opt,--max-semi-space-size=1,--initial-old-space-size=6,--heap-growing-percent=20,--expose-gc";
