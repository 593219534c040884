/**
 * Which test files share a thread. A thread of its own costs a test file half a second of a processor, most of it for
 * modules that the files beside it load too. The files of a thread `e2e_` also share a dev network, which costs five or six seconds of a
 * processor to start and stop; those of `chains` share a node.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The folders in `tests/` whose files share a thread, by the name of the file in this folder that loads them. A folder within the folder of
 * another room is not a part of that one.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  base: ["base", "bench", "config", "covered", "ground", "lint", "mcp", "permissions", "verifier"],
  chains: ["contracts", "money/channels", "money/evm"],
  commands: ["commands"],
  e2e_judges: ["e2e/judges"],
  e2e_market: ["e2e/market"],
  e2e_no_daemon: ["e2e/no_daemon"],
  e2e_one_home: ["e2e/one_home"],
  home: ["home", "shell"],
  liars: ["liars"],
  market: ["market"],
  money: ["money"],
  network: ["blobs", "network", "peers"],
  packing: ["market/packing"],
  protocols: ["protocols"],
  runtime: ["runtime"],
  sandbox: ["skills/sandbox"],
  skills: ["skills"],
  stages: ["stages"],
  store: ["store", "trail"],
};

/**
 * Test files, and folders of them, that keep a thread of their own: those that take long, since the files of a thread
 * run one after the other; those with hooks, which would surround the tests of all files; those that read the clock
 * when they are loaded; those that change something of the whole thread; and those that need a node whose clock agrees with the
 * machine's: a shared node is set back to the time of its start before each test, so its clock is late by the age of the room.
 */
export const ALONE: readonly string[] = [
  "base/node_modules_test.ts",
  "blobs/chunks_test.ts",
  "blobs/hostile_test.ts",
  "blobs/mirror_test.ts",
  "commands/doctor/chain_check_test.ts",
  "commands/doctor/sandbox_test.ts",
  "commands/init",
  "commands/job/job_commands_test.ts",
  "commands/network/connector_terms_test.ts",
  "commands/network/relay_events_test.ts",
  "commands/network/relay_terms_test.ts",
  "commands/provider/provider_commands_test.ts",
  "commands/state/state_archive_test.ts",
  "commands/stats/stats_test.ts",
  "commands/wallet",
  "contracts/state_machine_test.ts",
  "home/resting_manager_test.ts",
  "market/lightning/payment_kill_test.ts",
  "market/long_schemas_test.ts",
  "market/more_relays_test.ts",
  "market/sequences/sequence_kill_test.ts",
  "money/channels/crash_test.ts",
  "money/evm/evm_chain_test.ts",
  "money/evm/rpc_faults_test.ts",
  "money/payer/simulation_test.ts",
  "money/wallet",
  "network/connector/binding_test.ts",
  "network/connector/faults_test.ts",
  "network/connector/limits_test.ts",
  "network/connector/two_hops_test.ts",
  "network/connector/clock_test.ts",
  "network/dev",
  "network/relay/conformance",
  "network/relay/heartbeat_test.ts",
  "network/relay/relay_server_test.ts",
  "network/relay/session_and_server_test.ts",
  "network/relay/stored_events_test.ts",
  "peers/connector/many_connectors_test.ts",
  "runtime/faults_test.ts",
  "runtime/poisoned_job_test.ts",
  "runtime/shared_workers_test.ts",
  "runtime/supervisor_test.ts",
  "skills/benchmark_test.ts",
  "skills/ci_run_inputs_test.ts",
  "skills/ci_run_test.ts",
  "skills/host/deno_module_test.ts",
  "skills/host/host_test.ts",
  "skills/image_build",
  "skills/limits_test.ts",
  "skills/repository_cache_test.ts",
  "skills/sandbox/runsc_test.ts",
  "store/sqlite_store_test.ts",
  "trail/recovery",
];

/**
 * Started before the other files of their folder, the longest first. Deno starts the files of the folder with the longest path first, whatever
 * the order of its arguments is; it keeps their order within a folder. `tests/e2e` is the last one, so none of its long files runs alone at the
 * end.
 */
export const LONGEST: readonly string[] = [
  "tests/crash/crash_test.ts",
  "tests/crash/mutants_test.ts",
  "tests/crash/commands_test.ts",
  "tests/packaging/containers_test.ts",
  "tests/e2e/metered_output_test.ts",
  "tests/e2e/doc_commands_test.ts",
  "tests/e2e/npm_package_test.ts",
  "tests/e2e/own_provider_test.ts",
  "tests/e2e/faults_test.ts",
  "tests/e2e/connectors_test.ts",
  "tests/e2e/demo_test.ts",
  "tests/e2e/dry_run_test.ts",
  "tests/e2e/silent_provider_test.ts",
  "tests/e2e/private_modes_test.ts",
  "tests/e2e/all_documents_test.ts",
  "tests/e2e/channel_test.ts",
  "tests/e2e/thirty_jobs_test.ts",
  "tests/e2e/channel_crosstown_test.ts",
  "tests/e2e/recovery_test.ts",
  "tests/e2e/recovery_crosstown_test.ts",
];

/** The test files in folders of `tests/`, sorted, as paths from the root of the repository. */
export function testFiles(folders: readonly string[]): string[] {
  const found: string[] = [];
  const look = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(ROOT + folder)) {
      if (isDirectory && name !== "node_modules") look(`${folder}/${name}`);
      else if (name.endsWith("_test.ts")) found.push(`${folder}/${name}`);
    }
  };
  for (const folder of folders) look(`tests/${folder}`.replace(/\/$/, ""));
  return found.sort();
}

const isIn = (file: string, paths: readonly string[]) =>
  paths.some((path) => `${file}/`.startsWith(`${path}/`));

/** The test files that share the thread of a room, as paths from the root of the repository. */
export function filesOf(room: string): string[] {
  const own = ROOMS[room];
  const within = Object.values(ROOMS).flat()
    .filter((path) => own.some((folder) => path.startsWith(`${folder}/`)));
  const others = [...ALONE, ...within].map((path) => `tests/${path}`);
  return testFiles(own).filter((file) => !isIn(file, others));
}

/**
 * What `deno task test` runs: one file for each room, and each file with a thread of its own, the longest first. Throws if
 * a path to leave out is no such file, nor a folder of them.
 */
export function allFiles(without: readonly string[] = []): string[] {
  const shared = new Set(Object.keys(ROOMS).flatMap(filesOf));
  const own = testFiles([""]).filter((file) => !shared.has(file));
  for (const path of without) {
    if (!own.some((file) => isIn(file, [path]))) throw new Error(`${path} is in no list of tests`);
  }
  const rooms = Object.entries(ROOMS)
    .filter(([, folders]) => !folders.every((folder) => isIn(`tests/${folder}`, without)))
    .map(([room]) => `tests/together/${room}.ts`);
  return [...LONGEST, ...rooms, ...own.filter((file) => !LONGEST.includes(file))]
    .filter((file) => !isIn(file, without));
}
