/**
 * A command's client of a home. It hides which process serves the home: this one, or another one that holds it. If that process ends before
 * it has answered, the client asks the next process that serves the home, or opens the home itself.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type {
  HomeApi,
  HomeCall,
  NewJob,
  NewSequence,
  NewThird,
  NewVerification,
} from "../../home/client/home_api.ts";
import type { BlobProgress } from "../../market/blobs/blobs.ts";
import type { MessageWork } from "../../market/messages/messages.ts";
import type { ChannelManagerWork } from "../../money/channels/channel_work.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import type { Invocation } from "../command.ts";
import { HomeAsker } from "./home_asker.ts";
import { connectHome } from "./home_connection.ts";
import { checkServes, type HomeNeeds } from "./home_needs.ts";
import type { HomeAbout } from "./home_about.ts";

type Asked<Method extends keyof HomeApi> = Parameters<HomeApi[Method]>[0];
type Caller = Pick<Invocation, "globals" | "io" | "output" | "signal">;

/** Connects to the home's process, or opens the home here. Throws what {@link connectHome} throws; what {@link checkServes} throws. */
export async function openHomeClient(
  caller: Caller,
  config: Config,
  needs: HomeNeeds = {},
): Promise<HomeClient> {
  const client = new HomeClient(caller, config, needs);
  await client.open();
  return client;
}

/** The client. See the module. It must be disposed of. */
export class HomeClient implements HomeApi, AsyncDisposable {
  readonly #caller: Caller;
  readonly #needs: HomeNeeds;
  readonly #asker: HomeAsker;

