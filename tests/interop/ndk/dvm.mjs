// NDK as a NIP-90 provider or customer. Arguments: role, relay, secret key. What happens is told as JSON lines; a customer takes
// its requests as JSON lines.
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
globalThis.WebSocket ??= WebSocket;
const { default: NDK, NDKPrivateKeySigner, NDKDVMRequest, NDKDVMJobResult, NDKUser } = await import(
  "@nostr-dev-kit/ndk"
);

const [role, url, secret] = process.argv.slice(2);
const tell = (value) => console.log(JSON.stringify(value));
const signer = new NDKPrivateKeySigner(secret);
const ndk = new NDK({ explicitRelayUrls: [url], signer });
await ndk.connect(5_000);
const me = await signer.user();

async function answer(event) {
  const request = NDKDVMRequest.from(event);
  const [, input = ""] = request.getMatchingTags("i")[0] ?? [];
  tell({ request: request.id, input });
  if (input === "for sats") {
    const feedback = request.createFeedback("payment_required");
    feedback.tags.push(["amount", "21000", `lnbc210n1${"q".repeat(60)}`]);
    return await feedback.publish();
  }
  for (const status of ["scheduled", "processing"]) await request.createFeedback(status).publish();
  const result = new NDKDVMJobResult(ndk);
  result.jobRequest = request;
  result.result = input.toUpperCase();
  result.setAmount(0);
  await result.publish();
}

async function ask({ name, kind, provider, inputs, encrypt }) {
  const request = new NDKDVMRequest(ndk);
  request.kind = kind;
  const dvm = new NDKUser({ pubkey: provider });
  dvm.ndk = ndk;
  for (const input of inputs) request.addInput(...input);
  request.addParam("language", "en");
  if (encrypt === undefined) request.dvm = dvm;
  else if (encrypt === "nip44") await request.encryption(dvm, signer);
  else {
    request.content = JSON.stringify(request.getMatchingTags("i"));
    request.removeTag("i");
    request.tag(dvm);
    request.tags.push(["encrypted"]);
    await request.encrypt(dvm, signer, "nip04");
  }
  await request.sign();
  tell({ asked: name, id: request.id });
  ndk.subscribe({ kinds: [7000, kind + 1000], "#e": [request.id] }, { closeOnEose: false }, {
    async onEvent(event) {
      const encrypted = event.getMatchingTags("encrypted").length > 0;
      if (encrypted) await event.decrypt(new NDKUser({ pubkey: event.pubkey }), signer, "nip44");
      const { kind, tags, content, pubkey } = event.rawEvent();
      tell({ to: name, event: { kind, tags, content, pubkey }, encrypted });
    },
  });
  await request.publish();
}

if (role === "provider") {
  ndk.subscribe({ kinds: [5600], "#p": [me.pubkey] }, { closeOnEose: false }, {
    onEvent: (event) => void answer(event).catch((error) => tell({ error: error.message })),
  });
}
tell({ ready: true, pubkey: me.pubkey, npub: me.npub });
for await (const line of createInterface({ input: process.stdin })) {
  await ask(JSON.parse(line)).catch((error) => tell({ error: String(error.stack) }));
}
process.exit(0);
