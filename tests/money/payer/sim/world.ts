/**
 * Payer, connector and terminal on simulated disks and lines: 16 payments in flight, processes that lose all memory,
 * and the invariants when everything is quiet again (docs/money.md, "Invariants").
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { interledgerWire } from "../../../../protocols/wires/interledger/wire.ts";
import type { PacketOutcome } from "../../../../money/claims/outcome.ts";
import type { LinkAnswer, SentPacket } from "../../../../money/claims/packet_link.ts";
import { Payer } from "../../../../money/payer/payer.ts";
import { expiryOf, impatient, type Mutant, timedOut } from "./broken_rules.ts";
import { ADDRESS, CHANNEL_A, CHANNEL_B, claimsOf } from "./channels.ts";
import { Disk } from "./disk.ts";
import { ASK_AGAIN, openHub, WINDOW, WRITE_OFF_LIMIT } from "./hub_process.ts";
import { fulfilmentOf, openTerminal } from "./terminal_process.ts";
import { checkDisks, checkPayments, lostBy } from "./invariants.ts";
import { CALM, type FarEnd, simLink, type Weather } from "./line.ts";
import { farEnd, HubLife, type Life, PayerLife, TerminalLife } from "./lives.ts";
import { VirtualTime } from "./virtual_time.ts";

const PAYMENTS = 40;
const IN_FLIGHT = 16;
const ACTIVE_MS = 120_000;
const QUIET_MS = 500_000;

/** Runs one schedule to its end. Throws if an invariant is broken. */
export async function runSchedule(seed: number, mutant: Mutant = "none"): Promise<World> {
  const world = new World(seed, mutant, false);
  await world.run();
  world.check();
  return world;
}

/** The same, with a terminal that likes to fulfil when the connector has written the packet off, for a payer that pays again. */
export async function runCollusion(seed: number, mutant: Mutant = "none"): Promise<World> {
  const world = new World(seed, mutant, true);
  await world.run();
  world.checkAtRest();
  world.checkLosses();
  return world;
}

export class World {
  readonly time: VirtualTime;
  readonly disks = {
    payer: new Disk("payer", WINDOW),
    hub: new Disk("hub", WINDOW),
    terminal: new Disk("terminal", WINDOW),
  };
  /** What the terminal did in the world outside: effects survive crashes. */
  readonly effects = new Set<string>();
  readonly told = new Map<string, PacketOutcome[]>();
  crashes = 0;
  fulfilled = 0;
  refused = 0;
  #weather: Weather;
  #calm = false;
  #payer: PayerLife | null = null;
  #hub: HubLife | null = null;
  #terminal: TerminalLife | null = null;
  readonly #sent = new Map<string, string>();
  readonly #troubles: unknown[] = [];
  readonly #diskFailure: () => number;

