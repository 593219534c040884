/* Nothing is ever printed. */
#pragma once
#define stderr 0
static inline int printf(const char *format, ...) {
  (void)format;
  return 0;
}
static inline int fprintf(int to, const char *format, ...) {
  (void)to;
  (void)format;
  return 0;
}
