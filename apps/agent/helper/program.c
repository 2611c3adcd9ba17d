/* The text has a line with the number of instructions, then a line `code jt jf k` for each. */

#include "program.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `65535 255 255 4294967295` with its end, and some. */
#define MAX_LINE 40

static char line[MAX_LINE];
static size_t line_length;
static unsigned int expected;

/* A decimal number without sign, and what stands behind it. */
static int number(const char **text, uint64_t most, uint64_t *value) {
  char *end;
  while (**text == ' ') (*text)++;
  if (!isdigit((unsigned char)**text)) return 0;
  errno = 0;
  *value = strtoull(*text, &end, 10);
  if (errno != 0 || *value > most) return 0;
  *text = end;
  return 1;
}

static int is_end(const char *text) { return *text == '\0'; }

static enum program_state take_line(struct program *program) {
  const char *at = line;
  uint64_t code, jt, jf, k;
  if (expected == 0) {
    if (!number(&at, MAX_PROGRAM, &k) || k == 0 || !is_end(at)) return PROGRAM_BROKEN;
    expected = (unsigned int)k;
    program->length = 0;
    return PROGRAM_PARTIAL;
  }
  if (!number(&at, UINT16_MAX, &code) || !number(&at, UINT8_MAX, &jt) || !number(&at, UINT8_MAX, &jf) ||
      !number(&at, UINT32_MAX, &k) || !is_end(at))
    return PROGRAM_BROKEN;
  program->code[program->length++] =
      (struct sock_filter){.code = (uint16_t)code, .jt = (uint8_t)jt, .jf = (uint8_t)jf, .k = (uint32_t)k};
  if (program->length < expected) return PROGRAM_PARTIAL;
  expected = 0;
  return PROGRAM_WHOLE;
}

enum program_state program_read(struct program *program) {
  static char bytes[4096];
  static size_t at, length;
  if (at == length) {
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0) return errno == EINTR || errno == EAGAIN ? PROGRAM_PARTIAL : PROGRAM_END;
    if (count == 0) return PROGRAM_END;
    at = 0;
    length = (size_t)count;
  }
  while (at < length) {
    char byte = bytes[at++];
    if (byte != '\n') {
      if (line_length == MAX_LINE - 1) return PROGRAM_BROKEN;
      line[line_length++] = byte;
      continue;
    }
    line[line_length] = '\0';
    line_length = 0;
    enum program_state state = take_line(program);
    if (state != PROGRAM_PARTIAL) return state;
  }
  return PROGRAM_PARTIAL;
}