  constructor(readonly seed: number, readonly mutant: Mutant, readonly colluding: boolean) {
    this.time = new VirtualTime(seed);
    const failure = this.time.chance(0.3) ? 0.01 : 0;
    this.#diskFailure = () => this.#calm ? 0 : failure;
    this.#weather = {
      loseRequest: this.time.random() * 0.2,
      loseAnswer: this.time.random() * 0.2,
      repeat: this.time.random() * 0.3,
      late: this.time.random() * 0.15,
      reorder: this.time.chance(0.4),
    };
  }

  async run(): Promise<void> {
    const { time } = this;
    const onTrouble = (event: Event & { reason?: unknown }) => {
      event.preventDefault();
      this.#troubles.push(event.reason);
    };
    globalThis.addEventListener("unhandledrejection", onTrouble);
    try {
      this.#startTerminal();
      this.#startHub();
      this.#startPayer();
      const end = time.nowMs + ACTIVE_MS;
      this.#trouble(end);
      await time.run(end);
      this.#calm = true;
      await time.run(end + QUIET_MS);
    } finally {
      globalThis.removeEventListener("unhandledrejection", onTrouble);
      for (const life of [this.#payer, this.#hub, this.#terminal]) if (life) life.alive = false;
    }
  }

  /** What the connector paid out for packets whose payer spent nothing. */
  get lostUnits(): bigint {
    return lostBy(this.disks);
  }

  checkLosses(): void {
    assert.ok(this.lostUnits <= WRITE_OFF_LIMIT, `the connector lost ${this.lostUnits}`);
    assert.ok(this.lostUnits >= 0n, "the connector won");
  }

  checkAtRest(): void {
    if (this.#troubles.length > 0) throw this.#troubles[0];
    checkDisks(this.disks);
    assert.equal(this.#payer?.payer?.status().halted ?? null, null, "the payer halted");
    assert.equal(this.#hub?.payer?.status().halted ?? null, null, "the connector halted");
  }

  check(): void {
    this.checkAtRest();
    assert.equal(this.lostUnits, 0n, "the connector lost or won");
    Object.assign(this, checkPayments(this.disks.payer, this.effects, this.told));
  }

  #trouble(endMs: number): void {
    const { time } = this;
    const next = () => {
      if (time.nowMs >= endMs - 1_000) return;
      const what = time.between(0, 9);
      if (what < 2) this.#crash("payer");
      else if (what < 4) this.#crash("hub");
      else if (what < 6) this.#crash("terminal");
      else if (what < 8) this.#payer?.link?.cut();
      else this.#hub?.link?.cut();
      time.after(time.between(1_000, 20_000), next);
    };
    time.after(time.between(200, 10_000), next);
  }

  #end(who: "payer" | "hub", life: Life): void {
    if (life.alive && !this.#calm) this.#crash(who);
  }

  #crash(who: "payer" | "hub" | "terminal"): void {
    const life = who === "payer" ? this.#payer : who === "hub" ? this.#hub : this.#terminal;
    if (life === null) return;
    this.crashes += 1;
    life.alive = false;
    life.store.crash();
    if (this.time.chance(0.3)) life.disk.redeem();
    if (who === "payer") this.#payer = null;
    if (who === "hub") this.#hub = null;
    if (who === "terminal") this.#terminal = null;
    this.time.after(this.time.between(10, 15_000), () => {
      if (who === "payer") this.#startPayer();
      if (who === "hub") this.#startHub();
      if (who === "terminal") this.#startTerminal();
    });
  }

  /** Session after session: a cut one is replaced a little later. */
  #keepLinked(life: PayerLife | HubLife, far: () => FarEnd | null, hop: string): void {
    const { time } = this;
    const look = () => {
      if (!life.alive) return;
      if (life.payer !== null && (life.link === null || !life.link.up)) {
        if (life.link !== null) life.payer.detach(life.link);
        life.link = simLink(
          time,
          () => this.#calm ? CALM : this.#weather,
          far,
          (packet) => this.#onSend(hop, life, packet),
          () => life.alive,
        );
        const link = life.link;
        void life.payer.attach(
          this.mutant === "payer_clock_closes" && hop === "a" ? impatient(link, time) : link,
        );
      }
      time.after(time.between(200, 3_000), look);
    };
    time.after(time.between(1, 100), look);
  }

  /** A nonce always has the same bytes, and no packet is sent before it is durable. */
  #onSend(hop: string, life: PayerLife | HubLife, packet: SentPacket): void {
    const { nonce } = JSON.parse(new TextDecoder().decode(packet.claim)) as { nonce: number };
    const disk = hop === "a" ? this.disks.payer : this.disks.hub;
    const row = disk.out.get(`${hop === "a" ? CHANNEL_A : CHANNEL_B}/${nonce}`);
    const digest = createHash("sha256").update(packet.claim).update(packet.prepare).digest("hex");
    const before = this.#sent.get(`${hop}/${nonce}`);
    this.#sent.set(`${hop}/${nonce}`, digest);
    if (!life.alive) this.#troubles.push(new Error("a dead process sent"));
    if (row === undefined) this.#troubles.push(new Error(`${hop}/${nonce} left before write 1`));
    if (before !== undefined && before !== digest) {
      this.#troubles.push(new Error(`${hop}/${nonce} was sent with other bytes`));
    }
  }

  #startPayer(): void {
    const life = this.#payer = new PayerLife(this.disks.payer, this.time, this.#diskFailure);
    void Payer.open({
      channelId: CHANNEL_A,
      peer: ADDRESS.hub,
      peerRule: "credit",
      windowUnits: WINDOW,
      askAgainMs: ASK_AGAIN,
    }, {
      store: life.store,
      lane: life.lane,
      claims: claimsOf(
        CHANNEL_A,
        ADDRESS.payer,
        life,
        this.time,
        this.mutant,
        () => this.#end("payer", life),
      ),
      codec: interledgerWire,
      timers: life.timers,
      log: () => {},
    }).then((payer) => {
      life.payer = payer;
      this.#keepLinked(life, () => this.#hubEnd(), "a");
      for (let at = 0; at < IN_FLIGHT; at++) void this.#caller(life, at);
    });
  }

  /** Pays every sixteenth obligation, one after another, and repeats each until it gets an outcome. */
  async #caller(life: PayerLife, first: number): Promise<void> {
    for (let at = first; at < PAYMENTS; at += IN_FLIGHT) {
      const data = new TextEncoder().encode(`payment ${this.seed} ${at}`);
      const obligation = `write:${at}`;
      for (let attempt = 0; attempt < 6; attempt++) {
        const told = this.told.get(obligation) ?? [];
        this.told.set(obligation, told);
        if (told.some((outcome) => outcome.state === "fulfilled")) break;
        if (told.filter((outcome) => outcome.state === "refused").length >= 3) break;
        const patience = new AbortController();
        if (this.time.chance(0.3)) {
          life.timers.after(this.time.between(1_000, 60_000), () => patience.abort());
        }
        const outcome = await life.payer!.pay({
          amount: BigInt(100 + (at * 37) % 900),
          obligation,
          destination: "test.hub.terminal",
          data,
          condition: new Uint8Array(createHash("sha256").update(fulfilmentOf(data)).digest()),
          expiresInMs: 30_000,
        }, { signal: patience.signal });
        if (!life.alive) return;
        told.push(outcome);
        if (outcome.state === "unknown") await life.sleep(5_000);
      }
    }
  }

  #startHub(): void {
    const life = this.#hub = new HubLife(this.disks.hub, this.time, this.#diskFailure);
    const { time, mutant, colluding } = this;
    void openHub(life, { time, mutant, colluding, onEnd: () => this.#end("hub", life) })
      .then(() => this.#keepLinked(life, () => this.#terminalEnd(), "b"));
  }

  #startTerminal(): void {
    const { time, colluding, effects } = this;
    const life = this.#terminal = new TerminalLife(this.disks.terminal, time, this.#diskFailure);
    void openTerminal(life, { time, colluding, effects, isCalm: () => this.#calm });
  }

  #hubEnd(): FarEnd | null {
    const life = this.#hub;
    if (life === null || !life.open) return null;
    const end = farEnd(life, CHANNEL_A);
    if (this.mutant !== "r00_while_unknown") return end;
    return {
      ...end,
      receive: (packet) =>
        Promise.race([
          end.receive(packet),
          new Promise<LinkAnswer>((resolve) => {
            const leftMs = Math.max(0, expiryOf(packet) - this.time.nowMs);
            life.timers.after(leftMs, () => resolve(timedOut("test.hub")));
          }),
        ]),
    };
  }

  #terminalEnd(): FarEnd | null {
    const life = this.#terminal;
    if (life === null || !life.open) return null;
    const end = farEnd(life, CHANNEL_B);
    if (this.mutant !== "expiry_before_table") return end;
    return {
      ...end,
      receive: (packet) =>
        expiryOf(packet) <= this.time.nowMs
          ? Promise.resolve(timedOut("test.hub.terminal"))
          : end.receive(packet),
    };
  }
}
