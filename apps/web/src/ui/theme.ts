/** Mantine dressed in our tokens: its own palette is only reached through the variables set here. */

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const sea: MantineColorsTuple = [
  '#e5f7fa',
  '#c9ecf1',
  '#9adce5',
  '#68cbd8',
  '#4cc3d3',
  '#2ea6b8',
  '#12798a',
  '#0b7285',
  '#095d6d',
  '#064753',
];

/** Mantine's neutral scale for dark surfaces, in the hue of our own. */
const dark: MantineColorsTuple = [
  '#e4e9f0',
  '#c3ccd8',
  '#9aa7b8',
  '#8090a3',
  '#34404f',
  '#232b37',
  '#191f28',
  '#12161d',
  '#0e1218',
  '#0c0f14',
];

export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: { light: 7, dark: 6 },
  colors: { sea, dark },
  fontFamily: 'var(--font-ui)',
  fontFamilyMonospace: 'var(--font-mono)',
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '14px' },
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '15px', xl: '18px' },
  spacing: { xs: '6px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  headings: { fontWeight: '600' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'md' } },
    TextInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 350, fz: 12 } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-start', withinPortal: true } },
    Popover: { defaultProps: { shadow: 'md', withinPortal: true } },
  },
});

const variables = {
  '--mantine-color-body': 'var(--panel)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text-dim)',
  '--mantine-color-placeholder': 'var(--text-faint)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-default': 'var(--raised)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--border)',
  '--mantine-color-error': 'var(--error)',
  '--mantine-color-gray-light-color': 'var(--text-dim)',
  '--mantine-color-gray-light-hover': 'var(--hover)',
};

export const cssVariablesResolver: CSSVariablesResolver = () => ({ variables: {}, light: variables, dark: variables });
