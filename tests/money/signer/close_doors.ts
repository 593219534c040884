/** What a worker without permissions still has: storage on disk and a way to every other worker. Imported first. */
// deno-lint-ignore no-explicit-any
const scope = globalThis as any;
delete scope.caches;
delete scope.BroadcastChannel;
export {};
