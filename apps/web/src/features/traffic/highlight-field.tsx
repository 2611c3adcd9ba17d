/** The second filter: it hides nothing, it colours. */

import { ActionIcon, TextInput, Tooltip } from '@mantine/core';
import { IconHighlight, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { loadLanguage } from '../../editor/use-language.ts';
import { useView } from '../../ui/view.ts';

export function HighlightField() {
  const { highlight, setHighlight } = useView();
  const [draft, setDraft] = useState(highlight);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    setDraft(highlight);
    setFault(null);
  }, [highlight]);

  const submit = async () => {
    const { diagnostics, isValid } = (await loadLanguage()).checkQuery(draft);
    setFault(isValid ? null : (diagnostics[0]?.message ?? 'This does not compile'));
    if (isValid) setHighlight(draft);
  };
  return (
    <Tooltip
      label={fault ?? 'Colours the calls that match; hides none'}
      {...(fault !== null && { opened: true, color: 'red' })}
    >
      <TextInput
        w={250}
        leftSection={<IconHighlight size={14} />}
        placeholder="Highlight: response.status >= 500"
        aria-label="Highlight with KFL"
        classNames={{ input: 'mono' }}
        value={draft}
        error={fault !== null}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void submit();
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
        rightSection={
          highlight !== '' && (
            <ActionIcon size="sm" aria-label="Stop highlighting" onClick={() => setHighlight('')}>
              <IconX size={13} />
            </ActionIcon>
          )
        }
      />
    </Tooltip>
  );
}
