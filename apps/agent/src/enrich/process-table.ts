/**
 * Which process of this machine holds a local end: address → socket → inode → process. Read from /proc when a conversation
 * begins, so that a process is found before it ends, and when somebody asks for an end that is not known yet.
 */

import { readdirSync, readlinkSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Process } from './process.ts';
import { ANY, readSockets, type Sockets, socketKey } from './sockets.ts';

/** Looking at /proc costs a fiftieth of a core at most: behind each look, fifty times the work that is not saved for. */
const REST_FACTOR = 50;
/** Work saved for while nobody asked: connections that begin together are not all there at the first look. */
const MAX_SAVED_MILLIS = 20;
/** Of that work, reading the tables of sockets; what looking through open files takes is measured. */
const TABLES_MILLIS = 1;
const MIN_REST_MILLIS = 20;
const MAX_REST_MILLIS = 2000;
/** Ends remembered, gone ones included: their last calls come after they are closed. */
const MAX_ENDS = 65_536;
/** Open files looked at of one process; a server with more is found by its listening socket, which is among the first. */
const MAX_FILES = 4096;
/** An end that was not found is not looked for again for so long: it may be closed, or another machine's. */
const UNKNOWN_MILLIS = 5000;

/** Processes looked at before those that are known: one that just began is not known yet. */
const NEWEST_FIRST = 8;

/** Programs that run others' code: their first argument tells more. */
const interpreters = /^(?:node|python[\d.]*|ruby|perl|php|java|bash|sh|deno|bun|MainThread)$/;

/** `/srv/app/main.py`, `gunicorn`, `@scope/tool`: no spaces, brackets or quotes. */
const fileName = /^[\w./@+:~-]{1,255}$/;

export class ProcessTable {
  readonly #proc: string;
  readonly #now: () => number;
  readonly #byEnd = new Map<string, Process>();
  readonly #byInode = new Map<string, Process>();
  readonly #unknown = new Map<string, number>();
  #local = new Set<string>();
  /** Asked for since the last look began. */
  #asked = new Map<string, readonly [ip: string, port: number]>();
  #looking: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  /** Milliseconds that the last look kept this process busy. */
  #worked = 0;
  #restUntil = Number.NEGATIVE_INFINITY;
  /** Milliseconds of work that may be done without a rest, as they were then; negative when more was done. */
  #saved = MAX_SAVED_MILLIS;
  #savedAt: number;

  constructor(proc = '/proc', now: () => number = () => performance.now()) {
    this.#proc = proc;
    this.#now = now;
    this.#savedAt = now();
    this.#readAddresses();
  }

  /** The process at a local end; undefined when it is not known, or not of this machine. */
  find(ip: string, port: number): Process | undefined {
    return (
      this.#byEnd.get(socketKey(ip, port)) ?? (this.isLocal(ip) ? this.#byEnd.get(socketKey(ANY, port)) : undefined)
    );
  }

  /** Is it worth a look at /proc to know this end? */
  isWorthAsking(ip: string, port: number): boolean {
    if (!this.isLocal(ip) || this.find(ip, port) !== undefined) return false;
    const since = this.#unknown.get(socketKey(ip, port));
    return since === undefined || this.#now() - since > UNKNOWN_MILLIS;
  }

  /** A conversation begins: what its first end was called before, when somebody else had the port, is forgotten. */
  began(client: readonly [ip: string, port: number], server: readonly [ip: string, port: number]): void {
    if (this.isLocal(client[0])) {
      this.#byEnd.delete(socketKey(...client));
      this.#unknown.delete(socketKey(...client));
    }
    const ends = [client, server].filter((end) => this.isWorthAsking(...end));
    if (ends.length > 0) void this.ask(ends);
  }

