/** Import and export of queries.yaml; in Queries and in Settings. */

import type { ImportResult } from '@kubeshark/contract';
import { Button, FileButton, Group, List, Modal, Text } from '@mantine/core';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useHub } from '../api/context.ts';
import { savedQueriesQuery } from '../api/saved-queries.ts';
import { saveText } from './save.ts';
import { showFailure } from './undo.tsx';

export function QueriesYaml() {
  const { api } = useHub();
  const client = useQueryClient();
  const [result, setResult] = useState<ImportResult | null>(null);

  const importFile = async (file: File | null) => {
    if (file === null) return;
    try {
      setResult(await api.call('importQueries', { body: { yaml: await file.text() } }));
      await client.invalidateQueries(savedQueriesQuery(api));
    } catch (error) {
      void showFailure(error);
    }
  };
  const exportFile = async () => {
    try {
      const { yaml } = await api.call('exportQueries');
      saveText(yaml, 'queries.yaml', 'application/yaml');
    } catch (error) {
      void showFailure(error);
    }
  };
  return (
    <Group gap={6} wrap="nowrap">
      <FileButton accept=".yaml,.yml,application/yaml" onChange={(file) => void importFile(file)}>
        {(props) => (
          <Button {...props} variant="default" leftSection={<IconUpload size={14} />}>
            Import
          </Button>
        )}
      </FileButton>
      <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => void exportFile()}>
        Export
      </Button>
      {result !== null && (
        <Modal
          opened
          onClose={() => setResult(null)}
          title="Queries imported"
          closeButtonProps={{ 'aria-label': 'Close' }}
        >
          <Text>
            {result.imported.length} {result.imported.length === 1 ? 'query is' : 'queries are'} here now.
          </Text>
          {result.refused.length > 0 && (
            <>
              <Text mt="sm" fw={550}>
                Not imported
              </Text>
              <List size="sm">
                {result.refused.map(({ id, reason }) => (
                  <List.Item key={id}>
                    <b>{id}</b>: {reason}
                  </List.Item>
                ))}
              </List>
            </>
          )}
        </Modal>
      )}
    </Group>
  );
}
