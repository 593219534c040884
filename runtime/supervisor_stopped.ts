/**
 * What a supervisor says that was stopped.
 *
 * @module
 */

/** Nothing is started any more. */
export class SupervisorStopped extends Error {
  /** `SupervisorStopped`. */
  override readonly name = "SupervisorStopped";
  /** Makes it. */
  constructor() {
    super("Cannot start anything: everything is being stopped");
  }
}
