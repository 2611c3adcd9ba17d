/** Monaco with KFL in it: the one place that knows both. Offsets of ours become positions of theirs here. */

import * as monaco from 'monaco-editor/editor';
import EditorWorker from 'monaco-editor/editor/editor.worker?worker';
import 'monaco-editor/features/bracketMatching/register';
import 'monaco-editor/features/clipboard/register';
import 'monaco-editor/features/hover/register';
import 'monaco-editor/features/placeholderText/register';
import 'monaco-editor/features/suggest/register';
import 'monaco-editor/features/wordOperations/register';
// The feature above does not bring the list of suggestions with it (0.57.0).
import 'monaco-editor/editor/contrib/suggest/browser/suggestController';
import { type CompletionKind, complete, hover, tokens } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';
import { checkQuery } from './language.ts';

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };

const LANGUAGE = 'kfl';

const { CompletionItemKind } = monaco.languages;
const kinds: Readonly<Record<CompletionKind, monaco.languages.CompletionItemKind>> = {
  field: CompletionItemKind.Field,
  protocol: CompletionItemKind.Module,
  operator: CompletionItemKind.Operator,
  keyword: CompletionItemKind.Keyword,
  stage: CompletionItemKind.Keyword,
  value: CompletionItemKind.Value,
  function: CompletionItemKind.Function,
  aggregate: CompletionItemKind.Function,
};

/** The values a field has had lately, most frequent first. */
export type FieldValues = (field: string, prefix: string) => Promise<readonly string[]>;

/** Replaced by each editor with one that asks the hub. */
let values: FieldValues = async () => [];

function rangeOf(model: monaco.editor.ITextModel, start: number, end: number): monaco.Range {
  const [from, to] = [model.getPositionAt(start), model.getPositionAt(end)];
  return new monaco.Range(from.lineNumber, from.column, to.lineNumber, to.column);
}

const statelessly: monaco.languages.IState = { clone: () => statelessly, equals: () => true };

let isRegistered = false;

function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  monaco.languages.register({ id: LANGUAGE });
  monaco.languages.setLanguageConfiguration(LANGUAGE, {
    comments: { lineComment: '#' },
    brackets: [
      ['(', ')'],
      ['[', ']'],
    ],
    autoClosingPairs: [
      { open: '(', close: ')' },
      { open: '[', close: ']' },
      { open: '"', close: '"', notIn: ['string'] },
      { open: "'", close: "'", notIn: ['string'] },
    ],
    wordPattern: /[A-Za-z_][\w.]*/,
  });
  monaco.languages.setTokensProvider(LANGUAGE, {
    getInitialState: () => statelessly,
    // Only a text in backquotes may go over the end of its line; it loses its colour there.
    tokenize: (line) => ({
      endState: statelessly,
      tokens: tokens(line, kflSchema).map(({ kind, start }) => ({ startIndex: start, scopes: kind })),
    }),
  });
  monaco.languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: ['.', ' ', '"', '|', '='],
    async provideCompletionItems(model, position) {
      const offset = model.getOffsetAt(position);
      const { start, end, items } = await complete(model.getValue(), offset, {
        schema: kflSchema,
        values: (field, prefix) => values(field, prefix),
      });
      const range = rangeOf(model, start, end);
      return {
        suggestions: items.map(({ label, kind, insert, detail, doc }, index) => ({
          label,
          kind: kinds[kind],
          insertText: insert,
          // Values are found by what was typed, quotes or none.
          filterText: model.getValueInRange(range) + label,
          ...(detail !== undefined && { detail }),
          ...(doc !== undefined && { documentation: doc }),
          // In the order given: best first.
          sortText: String(index).padStart(5, '0'),
          range,
        })),
        // What fits is decided by the language for every key, not filtered here.
        incomplete: true,
      };
    },
  });
  monaco.languages.registerHoverProvider(LANGUAGE, {
    provideHover(model, position) {
      const found = hover(model.getValue(), model.getOffsetAt(position), kflSchema);
      if (found === undefined) return undefined;
      const { start, end, title, doc, example } = found;
      const lines = [`**${title}**`, doc, ...(example === undefined ? [] : [`\`${example}\``])];
      return { range: rangeOf(model, start, end), contents: [{ value: lines.join('\n\n') }] };
    },
  });
}

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Dresses Monaco in the tokens as they are now. */
export function dress(isDark: boolean): void {
  const ink = (name: string) => token(name).slice(1);
  monaco.editor.defineTheme('kubeshark', {
    base: isDark ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      { token: 'field', foreground: ink('--code-key') },
      { token: 'protocol', foreground: ink('--accent'), fontStyle: 'bold' },
      { token: 'string', foreground: ink('--code-string') },
      { token: 'number', foreground: ink('--code-number') },
      { token: 'regex', foreground: ink('--code-string') },
      { token: 'keyword', foreground: ink('--code-keyword') },
      { token: 'stage', foreground: ink('--code-keyword') },
      { token: 'function', foreground: ink('--info') },
      { token: 'operator', foreground: ink('--text-dim') },
      { token: 'comment', foreground: ink('--code-comment') },
    ],
    colors: {
      'editor.background': token('--bg'),
      'editor.foreground': token('--text'),
      'editor.placeholder.foreground': token('--text-faint'),
      'editorSuggestWidget.background': token('--raised'),
      'editorSuggestWidget.border': token('--border-strong'),
      'editorHoverWidget.background': token('--raised'),
      'editorHoverWidget.border': token('--border-strong'),
      focusBorder: '#00000000',
    },
  });
  monaco.editor.setTheme('kubeshark');
}

