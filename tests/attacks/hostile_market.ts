/**
 * A network that belongs to the attacker: a relay, a connector and a provider's key that do what a test tells them, and an honest
 * buyer's home with the real program. By default all three are honest, so that each test changes one thing.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { getConversationKey } from "nostr-tools/nip44";
import { type WebSocket, WebSocketServer } from "ws";
import { started } from "../program.ts";
import { devProfile } from "../../network/dev/constitution.ts";
import { CLAIM_PROTOCOL, type Frame, jsonData, protocolDataOf } from "../../protocols/btp/frame.ts";
import { interledgerWire as wire } from "../../protocols/wires/interledger/wire.ts";
import { dataSha256, sharedFulfilment } from "../../protocols/ilp/condition.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { type Filter, matchesAny } from "../../protocols/nostr/filter.ts";
import { REQUEST_KINDS } from "../../protocols/nostr/kinds.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { attackedHome } from "./attacked_home.ts";
import { announcement, KEYS, resultOf } from "./hostile_events.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the connector does with a packet; with `null` it does not answer. */
export type Answer =
  | { readonly fulfilment: Uint8Array; readonly data?: Uint8Array }
  | { readonly code: string; readonly message: string; readonly data?: Uint8Array }
  | null;

/** A packet as the connector sees it. */
export interface Arrived {
  readonly prepare: Prepare;
  readonly event: NostrEvent;
  readonly to: "relay" | "provider" | "other";
  readonly frame: Frame;
  readonly socket: WebSocket;
  /** What an honest connector and terminal would answer. */
  readonly honest: () => Promise<Answer>;
}

