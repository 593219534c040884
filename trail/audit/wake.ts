/**
 * A wait that can be ended early.
 *
 * @module
 */

/** A wait that can be ended early. */
interface Wake {
  /** Resolves at the next `rouse()`. */
  readonly roused: Promise<void>;
  /** Ends every wait. */
  rouse(): void;
  /** Waits this time, or until `rouse()`. */
  pause(ms: number): Promise<void>;
}

/** Makes one. */
export function createWake(): Wake {
  let next = Promise.withResolvers<void>();
  return {
    get roused() {
      return next.promise;
    },
    rouse() {
      next.resolve();
      next = Promise.withResolvers();
    },
    async pause(ms) {
      if (ms <= 0) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const over = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
      await Promise.race([next.promise, over]);
      clearTimeout(timer);
    },
  };
}
