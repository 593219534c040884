import assert from "node:assert/strict";
import { usableRelays } from "../../market/usable_relays.ts";

for (
  const [own, url, isUsed] of [
    ["wss://own.example", "wss://far.example", true],
    ["wss://own.example", "ws://far.example", false],
    ["wss://own.example", "wss://u:p@far.example", false],
    ["wss://own.example", "ws://127.0.0.1:1", false],
    ["wss://own.example", "wss://localhost:1", false],
    ["wss://own.example", "wss://localhost.:1", false],
    ["wss://own.example", "wss://x.localhost:1", false],
    ["wss://own.example", "wss://[::1]:1", false],
    ["wss://own.example", "wss://[::ffff:127.0.0.1]:1", false],
    ["wss://own.example", "wss://0.0.0.0:1", false],
    ["wss://own.example", "wss://2130706433:1", false],
    ["wss://own.example", "wss://10.0.0.1", false],
    ["wss://own.example", "wss://172.16.9.9:4848", false],
    ["wss://own.example", "wss://192.168.1.1", false],
    ["wss://own.example", "wss://169.254.169.254", false],
    ["wss://own.example", "wss://[fd00::1]", false],
    ["wss://own.example", "wss://[::ffff:a00:1]", false],
    ["wss://own.example", "wss://router", false],
    ["wss://own.example", "wss://nas.local", false],
    // A worker is allowed to reach the hosts that are named, and `*` would be every host.
    ["wss://own.example", "wss://*.example", false],
    ["wss://own.example", "wss://*", false],
    ["wss://own.example", "wss://8.8.8.8", true],
    ["wss://own.example", "wss://[2606:4700::1111]:4848/path", true],
    ["ws://127.0.0.1:7", "wss://10.0.0.1", false],
    ["ws://127.0.0.1:7", "ws://127.0.0.1:1", true],
    ["ws://127.0.0.1:7", "ws://127.0.0.1:1/", true],
    // A local program that answers HTTP would get these as a request of this home.
    ["ws://127.0.0.1:7", "ws://127.0.0.1:1/api/stop", false],
    ["ws://127.0.0.1:7", "ws://127.0.0.1:1/?stop", false],
    ["ws://127.0.0.1:7", "wss://localhost:1/api/stop", false],
    ["ws://127.0.0.1:7", "ws://0.0.0.0:1", false],
    ["ws://127.0.0.1:7", "ws://far.example", false],
  ] as const
) {
  Deno.test(`usableRelays() of a home at ${own} ${isUsed ? "takes" : "refuses"} ${url}`, () => {
    const list = usableRelays({ read: [url], write: [url] }, own);
    assert.deepEqual(list, isUsed ? { read: [url], write: [url] } : { read: [], write: [] });
  });
}
