/** What is taken out of calls before they leave a node, and how long calls are kept. */

import type { Settings, SettingsState } from '@kubeshark/contract';
import { ActionIcon, Button, Group, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useHub } from '../../api/context.ts';
import { Panel } from '../../ui/panel.tsx';
import { showFailure, showUndo } from '../../ui/undo.tsx';
import { Overruled } from './overruled.tsx';
import classes from './settings.module.css';

const KEY = ['settings'];
const GIB = 1024 ** 3;

type Rule = Settings['redaction']['rules'][number];

const kinds = [
  { value: 'header', label: 'Header' },
  { value: 'key', label: 'Key' },
  { value: 'pattern', label: 'Pattern' },
];

const ruleOf = (kind: string, text: string): Rule =>
  kind === 'pattern' ? { kind, pattern: text } : { kind: kind === 'key' ? 'key' : 'header', name: text };
const textOf = (rule: Rule): string => (rule.kind === 'pattern' ? rule.pattern : rule.name);

export function Keeping() {
  const { api } = useHub();
  const client = useQueryClient();
  const { data, error } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => api.call('settings', { signal }) });

  const change = async (next: Settings) => {
    try {
      client.setQueryData(KEY, await api.call('changeSettings', { body: next }));
    } catch (failure) {
      void showFailure(failure);
    }
  };
  if (error !== null) {
    return (
      <Panel title="Redaction">
        <p className={classes['text']}>{error.message}</p>
      </Panel>
    );
  }
  if (data === undefined) return null;
  const { redaction, retention } = data;
  const setRules = (rules: readonly Rule[]) => change({ ...data, redaction: { ...redaction, rules: [...rules] } });
  return (
    <>
      <Panel title="Redaction">
        <p className={classes['text']}>
          Values are taken out on the node, before a call is sent or stored, from the next call on. What is stored
          already stays as it is.
        </p>
        <div className={classes['rows']}>
          <Switch
            label="Authorization, cookies, API keys, passwords, tokens, card numbers"
            checked={redaction.defaults}
            onChange={(event) =>
              void change({ ...data, redaction: { ...redaction, defaults: event.currentTarget.checked } })
            }
          />
          {redaction.rules.map((rule, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rules have no identity.
            <Group key={index} gap="xs" wrap="nowrap">
              <span className={classes['kind']}>{kinds.find(({ value }) => value === rule.kind)?.label}</span>
              <code className={classes['rule']}>{textOf(rule)}</code>
              <ActionIcon
                aria-label={`Remove the rule ${textOf(rule)}`}
                onClick={() => {
                  const before = redaction.rules;
                  void setRules(before.filter((_, at) => at !== index));
                  void showUndo('Rule removed', () => void setRules(before));
                }}
              >
                <IconTrash size={15} stroke={1.6} />
              </ActionIcon>
            </Group>
          ))}
          <NewRule onAdd={(rule) => void setRules([...redaction.rules, rule])} />
        </div>
      </Panel>
      <Retention key={JSON.stringify(retention)} settings={data} onChange={(next) => void change(next)} />
    </>
  );
}

function NewRule({ onAdd }: { readonly onAdd: (rule: Rule) => void }) {
  const [kind, setKind] = useState('header');
  const [text, setText] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === '') return;
        onAdd(ruleOf(kind, text.trim()));
        setText('');
      }}
    >
      <Group gap="xs" wrap="nowrap">
        <Select
          aria-label="Kind of rule"
          w={110}
          allowDeselect={false}
          data={kinds}
          value={kind}
          onChange={(next) => next !== null && setKind(next)}
        />
        <TextInput
          aria-label="What to take out"
          placeholder={
            kind === 'pattern'
              ? 'RE2 pattern: iban: [A-Z0-9]+'
              : kind === 'key'
                ? 'Name of a key: ssn'
                : 'Name of a header: X-Customer'
          }
          className={classes['grow']}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" leftSection={<IconPlus size={14} />} disabled={text.trim() === ''}>
          Add
        </Button>
      </Group>
    </form>
  );
}

interface RetentionProps {
  readonly settings: SettingsState;
  readonly onChange: (settings: Settings) => void;
}

function Retention({ settings, onChange }: RetentionProps) {
  const [hours, setHours] = useState<number | string>(settings.retention.hours);
  const [gib, setGib] = useState<number | string>(settings.retention.bytes / GIB);
  const [bodyHours, setBodyHours] = useState<number | string>(settings.retention.bodyHours ?? '');
  const isUsable = Number(hours) > 0 && Number(gib) > 0 && (bodyHours === '' || Number(bodyHours) > 0);
  const retention = {
    hours: Number(hours),
    bytes: Math.round(Number(gib) * GIB),
    ...(bodyHours !== '' && { bodyHours: Number(bodyHours) }),
  };
  return (
    <Panel title="Retention">
      <Overruled settings={settings} of="hub.retention." />
      <div className={classes['rows']}>
        <Group align="flex-end" gap="xs">
          <NumberInput label="Keep for hours" min={1} w={140} value={hours} onChange={setHours} />
          <NumberInput
            label="Keep bodies for hours"
            placeholder="as long"
            min={1}
            w={160}
            value={bodyHours}
            onChange={setBodyHours}
          />
          <NumberInput
            label="Keep at most GiB"
            min={0.1}
            step={1}
            decimalScale={2}
            w={140}
            value={gib}
            onChange={setGib}
          />
          <Button variant="default" disabled={!isUsable} onClick={() => onChange({ ...settings, retention })}>
            Keep so
          </Button>
        </Group>
      </div>
    </Panel>
  );
}
