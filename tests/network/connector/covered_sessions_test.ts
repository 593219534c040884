import assert from "node:assert/strict";
import { buyer, heard, isAnswered, said } from "./covered_buyer.ts";
import { prepareOf, RawPeer } from "./raw_peer.ts";
import { rig } from "./rig.ts";

Deno.test("a packet without a signed claim is taken only from a session that has proved its account", async () => {
  await using net = await rig({ guests: { maxSessions: 1 } });
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  const other = net.channels.provider.channelId;
  assert.equal(
    said(await by.peer.pay(prepareOf(10n), by.covered(2, 3, other))),
    "F06 wrong_channel",
    "another's channel",
  );
  await using guest = await RawPeer.dial(net.connector.url);
  await guest.signIn("somebody", "");
  const told = await guest.pay(prepareOf(10n), await by.signed(2, 20n));
  assert.deepEqual([said(told), told.ack?.covers], ["fulfill", undefined], "a guest without proof");
  const covered = guest.pay(prepareOf(10n), by.covered(3, 4));
  assert.equal(said(await guest.pay(prepareOf(10n), await by.signed(4, 40n))), "fulfill");
  assert.equal(await isAnswered(covered, guest), false);
  assert.equal(net.terminal.effects.size, 4, "three packets, and the one of the question");
});

Deno.test("a session without proof gets the answer to a covered packet that is known", async () => {
  await using net = await rig({ guests: { maxSessions: 1 } });
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  const prepare = prepareOf(10n);
  const first = by.peer.pay(prepare, by.covered(2, 3));
  await by.peer.pay(prepareOf(10n), await by.signed(3, 30n));
  assert.equal(said(await first), "fulfill");
  await using guest = await RawPeer.dial(net.connector.url);
  await guest.signIn("somebody", "");
  assert.equal(said(await guest.pay(prepare, by.covered(2, 3))), "fulfill");
  assert.equal(net.terminal.effects.size, 3);
});

Deno.test("a session without proof changes nothing of another's packets that wait", async () => {
  await using net = await rig({ guests: { maxSessions: 1 } });
  await using by = await buyer(net);
  await by.peer.pay(prepareOf(10n), await by.signed(1, 10n));
  const waiting = by.peer.pay(prepareOf(10n), by.covered(2, 3));
  await heard(by.peer);
  await using guest = await RawPeer.dial(net.connector.url);
  await guest.signIn("somebody", "");
  const foreign = [[2, 3], [2, 9]].map(([nonce, coveredBy]) =>
    guest.pay(prepareOf(10n), by.covered(nonce, coveredBy))
  );
  assert.equal(await isAnswered(Promise.race(foreign), guest), false);
  assert.equal(said(await by.peer.pay(prepareOf(10n), await by.signed(3, 30n))), "fulfill");
  assert.equal(said(await waiting), "fulfill");
});
