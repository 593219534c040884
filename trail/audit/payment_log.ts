/**
 * `payment_log.jsonl`: one line for each journal entry, appended and synced, mode 0600. A finished day is sealed as
 * `payment_log/2026-02-17.jsonl.gz`, and the log starts again. The days are those of the entries, so the same journal always gives the same
 * files, whatever the clock does.
 *
 * A torn end after a crash is cut off and written again from the journal. Complete lines are never changed, not even those of other programs.
 *
 * @module
 */
import { reached } from "../../base/crash_point.ts";
import { type JournalEntry, journalLine } from "../../store/journal_row.ts";
import { AuditError } from "./audit_error.ts";
import type { JournalPlace } from "./audit_commit.ts";
import { lastLogPlace, lastSealedLine } from "./log_end.ts";
import { openPlainFile } from "../../base/files/plain_file.ts";

/** How many days a sealed day is kept beside the repository, whose history keeps it longer. */
const KEPT_DAYS = 30;

/** The open log. */
export interface PaymentLog {
  /** The entry of the last line; null if there is none. */
  readonly place: JournalPlace | null;
  /** Bytes of a torn line that were cut off when it was opened. */
  readonly repairedBytes: number;
  /**
   * Writes the entries' lines, which are durable when it resolves; returns how many days were sealed. If a system call throws, it rejects,
   * and the log must be closed.
   */
  append(entries: readonly JournalEntry[]): Promise<number>;
  /** Closes the file. */
  close(): void;
}

const DAY_MS = 86_400_000;

/** Opens the log of a folder, and creates it if there is none. Throws AuditError `broken`, or the system's error. */
export async function openPaymentLog(folder: string): Promise<PaymentLog> {
  const path = `${folder}/payment_log.jsonl`;
  const sealedFolder = `${folder}/payment_log`;
  const file = await openPlainFile(path, { read: true, append: true, create: true, mode: 0o600 });
  try {
    await Deno.chmod(path, 0o600);
    const { end, place: last, day: lastDay } = await lastLogPlace(file);
    const { size: found, ino } = await file.stat();
    if (end < found) {
      await file.truncate(end);
      await file.sync();
    }
    let size = end;
    let place = last;
    let day = lastDay;
    const sealed = (await sealedDays(sealedFolder)).at(-1);
    if (sealed !== undefined && (place === null || day === sealed)) {
      const line = await lastSealedLine(`${sealedFolder}/${sealed}.jsonl.gz`);
      if (place === null) place = line;
      // A crash came after the day was sealed and before the log was emptied.
      else if (line.seq === place.seq && line.hash === place.hash) {
        await file.truncate(0);
        await file.sync();
        size = 0;
        day = null;
      }
    }

    const seal = async (): Promise<void> => {
      await Deno.mkdir(sealedFolder, { recursive: true, mode: 0o700 });
      const temporary = `${sealedFolder}/.${day}.tmp`;
      using target = await openPlainFile(temporary, {
        write: true,
        create: true,
        truncate: true,
        mode: 0o600,
      });
      const source = await openPlainFile(path);
      const packed = source.readable.pipeThrough(new CompressionStream("gzip"));
      for await (const chunk of packed) await writeAll(target, chunk);
      await target.sync();
      await Deno.rename(temporary, `${sealedFolder}/${day}.jsonl.gz`);
      await syncFolder(sealedFolder);
      await file.truncate(0);
      await file.sync();
      size = 0;
      day = null;
    };

    const write = async (lines: readonly string[]): Promise<void> => {
      if (lines.length === 0) return;
      const now = await Deno.lstat(path).catch(() => null);
      if (now === null || now.ino !== ino || now.size !== size) {
        throw new AuditError("broken", "payment_log.jsonl was changed by somebody else");
      }
      const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
      try {
        reached("audit.before_log");
        await writeAll(file, bytes);
        reached("audit.log_written");
        await file.syncData();
        reached("audit.logged");
      } catch (error) {
        // A partly written end is cut off, now or at the next opening.
        await file.truncate(size).catch(() => undefined);
        throw error;
      }
      size += bytes.length;
    };

    return {
      get place() {
        return place;
      },
      repairedBytes: found - end,
      async append(entries) {
        let sealedNow = 0;
        let lines: string[] = [];
        let last = place;
        for (const entry of entries) {
          const of = dayOf(entry.atMs);
          if (day !== null && of !== day) {
            await write(lines);
            lines = [];
            await seal();
            await removeOld(sealedFolder, of);
            sealedNow++;
          }
          day = of;
          lines.push(journalLine(entry));
          last = { seq: entry.seq, hash: entry.hash };
        }
        await write(lines);
        place = last;
        return sealedNow;
      },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Sealed days, oldest first, as `2026-02-17`. */
export async function sealedDays(folder: string): Promise<string[]> {
  const days: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const day = /^(\d{4}-\d\d-\d\d)\.jsonl\.gz$/.exec(name)?.[1];
      if (isFile && day !== undefined) days.push(day);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return days.sort();
}

/** Whether a sealed day is too old to keep when the journal has reached `today`. */
export function isPast(day: string, today: string): boolean {
  return Date.parse(today) - Date.parse(day) > KEPT_DAYS * DAY_MS;
}

/** The day of an entry, in UTC. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

async function removeOld(folder: string, today: string): Promise<void> {
  for (const day of await sealedDays(folder)) {
    if (isPast(day, today)) await Deno.remove(`${folder}/${day}.jsonl.gz`);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  } catch {
    // Some systems cannot sync folders.
  }
}