  /** Resolves after a look at /proc that began later than now; those who ask meanwhile share it. */
  ask(ends: readonly (readonly [ip: string, port: number])[]): Promise<void> {
    for (const end of ends) if (this.#asked.size < MAX_ENDS) this.#asked.set(socketKey(...end), end);
    this.#next ??= this.#looking.then(() => {
      this.#looking = this.#look();
      return this.#looking;
    });
    return this.#next;
  }

  isLocal(ip: string): boolean {
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

  async #look(): Promise<void> {
    const wait = this.#restUntil - this.#now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    this.#next = undefined;
    const asked = this.#asked;
    this.#asked = new Map();
    if (asked.size === 0) return;
    this.#worked = TABLES_MILLIS;
    this.#readAddresses();
    const sockets = await readSockets(this.#proc);
    const ends = [...asked].map(([key, [ip, port]]) => {
      const isOwn = sockets.has(key);
      return {
        key: isOwn ? key : socketKey(ANY, port),
        inode: sockets.get(isOwn ? key : socketKey(ANY, port)),
        ip,
        port,
      };
    });
    const wanted = new Set(
      ends.flatMap(({ inode }) => (inode === undefined || this.#byInode.has(inode) ? [] : [inode])),
    );
    if (wanted.size > 0) await this.#findHolders(wanted);
    this.#rememberAll(sockets);
    for (const { ip, port } of ends) this.#noteUnknown(ip, port);
    this.#forgetSockets(sockets);
    this.#rest();
  }

  #rest(): void {
    const at = this.#now();
    const earned = (at - this.#savedAt) / REST_FACTOR;
    this.#saved = Math.min(MAX_SAVED_MILLIS, this.#saved + earned) - this.#worked;
    this.#savedAt = at;
    this.#restUntil = at + Math.min(MAX_REST_MILLIS, Math.max(MIN_REST_MILLIS, -this.#saved * REST_FACTOR));
  }

  /** Not only those that were asked for: a process that holds one end holds others, which are asked for next. */
  #rememberAll(sockets: Sockets): void {
    for (const [end, inode] of sockets) {
      const holder = this.#byInode.get(inode);
      if (holder !== undefined && this.#byEnd.get(end) !== holder) this.#remember(end, holder);
    }
  }

  /** Numbers of sockets are given again. */
  #forgetSockets(sockets: Sockets): void {
    const inodes = new Set(sockets.values());
    for (const inode of this.#byInode.keys()) if (!inodes.has(inode)) this.#byInode.delete(inode);
  }

  #remember(end: string, holder: Process): void {
    this.#byEnd.delete(end);
    if (this.#byEnd.size >= MAX_ENDS) {
      const oldest = this.#byEnd.keys().next();
      if (oldest.done !== true) this.#byEnd.delete(oldest.value);
    }
    this.#byEnd.set(end, holder);
  }

  /**
   * Looks through open files for these sockets: first of processes that hold others, then of all, the newest first, since those
   * are gone soonest. A process at a time without a pause: reading it in turns with other work costs ten times as much.
   * Processes of other users are closed books.
   */
  async #findHolders(wanted: Set<string>): Promise<void> {
    const holders = new Set([...this.#byInode.values()].map(({ pid }) => pid));
    const all = (await readdir(this.#proc).catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
    const others = all.filter((pid) => !holders.has(pid)).sort((a, b) => b - a);
    const newest = others.splice(0, NEWEST_FIRST);
    for (const pid of [...newest, ...holders, ...others]) {
      if (wanted.size === 0) return;
      const began = this.#now();
      const found = socketsOf(`${this.#proc}/${pid}/fd`);
      this.#worked += this.#now() - began;
      if (found.filter((inode) => wanted.delete(inode)).length > 0) {
        const holder = { pid, name: await this.#nameOf(pid) };
        // Of processes that share a socket the first one has it.
        for (const inode of found) if (!this.#byInode.has(inode)) this.#byInode.set(inode, holder);
      }
      await setImmediate();
    }
  }

  /** What a person would call the process: its name, or the script that an interpreter runs. */
  async #nameOf(pid: number): Promise<string> {
    const comm = (await readFile(`${this.#proc}/${pid}/comm`, 'utf8').catch(() => '')).trim();
    const words = (await readFile(`${this.#proc}/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const program = basename(words[0] ?? '');
    if (!interpreters.test(comm) && !interpreters.test(program)) return comm === '' ? program || `pid ${pid}` : comm;
    const script = words.slice(1).find((word) => word !== '' && !word.startsWith('-'));
    // `node -e 'code'` runs no file.
    return script === undefined || !fileName.test(script) ? comm || program : basename(script);
  }
}

/** Inodes of the sockets among a process's open files. */
function socketsOf(folder: string): string[] {
  const inodes: string[] = [];
  try {
    for (const file of readdirSync(folder).slice(0, MAX_FILES)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${file}`))?.[1];
      if (inode !== undefined) inodes.push(inode);
    }
  } catch {
    // It has ended, or is not ours to look into.
  }
  return inodes;
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    // Closed meanwhile.
    return '';
  }
}
