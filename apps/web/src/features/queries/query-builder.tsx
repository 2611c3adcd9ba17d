/** The visual tree: field, operator, value; all or any of; not. Its text is shown as it grows. */

import { ActionIcon, Button, Menu, SegmentedControl, Select, TextInput, Tooltip } from '@mantine/core';
import { IconFolderPlus, IconPlus, IconX } from '@tabler/icons-react';
import {
  type BuilderNode,
  emptyGroup,
  fieldsFor,
  type Group as GroupNode,
  protocolIds,
  quotes,
  type Rule,
  type RuleOperator,
  ruleOperators,
} from '../../editor/builder.ts';
import classes from './queries.module.css';

interface NodeProps<T extends BuilderNode> {
  readonly node: T;
  /** Protocols the query is already limited to: their fields are offered first. */
  readonly protocols: readonly string[];
  readonly onChange: (node: BuilderNode) => void;
  readonly onRemove: () => void;
}

interface QueryBuilderProps {
  readonly root: GroupNode;
  readonly onChange: (root: GroupNode) => void;
}

export function QueryBuilder({ root, onChange }: QueryBuilderProps) {
  const protocols = root.items.flatMap((item) => (item.kind === 'protocol' && !item.negated ? [item.id] : []));
  return (
    <GroupView
      node={root}
      protocols={protocols}
      isRoot
      onChange={(next) => next.kind === 'group' && onChange(next)}
      onRemove={() => onChange(emptyGroup)}
    />
  );
}

const newRule = (field: string): Rule => ({
  kind: 'rule',
  negated: false,
  field,
  operator: '==',
  value: '',
  isText: true,
});

function GroupView({
  node,
  protocols,
  onChange,
  onRemove,
  isRoot = false,
}: NodeProps<GroupNode> & { readonly isRoot?: boolean }) {
  const setItem = (index: number, item: BuilderNode | null) =>
    onChange({ ...node, items: node.items.flatMap((old, at) => (at === index ? (item ?? []) : old)) });
  const add = (item: BuilderNode) => onChange({ ...node, items: [...node.items, item] });
  return (
    <fieldset className={classes['group']} data-root={isRoot || undefined}>
      <legend className={classes['hidden']}>{node.join === 'and' ? 'All of these' : 'Any of these'}</legend>
      <div className={classes['groupHead']}>
        <Negation node={node} onChange={onChange} />
        <SegmentedControl
          aria-label="How the conditions are joined"
          value={node.join}
          onChange={(join) => onChange({ ...node, join: join as 'and' | 'or' })}
          data={[
            { value: 'and', label: 'All of these' },
            { value: 'or', label: 'Any of these' },
          ]}
        />
        <span className={classes['spacer']} />
        {!isRoot && <Remove onRemove={onRemove} />}
      </div>
      {node.items.map((item, index) => (
        <NodeView
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no identity of their own.
          key={index}
          node={item}
          protocols={protocols}
          onChange={(next) => setItem(index, next)}
          onRemove={() => setItem(index, null)}
        />
      ))}
      <div className={classes['adders']}>
        <Menu>
          <Menu.Target>
            <Button variant="default" leftSection={<IconPlus size={14} />}>
              Protocol
            </Button>
          </Menu.Target>
          <Menu.Dropdown mah={320} style={{ overflow: 'auto' }}>
            {protocolIds.map((id) => (
              <Menu.Item key={id} onClick={() => add({ kind: 'protocol', negated: false, id })}>
                {id}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => add(newRule(''))}>
          Condition
        </Button>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconFolderPlus size={14} />}
          onClick={() => add({ ...emptyGroup, join: 'or' })}
        >
          Group
        </Button>
      </div>
    </fieldset>
  );
}

function NodeView({ node, protocols, onChange, onRemove }: NodeProps<BuilderNode>) {
  if (node.kind === 'group')
    return <GroupView node={node} protocols={protocols} onChange={onChange} onRemove={onRemove} />;
  return (
    <div className={classes['rule']}>
      <Negation node={node} onChange={onChange} />
      {node.kind === 'protocol' && (
        <>
          <span className="dim">it is a</span>
          <Select
            aria-label="Protocol"
            w={140}
            searchable
            allowDeselect={false}
            data={protocolIds}
            value={node.id}
            onChange={(id) => id !== null && onChange({ ...node, id })}
          />
          <span className="dim">call</span>
        </>
      )}
      {node.kind === 'text' && (
        <TextInput
          aria-label="Condition as text"
          className={classes['grow']}
          classNames={{ input: 'mono' }}
          value={node.text}
          onChange={(event) => onChange({ ...node, text: event.currentTarget.value })}
        />
      )}
      {node.kind === 'rule' && <RuleFields node={node} protocols={protocols} onChange={onChange} />}
      <span className={classes['spacer']} />
      <Remove onRemove={onRemove} />
    </div>
  );
}

type RuleFieldsProps = Omit<NodeProps<Rule>, 'onRemove'>;

function RuleFields({ node, protocols, onChange }: RuleFieldsProps) {
  const groups = fieldsFor(protocols);
  const isKnown = node.field === '' || groups.some(({ items }) => items.includes(node.field));
  const data = isKnown ? groups : [{ group: 'In the query', items: [node.field] }, ...groups];
  const setField = (field: string) => onChange({ ...node, field, isText: quotes(field, node.value) });
  const setValue = (value: string) => onChange({ ...node, value, isText: quotes(node.field, value) });
  return (
    <>
      <Select
        aria-label="Field"
        placeholder="Field"
        w={230}
        searchable
        allowDeselect={false}
        limit={200}
        data={[...data].map(({ group, items }) => ({ group, items: [...items] }))}
        value={node.field === '' ? null : node.field}
        onChange={(field) => field !== null && setField(field)}
      />
      <Select
        aria-label="Operator"
        w={120}
        allowDeselect={false}
        data={[...ruleOperators]}
        value={node.operator}
        onChange={(operator) => operator !== null && onChange({ ...node, operator: operator as RuleOperator })}
      />
      {node.operator !== 'exists' && (
        <TextInput
          aria-label="Value"
          placeholder="Value"
          className={classes['grow']}
          classNames={{ input: 'mono' }}
          value={node.value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
      )}
    </>
  );
}

function Negation({ node, onChange }: Pick<NodeProps<BuilderNode>, 'node' | 'onChange'>) {
  return (
    <Button
      size="compact-xs"
      variant={node.negated ? 'filled' : 'subtle'}
      color={node.negated ? 'red' : 'gray'}
      aria-pressed={node.negated}
      onClick={() => onChange({ ...node, negated: !node.negated })}
    >
      not
    </Button>
  );
}

function Remove({ onRemove }: { readonly onRemove: () => void }) {
  return (
    <Tooltip label="Remove">
      <ActionIcon size="sm" aria-label="Remove" onClick={onRemove}>
        <IconX size={14} />
      </ActionIcon>
    </Tooltip>
  );
}
