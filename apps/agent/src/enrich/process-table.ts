/**
 * Which process of this machine holds a local end: address → socket → inode → process. Read from /proc when somebody asks for
 * an end that is not known yet, at most a few times a second, never while a packet waits.
 */

import { readdir, readFile, readlink } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { ANY, readSockets, socketKey } from './sockets.ts';

export interface Process {
  readonly pid: number;
  readonly name: string;
}

/** Between two looks at /proc. */
const REFRESH_MILLIS = 300;
/** Ends remembered, gone ones included: their last calls come after they are closed. */
const MAX_ENDS = 65_536;
/** Open files looked at of one process; a server with more is found by its listening socket, which is among the first. */
const MAX_FILES = 4096;
/** An end that was not found is not looked for again for so long: it may be closed, or another machine's. */
const UNKNOWN_MILLIS = 5000;

/** Programs that run others' code: their first argument tells more. */
const interpreters = /^(?:node|python[\d.]*|ruby|perl|php|java|bash|sh|deno|bun|MainThread)$/;

export class ProcessTable {
  readonly #proc: string;
  readonly #now: () => number;
  readonly #byEnd = new Map<string, Process>();
  readonly #byInode = new Map<string, Process>();
  readonly #unknown = new Map<string, number>();
  #local = new Set<string>();
  #refreshing: Promise<void> | undefined;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(proc = '/proc', now: () => number = () => performance.now()) {
    this.#proc = proc;
    this.#now = now;
    this.#readAddresses();
  }

  /** The process at a local end; undefined when it is not known, or not of this machine. */
  find(ip: string, port: number): Process | undefined {
    return (
      this.#byEnd.get(socketKey(ip, port)) ?? (this.#isLocal(ip) ? this.#byEnd.get(socketKey(ANY, port)) : undefined)
    );
  }

  /** Is it worth a look at /proc to know this end? */
  isWorthAsking(ip: string, port: number): boolean {
    if (!this.#isLocal(ip) || this.find(ip, port) !== undefined) return false;
    const since = this.#unknown.get(socketKey(ip, port));
    return since === undefined || this.#now() - since > UNKNOWN_MILLIS;
  }

  /** Looks at /proc, not before the last look is old enough; those who ask meanwhile share it. */
  refresh(asked: readonly (readonly [ip: string, port: number])[]): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
      for (const [ip, port] of asked) this.#noteUnknown(ip, port);
    });
    return this.#refreshing;
  }

  #isLocal(ip: string): boolean {
    return this.#local.has(ip) || ip.startsWith('127.');
  }

  #readAddresses(): void {
    this.#local = new Set(
      Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
    );
  }

  #noteUnknown(ip: string, port: number): void {
    const key = socketKey(ip, port);
    if (this.find(ip, port) !== undefined) this.#unknown.delete(key);
    else {
      if (this.#unknown.size >= MAX_ENDS) this.#unknown.clear();
      this.#unknown.set(key, this.#now());
    }
  }

  async #refresh(): Promise<void> {
    const wait = this.#refreshedAt + REFRESH_MILLIS - this.#now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    this.#refreshedAt = this.#now();
    this.#readAddresses();
    const sockets = await readSockets(this.#proc);
    const inodes = new Set(sockets.values());
    for (const inode of this.#byInode.keys()) if (!inodes.has(inode)) this.#byInode.delete(inode);
    const wanted = new Set([...inodes].filter((inode) => !this.#byInode.has(inode)));
    if (wanted.size > 0) await this.#findHolders(wanted);
    for (const [end, inode] of sockets) {
      const holder = this.#byInode.get(inode);
      if (holder !== undefined) this.#remember(end, holder);
    }
  }

  #remember(end: string, holder: Process): void {
    this.#byEnd.delete(end);
    if (this.#byEnd.size >= MAX_ENDS) {
      const oldest = this.#byEnd.keys().next();
      if (oldest.done !== true) this.#byEnd.delete(oldest.value);
    }
    this.#byEnd.set(end, holder);
  }

  /** Looks through the open files of every process for these sockets. Processes of other users are closed books. */
  async #findHolders(wanted: Set<string>): Promise<void> {
    const pids = (await readdir(this.#proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      if (wanted.size === 0) return;
      const files = await readdir(`${this.#proc}/${pid}/fd`).catch(() => []);
      let holder: Process | undefined;
      for (const file of files.slice(0, MAX_FILES)) {
        const target = await readlink(`${this.#proc}/${pid}/fd/${file}`).catch(() => '');
        const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
        if (inode === undefined || !wanted.delete(inode)) continue;
        holder ??= { pid: Number(pid), name: await this.#nameOf(pid) };
        this.#byInode.set(inode, holder);
      }
    }
  }

  /** What a person would call the process: its name, or the script that an interpreter runs. */
  async #nameOf(pid: string): Promise<string> {
    const comm = (await readFile(`${this.#proc}/${pid}/comm`, 'utf8').catch(() => '')).trim();
    const words = (await readFile(`${this.#proc}/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const program = basename(words[0] ?? '');
    if (!interpreters.test(comm) && !interpreters.test(program)) return comm === '' ? program || `pid ${pid}` : comm;
    const script = words.slice(1).find((word) => word !== '' && !word.startsWith('-'));
    return script === undefined ? comm || program : basename(script);
  }
}