/** What a command came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  // deno-lint-ignore no-explicit-any
  readonly document: any;
}

/** The network. `await using` ends it. */
export class HostileMarket {
  readonly folder: string;
  /** What the relay has; a test may put anything there. */
  readonly stored: NostrEvent[] = [];
  /** All packets that arrived, byte for byte. */
  readonly packets: Arrived[] = [];
  readonly questions: Filter[][] = [];
  onRead: (filters: Filter[], events: NostrEvent[]) => readonly unknown[] = (_, events) => events;
  endsStored = true;
  onPacket: (arrived: Arrived) => Promise<Answer> = (arrived) => arrived.honest();
  onPaid: (request: NostrEvent) => void | Promise<void> = (request) =>
    this.publish(resultOf(request, "done"));
  /** The figures that accompany an answer; by default the true ones. */
  figures: (true_: Record<string, unknown>) => Record<string, unknown> = (true_) => true_;
  readonly #figures = { nonce: 0, credited: 0n, spent: 0n };
  readonly #closed = new Map<string, Answer>();
  readonly #live = new Map<WebSocket, Map<string, Filter[]>>();
  readonly #relay: Server = createServer((_, response) => response.writeHead(404).end());
  readonly #connector: Server = createServer();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async start(
    change: (profile: ReturnType<typeof devProfile>) => ReturnType<typeof devProfile> = (p) => p,
  ): Promise<HostileMarket> {
    const market = new HostileMarket(await Deno.makeTempDir({ prefix: "ct" }));
    await market.#listen();
    const port = (server: Server) => (server.address() as AddressInfo).port;
    await attackedHome(market.folder, port(market.#relay), port(market.#connector), change);
    market.stored.push(announcement(KEYS.provider));
    return market;
  }

  /** Runs the buyer's program. Without `--output` among the arguments it prints JSON. */
  async run(...args: string[]): Promise<Ran> {
    const output = args.includes("--output") ? [] : ["--output", "json"];
    const out = await new Deno.Command(Deno.execPath(), {
      args: started([...args, ...output]),
      cwd: ROOT,
      env: { GASTOWN_HOME: this.folder, GASTOWN_MAYOR: "mayor-001" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const [stdout, stderr] = [out.stdout, out.stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    let document = null;
    try {
      document = JSON.parse(stdout);
    } catch {
      // Not JSON: the test looks at the text.
    }
    return { code: out.code, stdout, stderr, document };
  }

  /** Runs a paid `job submit echo --wait` with further arguments. */
  submit(...more: string[]): Promise<Ran> {
    return this.run("job", "submit", "echo", "--input", "hello", "--wait", "--again", ...more);
  }

  /** Stores an event and sends it to all open subscriptions. */
  publish(...events: NostrEvent[]): void {
    for (const event of events) {
      this.stored.push(event);
      for (const [socket, subscriptions] of this.#live) {
        for (const [name, filters] of subscriptions) {
          if (matchesAny(filters, event)) socket.send(JSON.stringify(["EVENT", name, event]));
        }
      }
    }
  }

  /** Ends every connection to the relay. */
  cutRelay(): void {
    for (const socket of this.#live.keys()) socket.terminate();
  }

  /** Sends the buyer the connector's own packet and claim, which a buyer never accepts. */
  ask({ frame, socket }: Arrived): void {
    for (const requestId of [1, frame.requestId]) {
      socket.send(wire.encodeFrame({ ...frame, type: "message", requestId }));
      socket.send(wire.encodeFrame({ ...frame, type: "transfer", requestId, amount: 10n ** 12n }));
    }
  }

  /** Different packets that went to the provider. */
  get paidProvider(): Arrived[] {
    const bytes = new Map<string, Arrived>();
    for (const arrived of this.packets) {
      if (arrived.to === "provider") bytes.set(keyOf(arrived.frame), arrived);
    }
    return [...bytes.values()];
  }

  async log(): Promise<string> {
    return await Deno.readTextFile(`${this.folder}/hooks/mayor-001/crosstown.log`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#relay, this.#connector]) {
      server.closeAllConnections();
      server.close();
    }
    for (const socket of this.#sockets) socket.terminate();
    await Deno.remove(this.folder, { recursive: true });
  }

  readonly #sockets = new Set<WebSocket>();

  async #listen(): Promise<void> {
    const serve = async (server: Server, take: (socket: WebSocket, data: Uint8Array) => void) => {
      const sockets = new WebSocketServer({ server, perMessageDeflate: false });
      sockets.on("connection", (socket) => {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
          this.#live.delete(socket);
          this.#sockets.delete(socket);
        });
        socket.on("message", (data) => take(socket, new Uint8Array(data as ArrayBuffer)));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    };
    await serve(this.#relay, (socket, data) => this.#read(socket, data));
    await serve(this.#connector, (socket, data) => void this.#take(socket, data));
  }

  #read(socket: WebSocket, data: Uint8Array): void {
    const [type, name, ...rest] = JSON.parse(new TextDecoder().decode(data));
    const say = (...message: unknown[]) => socket.send(JSON.stringify(message));
    if (type === "CLOSE") return void this.#live.get(socket)?.delete(name);
    if (type === "EVENT") return say("OK", name.id, true, "");
    if (type !== "REQ") return;
    this.questions.push(rest);
    const found = this.stored.filter((event) => matchesAny(rest, event));
    for (const event of this.onRead(rest, found)) say("EVENT", name, event);
    if (!this.endsStored) return;
    say("EOSE", name);
    const subscriptions = this.#live.get(socket) ?? new Map<string, Filter[]>();
    this.#live.set(socket, subscriptions.set(name, rest));
  }

  async #take(socket: WebSocket, data: Uint8Array): Promise<void> {
    const frame = wire.decodeFrame(data);
    if (frame.type !== "message") return;
    const answer = (fields: Partial<Frame>) =>
      socket.send(wire.encodeFrame({
        type: "response",
        requestId: frame.requestId,
        protocolData: [],
        ...fields,
      }));
    if (protocolDataOf(frame, "claim-state")) {
      return answer({ protocolData: [jsonData("claim-state", { ...this.#state(), claim: null })] });
    }
    if (frame.packet === undefined) return answer({});
    const packet = wire.decodePacket(frame.packet);
    if (packet.type !== "prepare") return;
    const claim = protocolDataOf(frame, CLAIM_PROTOCOL);
    if (claim !== undefined) {
      const { nonce, transferredAmount } = JSON.parse(new TextDecoder().decode(claim.data));
      this.#figures.nonce = Math.max(this.#figures.nonce, Number(nonce));
      const credited = BigInt(transferredAmount);
      if (credited > this.#figures.credited) this.#figures.credited = credited;
    }
    const to = packet.destination === "test.dev.relay"
      ? "relay"
      : packet.destination === "test.dev.provider"
      ? "provider"
      : "other";
    const event = decodeDocument(packet.data).event as NostrEvent;
    const key = keyOf(frame);
    const arrived: Arrived = {
      prepare: packet,
      event,
      to,
      frame,
      socket,
      honest: async () => {
        const stored = this.#closed.get(key);
        if (stored !== undefined) return stored;
        const terminal = to === "relay" ? KEYS.relay : KEYS.provider;
        const conversation = getConversationKey(terminal, event.pubkey);
        const fulfilment = sharedFulfilment(conversation, dataSha256(packet.data));
        this.#closed.set(key, { fulfilment });
        this.#figures.spent += packet.amount;
        if (to === "relay") this.publish(event);
        // Otherwise it is a free question, such as one for a job's log: nobody answers it.
        else if (event.kind >= REQUEST_KINDS.first && event.kind <= REQUEST_KINDS.last) {
          await this.onPaid(event);
        }
        return { fulfilment };
      },
    };
    this.packets.push(arrived);
    const came = await this.onPacket(arrived);
    if (came === null) return;
    this.answer(arrived, came);
  }

  /** Answers a packet; it may be done twice, late, or on another request's id. */
  answer({ frame, socket }: Arrived, came: NonNullable<Answer>, requestId = frame.requestId): void {
    const none = new Uint8Array(0);
    const packet = "fulfilment" in came
      ? wire.encodeFulfill({ data: none, ...came })
      : wire.encodeReject({ triggeredBy: "test.evil", data: none, ...came });
    const ack = jsonData("claim-ack", { result: "accepted", ...this.#state() });
    socket.send(wire.encodeFrame({ type: "response", requestId, protocolData: [ack], packet }));
  }

  #state(): Record<string, unknown> {
    const { nonce, credited, spent } = this.#figures;
    return this.figures({ nonce, credited: String(credited), spent: String(spent), held: "0" });
  }
}

function keyOf(frame: Frame): string {
  return frame.packet!.toHex();
}
