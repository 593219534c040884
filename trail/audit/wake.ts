/**
 * A wait that can be cut short.
 *
 * @module
 */

/** See the module. */
interface Wake {
  /** Resolves when it is roused next. */
  readonly roused: Promise<void>;
  /** Ends every wait that is under way. */
  rouse(): void;
  /** Waits so long, or until it is roused. */
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
