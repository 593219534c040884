/**
 * Ports of 127.0.0.1 for servers that end and start again at the same address. They are below those that the system gives to anybody
 * who asks for port 0 or connects: it would give a port away while its server is down.
 */
export function steadyPorts(count: number): number[] {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      ports.add(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  return [...ports];
}
