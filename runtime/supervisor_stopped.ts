/**
 * The error of a supervisor that was stopped.
 *
 * @module
 */

/** The supervisor was stopped and starts nothing more. */
export class SupervisorStopped extends Error {
  /** `SupervisorStopped`. */
  override readonly name = "SupervisorStopped";
  /** Makes it. */
  constructor() {
    super("Cannot start anything: everything is being stopped");
  }
}
