/**
 * Workers that tests start in their own process come from the program as installed, where `CROSSTOWN_PROGRAM` names its folder: people run
 * these, and each starts in less processor time than from the sources. The tasks load this before each test file (`--preload`).
 *
 * @module
 */
import { installedEntry } from "./program.ts";

class InstalledWorker extends Worker {
  constructor(specifier: string | URL, options?: WorkerOptions) {
    super(installedEntry(String(specifier)) ?? specifier, options);
  }
}
Object.assign(globalThis, { Worker: InstalledWorker });
