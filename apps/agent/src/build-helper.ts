/** `build-helper.ts DIRECTORY`: builds the capture helper ahead, for images without a compiler (KUBESHARK_HELPER_DIR). */

import { helperProgram } from './sources/helper-binary.ts';
import { isRefusal } from './sources/source.ts';

const [, , directory] = process.argv;
const built =
  directory === undefined ? { refused: 'usage: build-helper.ts DIRECTORY' } : await helperProgram({ directory });
process.stdout.write(isRefusal(built) ? '' : `${built.path}\n`);
if (isRefusal(built)) {
  process.stderr.write(`${built.refused}\n`);
  process.exitCode = 1;
}
