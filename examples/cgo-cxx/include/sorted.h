#ifndef SORTED_H
#define SORTED_H

#ifdef __cplusplus
extern "C" {
#endif

/* sorted returns the words of text in order; the caller frees it. */
char *sorted(const char *text);

#ifdef __cplusplus
}
#endif

#endif
