/** What one person may see and do: asked by every route, and part of every query that is run for them. */

import type { Capability, Me } from '@kubeshark/contract';
import { type Compiled, compile, explain, print } from '@kubeshark/kfl';
import { type Entry, kflSchema, sqlMapping } from '@kubeshark/model';
import { conditionOf } from '@kubeshark/store';
import { HubError } from '../errors.ts';
import { compileFilter, compileText } from '../query/language.ts';
import type { Filter } from '../services.ts';
import { isPlainField, withoutPayloads } from './payload-fields.ts';

export class Access {
  readonly me: Me;
  readonly #capabilities: ReadonlySet<Capability>;
  readonly #scope: Compiled | undefined;

  /** Throws `KS_BAD_QUERY` when the scope is no KFL condition: nothing may be shown then. */
  constructor(me: Me) {
    this.me = me;
    this.#capabilities = new Set(me.capabilities);
    this.#scope = me.scope === undefined ? undefined : compileText(me.scope);
    if (this.#scope !== undefined && (this.#scope.filter === undefined || this.#scope.stages.length > 0))
      throw new HubError('KS_BAD_QUERY', `The access rule’s filter is no condition: ${me.scope}`);
  }

  can(capability: Capability): boolean {
    return this.#capabilities.has(capability);
  }

  require(capability: Capability): void {
    if (!this.can(capability))
      throw new HubError('KS_FORBIDDEN', `The role ${this.me.role} does not allow this (${capability}).`);
  }

  /** Everything may be seen. */
  get isUnscoped(): boolean {
    return this.#scope === undefined;
  }

  /**
   * May packets as they were on the wire be shown? They are not redacted, and a connection carries more than the calls that
   * were asked for: nothing for whoever sees a part of the traffic.
   */
  get seesPackets(): boolean {
    return this.can('raw') && this.isUnscoped;
  }

  /** A whole query, narrowed to what may be seen. Throws `KS_BAD_QUERY` and `KS_FORBIDDEN`. */
  compileText(text: string): Compiled {
    const asked = compileText(text);
    this.#requirePayloadsOf(asked);
    return this.#narrowed(asked);
  }

  /** A condition, narrowed to what may be seen. Throws `KS_BAD_QUERY` and `KS_FORBIDDEN`. */
  compile(text: string): Filter {
    if (this.isUnscoped && this.can('payloads')) return compileFilter(text);
    const { warnings } = compileFilter(text);
    const asked = compileText(text);
    this.#requirePayloadsOf(asked);
    const narrowed = this.#narrowed(asked);
    return { matches: narrowed.predicate, where: conditionOf(narrowed), warnings };
  }

  /** May the values of this field be listed? Throws `KS_FORBIDDEN`. */
  requireField(name: string): void {
    if (!this.can('payloads') && !isPlainField(name))
      throw new HubError('KS_FORBIDDEN', `${name} may hold a payload, which the role ${this.me.role} does not see.`);
  }

  sees(entry: Entry): boolean {
    return this.#scope === undefined || this.#scope.predicate(entry);
  }

  /** The entry as this person sees it; undefined when they do not. */
  present(entry: Entry): Entry | undefined {
    if (!this.sees(entry)) return undefined;
    return this.can('payloads') ? entry : withoutPayloads(entry);
  }

  /** Does the query read what may be a payload? Then its answer may show it. */
  readsPayloads(compiled: Compiled): boolean {
    return explain(compiled, sqlMapping).fields.some((name) => !isPlainField(name));
  }

  #requirePayloadsOf(compiled: Compiled): void {
    if (this.can('payloads')) return;
    for (const name of explain(compiled, sqlMapping).fields) this.requireField(name);
  }

  /** Joined as trees and printed, so that no spelling of the query can reach around the scope. */
  #narrowed(asked: Compiled): Compiled {
    const scope = this.#scope?.tree.filter;
    if (scope === undefined) return asked;
    const { tree } = asked;
    const filter = tree.filter === undefined ? scope : { ...scope, kind: 'and' as const, items: [scope, tree.filter] };
    const narrowed = compile(print({ ...tree, filter }), kflSchema);
    if (!narrowed.isValid)
      throw new HubError('KS_BAD_QUERY', 'The query cannot be joined with what you may see; shorten it.');
    return narrowed;
  }
}
