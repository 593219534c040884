/// <reference lib="deno.worker" />
/**
 * The worker of `probe.ts`. Its only permission is one host. It answers one question.
 *
 * @module
 */
import { urlAt } from "../../blobs/blob_reference.ts";
import { HttpClient } from "../../blobs/client/http_client.ts";
import { CONTENT_TYPE, type Frame, protocolDataOf } from "../../protocols/btp/frame.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import {
  type AccountFigures,
  CLAIM_STATE,
  decodeClaimState,
} from "../../money/claims/claim_ack.ts";
import { clockOffsetMs } from "../../base/clock_offset.ts";
import { ClientSocket } from "../../peers/socket/client_socket.ts";
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { detectEncoding } from "../../protocols/toon/decode.ts";
import type { ProbeAnswer, ProbeRequest } from "./probe_question.ts";

const MAX_FRAME_BYTES = 65_536;
const ACCOUNT_ID = 2;
const ACCOUNT_MS = 2_000;

self.onmessage = async ({ data }: MessageEvent<ProbeRequest>) => {
  const startMs = performance.now();
  let answer: Omit<ProbeAnswer, "elapsedMs">;
  try {
    if (data.what === "blobs") answer = await askBlobs(data);
    else answer = data.what === "relay" ? await askRelay(data) : await askConnector(data);
  } catch (error) {
    answer = {
      ok: false,
      state: "unreachable",
      reason: error instanceof Error ? error.message : String(error),
      information: null,
      reading: null,
    };
  }
  self.postMessage({ ...answer, elapsedMs: Math.round(performance.now() - startMs) });
};

/** Asks for a blob that does not exist. A blob server answers that it is missing. */
async function askBlobs(
  { url, timeoutMs }: Extract<ProbeRequest, { what: "blobs" }>,
): Promise<Omit<ProbeAnswer, "elapsedMs">> {
  const http = new HttpClient();
  try {
    const asked = { method: "HEAD", url: urlAt(url, "0".repeat(64)) } as const;
    await using answer = await http.send(asked, AbortSignal.timeout(timeoutMs));
    const ok = answer.status === 404 || answer.status === 200;
    return {
      ok,
      state: ok ? "connected" : "refused",
      reason: ok ? null : `it answers with status ${answer.status}`,
      information: null,
      reading: null,
    };
  } finally {
    http.close();
  }
}

/** Connects and sends one query, so that a web server that is no relay is noticed. */
async function askRelay(
  { url, timeoutMs }: Extract<ProbeRequest, { what: "relay" }>,
): Promise<Omit<ProbeAnswer, "elapsedMs">> {
  using session = openRelaySession({ url });
  // Asked at the same time: the document comes over HTTP, so it may be available even if the WebSocket is not.
  const informationAsked = session.information();
  const connected = new Promise<boolean>((resolve) => {
    const look = () => {
      const { state, attempt, reason } = session.status();
      if (state === "connected") resolve(true);
      else if (state === "closed" || (state === "offline" && (reason !== null || attempt > 0))) {
        resolve(false);
      }
    };
    session.onStatus(look);
    setTimeout(() => resolve(false), timeoutMs);
  });
  const query = session.query([{ limit: 1 }], { timeoutMs, maxEvents: 2, maxBytes: 131_072 });
  if (!await connected) {
    const { reason } = session.status();
    return {
      ok: false,
      state: "unreachable",
      reason: reason ?? `no connection within ${timeoutMs} ms`,
      information: await withTimeout(informationAsked, 500),
      reading: null,
    };
  }
  const askedMs = performance.now();
  const answered = await withTimeout(query, timeoutMs);
  const shown = answered?.documents[0];
  const reading: ProbeAnswer["reading"] = {
    elapsedMs: Math.round(performance.now() - askedMs),
    ended: answered?.ended ?? "timeout",
    reason: answered?.reason ?? null,
    delivery: shown === undefined ? null : detectEncoding(shown.bytes),
  };
  return {
    ok: true,
    state: "connected",
    reason: null,
    clockOffsetMs: session.status().clockOffsetMs,
    information: await withTimeout(informationAsked, timeoutMs),
    reading,
  };
}

/** Connects, signs in if there is a key, and asks for the account if it is wanted. Pays nothing. */
function askConnector(
  { url, auth, wire: name, timeoutMs, account, publicOnly }: Extract<
    ProbeRequest,
    { what: "connector" }
  >,
): Promise<Omit<ProbeAnswer, "elapsedMs">> {
  const wire = wireOf(name);
  return new Promise((resolve) => {
    const socket = new ClientSocket(url.replace(/^btp\+/, ""), {
      maxPayload: MAX_FRAME_BYTES,
      handshakeTimeout: timeoutMs,
      publicOnly,
    });
    let failure: string | null = null;
    let offsetMs: number | null = null;
    const sentAtMs = Date.now();
    const end = (
      ok: boolean,
      state: string,
      reason: string | null,
      figures: AccountFigures | null = null,
    ) => {
      resolve({
        ...{ ok, state, reason, clockOffsetMs: offsetMs },
        ...{ information: null, reading: null, account: figures },
      });
      socket.terminate();
    };
    setTimeout(() => end(false, "unreachable", `no answer within ${timeoutMs} ms`), timeoutMs);
    socket.on("error", (error: Error) => failure = error.message);
    socket.on("close", (code, reason) => {
      end(
        false,
        failure === null ? "refused" : "unreachable",
        failure ?? (reason || `closed with code ${code}`),
      );
    });
    socket.on("open", (date) => {
      offsetMs = clockOffsetMs(date, sentAtMs, Date.now());
      if (auth === null) return end(true, "connected", null);
      socket.send(wire.encodeFrame(wire.authFrame(1, auth)));
    });
    socket.on("message", (data) => {
      try {
        if (typeof data === "string") throw new Error("it answers with text");
        const frame = wire.decodeFrame(data);
        if (frame.requestId === ACCOUNT_ID) {
          return end(true, "signed_in", null, accountIn(frame));
        }
        if (frame.requestId !== 1) return;
        if (frame.type === "response" && account !== undefined) {
          socket.send(wire.encodeFrame(accountQuestion(account.channelId)));
          // A connector without this question may not answer it.
          setTimeout(() => end(true, "signed_in", null), ACCOUNT_MS);
        } else if (frame.type === "response") end(true, "signed_in", null);
        else if (frame.type === "error") {
          end(false, "refused", `${frame.error?.code ?? ""} ${frame.error?.name ?? ""}`.trim());
        }
      } catch (error) {
        end(false, "refused", error instanceof Error ? error.message : String(error));
      }
    });
  });
}

function accountQuestion(channelId: string | null): Frame {
  const question = new TextEncoder().encode(
    channelId === null ? "{}" : JSON.stringify({ channelId }),
  );
  return {
    type: "message",
    requestId: ACCOUNT_ID,
    protocolData: [{ name: CLAIM_STATE, contentType: CONTENT_TYPE.json, data: question }],
  };
}

function accountIn(frame: Frame): AccountFigures | null {
  const entry = protocolDataOf(frame, CLAIM_STATE);
  const state = entry === undefined ? null : decodeClaimState(entry.data);
  if (state === null) return null;
  const { nonce, credited, spent, held } = state;
  return { nonce, credited, spent, held };
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), timeoutMs));
  try {
    return await Promise.race([promise.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
