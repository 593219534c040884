/**
 * A daemon of another build, as far as a command of this build asks it: it serves the home's socket with the status that its second argument
 * has, and ends when it is told to stop. The first argument is the socket. It prints a line when it serves.
 */
import { serveControl } from "../../home/control/control_server.ts";

const [path, status] = Deno.args;
const stop = Promise.withResolvers<void>();
const server = await serveControl({
  path,
  handlers: {
    status: () => JSON.parse(status),
    stop: () => {
      setTimeout(stop.resolve, 10);
      return {};
    },
  },
});
console.log("serves");
await stop.promise;
await server.close();