export interface KflEditorOptions {
  readonly text: string;
  readonly placeholder: string;
  readonly values: FieldValues;
  readonly onChange: (text: string) => void;
  readonly onApply: (text: string) => void;
  readonly onEscape: () => void;
  readonly onHeight: (pixels: number) => void;
}

export interface KflEditor {
  readonly setText: (text: string) => void;
  readonly focus: () => void;
  readonly dispose: () => void;
}

/** One line that grows with its text; Enter applies, Shift+Enter makes a line. */
export function createKflEditor(host: HTMLElement, options: KflEditorOptions): KflEditor {
  register();
  values = options.values;
  const editor = monaco.editor.create(host, {
    value: options.text,
    language: LANGUAGE,
    ariaLabel: 'KFL query',
    placeholder: options.placeholder,
    automaticLayout: true,
    minimap: { enabled: false },
    lineNumbers: 'off',
    glyphMargin: false,
    folding: false,
    lineDecorationsWidth: 0,
    lineNumbersMinChars: 0,
    overviewRulerLanes: 0,
    hideCursorInOverviewRuler: true,
    renderLineHighlight: 'none',
    scrollBeyondLastLine: false,
    wordWrap: 'on',
    wrappingStrategy: 'advanced',
    scrollbar: { vertical: 'auto', horizontal: 'hidden', alwaysConsumeMouseWheel: false, verticalScrollbarSize: 8 },
    fontFamily: token('--font-mono'),
    fontSize: 13,
    lineHeight: 20,
    padding: { top: 5, bottom: 5 },
    fixedOverflowWidgets: true,
    suggest: { showIcons: true, showStatusBar: false, preview: false },
    quickSuggestions: true,
    wordBasedSuggestions: 'off',
    contextmenu: false,
    occurrencesHighlight: 'off',
    tabFocusMode: true,
  });
  const model = editor.getModel()!;
  const mark = () => {
    const { diagnostics } = checkQuery(model.getValue());
    monaco.editor.setModelMarkers(
      model,
      LANGUAGE,
      diagnostics.map(({ start, end, message, severity }) => {
        const { startLineNumber, startColumn, endLineNumber, endColumn } = rangeOf(
          model,
          start,
          Math.max(end, start + 1),
        );
        const level = severity === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning;
        return { startLineNumber, startColumn, endLineNumber, endColumn, message, severity: level };
      }),
    );
  };
  editor.onDidChangeModelContent(() => {
    mark();
    options.onChange(model.getValue());
  });
  editor.onDidContentSizeChange(({ contentHeight }) => options.onHeight(contentHeight));
  const apply = () => options.onApply(model.getValue());
  // With the list of suggestions open, Enter takes the one that is chosen.
  editor.addCommand(monaco.KeyCode.Enter, apply, '!suggestWidgetVisible');
  editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, apply);
  editor.addCommand(monaco.KeyMod.Shift | monaco.KeyCode.Enter, () =>
    editor.trigger('keyboard', 'type', { text: '\n' }),
  );
  editor.addCommand(monaco.KeyCode.Escape, options.onEscape, '!suggestWidgetVisible');
  mark();
  options.onHeight(editor.getContentHeight());
  return {
    setText: (text) => {
      if (text !== model.getValue()) editor.setValue(text);
    },
    focus: () => editor.focus(),
    dispose: () => {
      editor.dispose();
      model.dispose();
    },
  };
}
