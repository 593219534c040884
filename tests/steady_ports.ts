const FIRST = 10_000;
const COUNT = 22_000;

/**
 * Ports of 127.0.0.1 for servers that end and start again at the same address. They are below those that the system gives to anybody
 * who asks for port 0 or connects: it would give a port away while its server is down. No other test gets them either: a file that all
 * tests of this user share says which one is next.
 */
export function steadyPorts(count: number): number[] {
  const folder = Deno.env.get("TMPDIR") ?? "/tmp";
  using file = Deno.openSync(`${folder}/crosstown_test_ports_${Deno.uid()}`, {
    read: true,
    write: true,
    create: true,
  });
  file.lockSync(true);
  const stored = new Uint8Array(16);
  const text = new TextDecoder().decode(stored.subarray(0, file.readSync(stored) ?? 0));
  // It may have been made by a run that was killed while it wrote.
  let next = /^\d{5} $/.test(text) ? Number(text) : FIRST + Math.floor(Math.random() * COUNT);
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST + (next++ - FIRST) % COUNT;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      ports.push(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(new TextEncoder().encode(`${FIRST + (next - FIRST) % COUNT} `));
  return ports;
}
