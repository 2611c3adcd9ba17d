/** Whose traffic is captured, and whether at all. */

import type { Settings, Targeting } from '@kubeshark/contract';
import { Button, Group, Switch, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useHub } from '../../api/context.ts';
import { useMe } from '../../api/me-query.ts';
import { formatCount } from '../../lib/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { showFailure } from '../../ui/undo.tsx';
import { Overruled } from './overruled.tsx';
import classes from './settings.module.css';

const KEY = ['settings'];
/** How soon a change of the pods shows in the count. */
const REFRESH_MILLIS = 5000;

const listOf = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .map((item) => item.trim())
    .filter((item) => item !== '');

type Draft = Record<keyof Omit<Targeting, 'paused'>, string>;
const draftOf = (tap: Targeting): Draft => ({
  namespaces: tap.namespaces.join(', '),
  excludedNamespaces: tap.excludedNamespaces.join(', '),
  regex: tap.regex,
  labelSelector: tap.labelSelector,
  services: tap.services.join(', '),
});
const tapOf = (draft: Draft, paused: boolean): Targeting => ({
  namespaces: listOf(draft.namespaces),
  excludedNamespaces: listOf(draft.excludedNamespaces),
  regex: draft.regex.trim(),
  labelSelector: draft.labelSelector.trim(),
  services: listOf(draft.services),
  paused,
});

const fields: readonly (readonly [keyof Draft, label: string, placeholder: string])[] = [
  ['namespaces', 'Namespaces', 'all; or production, staging'],
  ['excludedNamespaces', 'Not these namespaces', 'kube-system'],
  ['regex', 'Pods whose name has (RE2)', '^cart-'],
  ['labelSelector', 'Pods with labels', 'app=cart, tier in (web, api)'],
  ['services', 'Services', 'cart, shop/checkout'],
];

export function TargetingPanel() {
  const { api } = useHub();
  const client = useQueryClient();
  const { data: me } = useMe();
  const { data, error } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => api.call('settings', { signal }) });
  const { data: cluster } = useQuery({
    queryKey: ['cluster'],
    queryFn: ({ signal }) => api.call('cluster', { signal }),
    refetchInterval: REFRESH_MILLIS,
  });
  if (data === undefined) {
    return error === null ? null : (
      <Panel title="What is captured">
        <p className={classes['text']}>{error.message}</p>
      </Panel>
    );
  }
  const change = async (tap: Targeting) => {
    try {
      const body: Settings = { ...data, tap };
      client.setQueryData(KEY, await api.call('changeSettings', { body }));
      await client.invalidateQueries({ queryKey: ['cluster'] });
    } catch (failure) {
      void showFailure(failure);
    }
  };
  const mayChange = me?.capabilities.includes('change') === true;
  const { tap } = data;
  return (
    <Panel title="What is captured">
      <Overruled settings={data} of="tap." />
      <div className={classes['rows']}>
        <Switch
          label="Capture"
          description="Off: agents stay connected and read no packet."
          disabled={!mayChange}
          checked={!tap.paused}
          onChange={(event) => void change({ ...tap, paused: !event.currentTarget.checked })}
        />
      </div>
      {cluster?.isCluster === true ? (
        <>
          <p className={classes['text']}>
            {tap.paused ? 'Nothing is captured. ' : ''}
            {formatCount(cluster.targets.pods)} of {formatCount(cluster.pods)} pods match
            {cluster.targets.hostNetwork > 0 &&
              `; ${formatCount(cluster.targets.hostNetwork)} of them are on their node's network and cannot be chosen singly`}
            . Pods that come and go are followed.
          </p>
          <Form key={JSON.stringify(tap)} tap={tap} isDisabled={!mayChange} onChange={(next) => void change(next)} />
        </>
      ) : (
        <p className={classes['text']}>Outside of a cluster everything that passes this machine is captured.</p>
      )}
    </Panel>
  );
}

interface FormProps {
  readonly tap: Targeting;
  readonly isDisabled: boolean;
  readonly onChange: (tap: Targeting) => void;
}

function Form({ tap, isDisabled, onChange }: FormProps) {
  const [draft, setDraft] = useState(() => draftOf(tap));
  const isChanged = JSON.stringify(tapOf(draft, tap.paused)) !== JSON.stringify(tap);
  return (
    <form
      className={classes['rows']}
      onSubmit={(event) => {
        event.preventDefault();
        onChange(tapOf(draft, tap.paused));
      }}
    >
      {fields.map(([name, label, placeholder]) => (
        <TextInput
          key={name}
          label={label}
          placeholder={placeholder}
          disabled={isDisabled}
          value={draft[name]}
          onChange={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })}
        />
      ))}
      <Group>
        <Button type="submit" variant="default" disabled={isDisabled || !isChanged}>
          Capture these
        </Button>
      </Group>
    </form>
  );
}