  /** Serves nothing before {@link open}. */
  constructor(caller: Caller, config: Config, needs: HomeNeeds, connect = connectHome) {
    this.#caller = caller;
    this.#needs = needs;
    this.#asker = new HomeAsker(async () => {
      const connection = await connect(caller, config, {
        fits: () => true,
        sends: false,
        recipient: null,
        writes: true,
        opens: "home",
        ...needs,
      });
      try {
        checkServes(connection, needs, config);
      } catch (error) {
        await connection.end();
        throw error;
      }
      return connection;
    }, caller.signal);
  }

  /** Connects. */
  open(): Promise<void> {
    return this.#asker.open();
  }

  /** The process that serves the home now. */
  get about(): HomeAbout {
    return this.#asker.now.about;
  }

  /** The other arguments of a call: this command's signal, and the callback for progress. */
  call<Progress = never>(
    progress: (value: Progress) => void = () => undefined,
  ): HomeCall<Progress> {
    return { signal: this.#caller.signal, progress };
  }

  /** Reads from the home's store. Writes nothing. */
  read<Answer>(ask: (store: Store) => Promise<Answer>): Promise<Answer> {
    return this.#asker.read(ask);
  }

  async announcements(
    asked: { readonly kinds: readonly number[]; readonly provider: string | null },
    call = this.call(),
  ) {
    return await this.#asker.ask((api) => api.announcements(asked, call));
  }

  async prepareJob(asked: null = null, call = this.call()): Promise<void> {
    await this.#asker.ask((api) => api.prepareJob(asked, call));
  }

  async buildRequest(asked: Asked<"buildRequest">, call = this.call()) {
    return await this.#asker.ask((api) => api.buildRequest(asked, call));
  }

  async assignRequest(asked: Asked<"assignRequest">, call = this.call()) {
    return await this.#asker.ask((api) => api.assignRequest(asked, call));
  }

  async quotes(asked: Asked<"quotes">, call = this.call()) {
    return await this.#asker.ask((api) => api.quotes(asked, call));
  }

  /** A process that ended before its answer may have made the job. So the client looks for the job before it submits it again. */
  async submitJob(job: NewJob, call = this.call()): Promise<void> {
    await this.#asker.ask((api) => api.submitJob(job, call), () => this.#isMade(job));
  }

  async #isMade({ row }: NewJob): Promise<boolean> {
    return await this.read((store) => store.getJobByEvent(row.eventId, "buyer")) !== null;
  }

  /** As {@link submitJob}: either all its jobs were made or none. */
  async submitVerification(asked: NewVerification, call = this.call()): Promise<void> {
    await this.#asker.ask(
      (api) => api.submitVerification(asked, call),
      () => this.#isMade(asked.jobs[0]),
    );
  }

  /** As {@link submitJob}. */
  async submitThird(asked: NewThird, call = this.call()): Promise<void> {
    await this.#asker.ask((api) => api.submitThird(asked, call), () => this.#isMade(asked.job));
  }

  /** See HomeApi. Storing again changes nothing. */
  async storeJudgement(asked: Asked<"storeJudgement">, call = this.call()): Promise<void> {
    await this.#asker.ask((api) => api.storeJudgement(asked, call));
  }

  /** See HomeApi. Accepting again changes nothing. */
  async acceptAnswers(asked: Asked<"acceptAnswers">, call = this.call()): Promise<void> {
    await this.#asker.ask((api) => api.acceptAnswers(asked, call));
  }

  async untilJobs(asked: Asked<"untilJobs">, call: HomeCall<JobRow> = this.call<JobRow>()) {
    return await this.#asker.ask((api) => api.untilJobs(asked, call));
  }

  async untilJob(asked: Asked<"untilJob">, call: HomeCall<JobRow> = this.call<JobRow>()) {
    return await this.#asker.ask((api) => api.untilJob(asked, call));
  }

  async jobLog(asked: Asked<"jobLog">, call = this.call()) {
    return await this.#asker.ask((api) => api.jobLog(asked, call));
  }

  /** The call is not repeated, because storage may have been ordered. */
  async putBlob(asked: Asked<"putBlob">, call = this.call<BlobProgress>()) {
    return await (await this.#asker.next()).api.putBlob(asked, call);
  }

  async fetchBlob(asked: Asked<"fetchBlob">, call = this.call()) {
    return await this.#asker.ask((api) => api.fetchBlob(asked, call));
  }

  async denyResult(asked: Asked<"denyResult">, call = this.call()) {
    await this.#asker.ask((api) => api.denyResult(asked, call));
  }

  /** See HomeApi. Asking again changes nothing. */
  turnJob(asked: Asked<"turnJob">, call = this.call()) {
    return this.#asker.ask((api) => api.turnJob(asked, call));
  }

  /** See HomeApi. A key is sold once, whatever was asked. */
  payKey(asked: Asked<"payKey">, call = this.call()) {
    return this.#asker.ask((api) => api.payKey(asked, call));
  }

  /** See HomeApi. A process that ended before its answer may have paid, so a job that is being paid is not paid again. */
  payQuote(asked: Asked<"payQuote">, call = this.call()) {
    return this.#asker.ask((api) => api.payQuote(asked, call), async () => {
      const row = await this.read((store) => store.getJob(asked.jobId, "buyer"));
      return row !== null && row.amountUnits > 0n;
    });
  }

  /** See HomeApi. Asking again changes nothing. */
  topUpJob(asked: Asked<"topUpJob">, call = this.call()) {
    return this.#asker.ask((api) => api.topUpJob(asked, call));
  }

  /** Returns `queued` if a process cancelled the job and then ended. */
  async cancelJob(asked: Asked<"cancelJob">, call = this.call()) {
    let over = false;
    const told = await this.#asker.ask((api) => api.cancelJob(asked, call), async () => {
      const row = await this.read((store) => store.getJob(asked.jobId, "buyer"));
      return over = row !== null && isEnded(row.status);
    });
    return over ? "queued" : told!;
  }

  async repeatCallback(asked: Asked<"repeatCallback">, call = this.call()) {
    return await this.#asker.ask((api) => api.repeatCallback(asked, call));
  }

  async refreshJobs(asked: { readonly jobIds: readonly string[] }, call = this.call()) {
    return await this.#asker.ask((api) => api.refreshJobs(asked, call));
  }

  /** As {@link submitJob}. */
  async submitSequence(sequence: NewSequence, call = this.call()): Promise<void> {
    await this.#asker.ask(
      (api) => api.submitSequence(sequence, call),
      async () => await this.read((store) => store.sequence(sequence.row.sequenceId)) !== null,
    );
  }

  async untilSequence(
    asked: Asked<"untilSequence">,
    call: HomeCall<SequenceState> = this.call<SequenceState>(),
  ) {
    return await this.#asker.ask((api) => api.untilSequence(asked, call));
  }

  async tendSequence(asked: { readonly sequenceId: string }, call = this.call<SequenceState>()) {
    return await this.#asker.ask((api) => api.tendSequence(asked, call));
  }

  async cancelSequence(asked: Asked<"cancelSequence">, call = this.call()) {
    return await this.#asker.ask((api) => api.cancelSequence(asked, call));
  }

  async pause(asked: Asked<"pause">, call = this.call()) {
    return await this.#asker.ask((api) => api.pause(asked, call));
  }

  async retryDocument(asked: { readonly quarantineId: number }, call = this.call()) {
    await this.#asker.ask((api) => api.retryDocument(asked, call));
  }

  async removeOld(asked: { readonly beforeMs: number }, call = this.call()) {
    return await this.#asker.ask((api) => api.removeOld(asked, call));
  }

  /** A call that spends is not repeated. It rejects with `closed`. */
  async channel<Work extends ChannelManagerWork>(work: Work, call = this.call()) {
    return work.op === "list" || work.op === "plan"
      ? await this.#asker.ask((api) => api.channel(work, call))
      : await (await this.#asker.next()).api.channel(work, call);
  }

  async watchChannels(asked: null = null, call = this.call()): Promise<void> {
    await this.#asker.ask((api) => api.watchChannels(asked, call));
  }

  /** Sending is not repeated, because the message may have been sent. It then rejects with `closed`. */
  async message<Work extends MessageWork>(work: Work, call = this.call()) {
    if (work.op === "list") return await this.#asker.ask((api) => api.message(work, call));
    return await (await this.#asker.next()).api.message(work, call);
  }

  /** This call is not repeated, because the event may have been paid. */
  async probe(asked: Asked<"probe">, call = this.call()) {
    return await (await this.#asker.next()).api.probe(asked, call);
  }

  async priceMoney(asked: Asked<"priceMoney">, call = this.call()) {
    return await this.#asker.ask((api) => api.priceMoney(asked, call));
  }

  /** This call is never repeated. It rejects with `closed` if the transaction may have been signed. */
  async moveMoney(asked: Asked<"moveMoney">, call = this.call()) {
    return await (await this.#asker.next()).api.moveMoney(asked, call);
  }

  /** Same as above. Asks for the wallet's passphrase if the signer was started without this recipient. */
  async moveMoneyWith(asked: Asked<"priceMoney">, passphrase: (role: string) => Promise<string>) {
    const { here, about } = await this.#asker.next();
    const known = here || (this.#needs.recipient ?? null) === null;
    return await this.moveMoney({
      call: asked,
      passphrase: known ? null : await passphrase(about.role),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#asker.end();
  }
}
