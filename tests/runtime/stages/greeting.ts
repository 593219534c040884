/** Test service that lives in a stage's own worker and calls a remote one. */
import type { LocalServiceFactory } from "../../../runtime/service.ts";
import type { Journal } from "./journal.ts";

export interface Greeting {
  greet(name: string): Promise<string>;
}

export const greeting: LocalServiceFactory = (
  options: { word: string },
  services: { journal: Journal },
  { atEnd },
): Greeting => {
  atEnd(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await services.journal.visit("end");
  });
  return {
    greet: async (name) => `${options.word}-${name}-${await services.journal.visit(name)}`,
  };
};
