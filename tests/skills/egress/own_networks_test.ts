/** Which public addresses a job's proxy does not connect to, since they are this machine's or its neighbours'. */
import assert from "node:assert/strict";
import { ownNetworks } from "../../../skills/egress/own_networks.ts";

const IPV4 = { family: "IPv4" } as const;
const IPV6 = { family: "IPv6" } as const;

Deno.test("ownNetworks() knows the machine's public addresses and their neighbours, and no others", () => {
  const isOwn = ownNetworks([
    { ...IPV4, address: "127.0.0.1", cidr: "127.0.0.1/8" },
    { ...IPV4, address: "203.0.113.9", cidr: "203.0.113.9/28" },
    { ...IPV4, address: "198.51.100.7", cidr: "198.51.100.7/32" },
    { ...IPV4, address: "192.0.2.1", cidr: "192.0.2.1/0" },
    { ...IPV6, address: "2001:4860:1:2::7", cidr: "2001:4860:1:2::7/64" },
    { ...IPV6, address: "2a00:1450::9", cidr: "2a00:1450::9/128" },
  ]);
  const own = [
    "203.0.113.9 203.0.113.0 203.0.113.15 198.51.100.7 192.0.2.1 127.0.0.2",
    "2001:4860:1:2::7 2001:4860:1:2:ffff::1 2001:4860:0001:0002:0:0:0:0007 2a00:1450::9",
  ].flatMap((line) => line.split(" "));
  const others = [
    "203.0.113.16 203.0.112.255 198.51.100.6 198.51.100.8 8.8.8.8",
    "2001:4860:1:3::7 2001:4860:1:1:ffff::1 2a00:1450::8 2606:4700::1111",
  ].flatMap((line) => line.split(" "));
  for (const address of own) assert.equal(isOwn(address), true, address);
  for (const address of others) assert.equal(isOwn(address), false, address);
});

Deno.test("ownNetworks() takes the interfaces of this machine", () => {
  const interfaces = Deno.networkInterfaces();
  const isOwn = ownNetworks(interfaces);
  for (const { address } of interfaces) assert.equal(isOwn(address.split("%")[0]), true, address);
});
