/** The engines every store test runs on. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Driver } from '../driver/driver.ts';
import { EmbeddedDriver } from '../driver/embedded.ts';
import { openStore, type Store } from '../store.ts';

export interface TestEngine {
  /** A store on what this engine holds; several may be opened one after the other. */
  open(): Promise<Store>;
  /** The engine without the store around it, while no store is open. */
  driver(): Promise<Driver>;
  dispose(): Promise<void>;
}

async function embedded(): Promise<TestEngine> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'kubeshark-store-'));
  return {
    open: () => openStore({ dataDirectory }),
    driver: () => EmbeddedDriver.open({ dataDirectory }),
    dispose: () => rm(dataDirectory, { recursive: true, force: true }),
  };
}

export const engines: readonly (readonly [name: string, start: () => Promise<TestEngine>])[] = [['chdb', embedded]];
